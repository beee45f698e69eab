# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boundary that handles an operation's exceptions and masks its secrets."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from .errors import Errors, OperationError
from .masking import Secrets
from .printable import printable
from .secrets.kinds import proxy_passwords
from .task import Operation, Task
from .validation import check_values


def run_operation(operation: Operation, task: Task) -> dict[str, Any]:
    """Run an operation and return a result that is safe to show: no secret, no traceback, ``failed`` when it failed."""
    task.secrets.add(*_proxy_passwords())
    try:
        # First, as nothing else may recurse into values out of bounds; these errors contain no value.
        with Errors() as errors:
            check_values(errors, operation.spec.options, task.params)
        task.secrets.add_options(operation.spec, task.params)
        with _masked_logs.by(task.secrets):
            result = operation.run(task)
    except OperationError as error:
        result = error.as_result()
    except Exception as error:  # a bug in the collection must not show values either
        result = {"failed": True, "msg": describe_defect(error)}
    result.setdefault("changed", False)
    if not task.diff_mode:
        result.pop("diff", None)
    if task.warnings:
        result["warnings"] = [*result.get("warnings", []), *task.warnings]
    masked: dict[str, Any] = printable(task.secrets.mask(result))
    return masked


class _MaskedLogs:
    """Masks what is logged while operations run, by the secrets of them all: threads of one process may overlap."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._active: list[Secrets] = []
        self._create = logging.getLogRecordFactory()

    @contextmanager
    def by(self, secrets: Secrets) -> Iterator[None]:
        """Mask what libraries log, such as the output of a kubeconfig's authentication plugin or a URL that is retried.

        With ANSIBLE_LOG_PATH the root logger writes to that file, and without any handler Python prints to stderr.
        """
        with self._lock:
            if not self._active:
                self._create = logging.getLogRecordFactory()
                logging.setLogRecordFactory(self._create_masked)
            self._active.append(secrets)
        try:
            yield
        finally:
            with self._lock:
                self._active.remove(secrets)
                if not self._active:
                    logging.setLogRecordFactory(self._create)

    def _create_masked(self, *arguments: Any, **options: Any) -> logging.LogRecord:
        record = self._create(*arguments, **options)
        record.msg, record.args = self._mask(_message(record)), ()
        if record.exc_info:
            record.exc_text = self._mask(logging.Formatter().formatException(record.exc_info))
        return record

    def _mask(self, text: str) -> str:
        for secrets in tuple(self._active):
            text = secrets.mask_text(text)
        return text


_masked_logs = _MaskedLogs()


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # its arguments do not fit; logging would print them
        return str(record.msg)


def _proxy_passwords() -> Iterator[str]:
    """Yield the passwords in environment variables such as HTTPS_PROXY, which libraries read themselves."""
    for name, value in os.environ.items():
        if name.lower().endswith("_proxy"):
            yield from proxy_passwords(value)


def describe_defect(error: Exception) -> str:
    """Return the message for an exception that nothing expects; it may contain secrets."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    return (
        f"Unexpected {type(error).__name__} in {place}: {error}. This is a bug in the collection "
        "kubesphere.dingtalk; please report it with this line and the versions of ansible-core and Python."
    )
