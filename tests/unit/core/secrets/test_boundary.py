# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boundary: results, logs of libraries, and the environment's proxies."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.boundary import run_operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors, OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.validation import validated
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import cluster_spec

SECRET = "pl4nted-Secret"
URL = f"http://me:{SECRET}@proxy.example.com:3128"


def result_of(run: Callable[[Task], dict[str, Any]], spec: ArgumentSpec | None = None, **params: Any) -> str:
    return str(run_operation(Operation(spec or ArgumentSpec(), run), Task(params)))


def test_options_are_known_to_be_secret_before_the_operation_reads_them() -> None:
    def quote_it(task: Task) -> dict[str, Any]:
        raise OperationError(f"the proxy refuses {SECRET}")

    assert SECRET not in result_of(quote_it, cluster_spec(), proxy=URL)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_password_of_the_environments_proxy_is_masked(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, URL)
    assert SECRET not in result_of(lambda task: {"msg": f"the proxy refuses {SECRET}"})


def test_a_defect_shows_no_secret() -> None:
    def fail(task: Task) -> dict[str, Any]:
        raise ValueError(URL)

    text = result_of(fail)
    assert "This is a bug in the collection" in text
    assert SECRET not in text


def test_what_libraries_log_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    def log(task: Task) -> dict[str, Any]:
        logging.getLogger("library").warning("retrying %s for %d", URL, 1)
        logging.error("the plugin refuses " + SECRET)
        logging.error("%d", SECRET)
        try:
            raise ValueError(URL)
        except ValueError:
            logging.exception("failed")
        return {}

    result_of(log, cluster_spec(), proxy=URL)
    assert SECRET not in caplog.text
    assert "retrying http://me:********@proxy.example.com:3128 for 1" in caplog.text
    assert "ValueError: http://me:********@" in caplog.text
    logging.warning(URL)
    assert SECRET in caplog.text  # outside of an operation, nothing is masked


def test_operations_of_several_threads_leave_no_mask_behind(caplog: pytest.LogCaptureFixture) -> None:
    """The first of two that overlap ends first."""
    first_began, second_began, first_ended = Event(), Event(), Event()

    def first(task: Task) -> dict[str, Any]:
        first_began.set()
        return {"waited": second_began.wait(10)}

    def second(task: Task) -> dict[str, Any]:
        second_began.set()
        waited = first_ended.wait(10)
        logging.warning("the proxy is %s", URL)
        return {"waited": waited}

    with ThreadPoolExecutor() as pool:
        run_first = pool.submit(result_of, first, cluster_spec(), proxy=URL)
        assert first_began.wait(10)
        run_second = pool.submit(result_of, second, cluster_spec(), proxy=URL)
        assert "'waited': True" in run_first.result()
        first_ended.set()
        assert "'waited': True" in run_second.result()
    assert "the proxy is http://me:********@" in caplog.text
    assert SECRET not in caplog.text
    logging.warning(URL)
    assert SECRET in caplog.text


@pytest.mark.parametrize(
    ("options", "values", "message"),
    [
        ({"a": {"type": "bool"}}, {"a": SECRET}, "********"),
        ({"a": {"type": "int"}}, {"a": URL}, "int"),
        ({"a": {"choices": ["x", "y"]}}, {"a": URL}, "got: ********"),
        ({"a": {"choices": ["x", "y"]}}, {"a": "wrong word"}, "got: wrong word"),
        ({"a": {"type": "list", "elements": "dict"}}, {"a": [URL]}, "a"),
        ({"a": {"type": "dict", "options": {"b": {"type": "bool"}}}}, {"a": {"b": SECRET}}, "********"),
    ],
)
def test_errors_of_ansible_quote_only_harmless_words(options: Any, values: Any, message: str) -> None:
    errors = Errors("variable")
    assert validated(errors, ArgumentSpec(options=options), values) is None
    first = next(iter(errors))
    assert message in first
    assert SECRET not in first
