# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML read and written by PyYAML, with its C parser where available."""

from __future__ import annotations

import json
from typing import IO, Any

try:
    import yaml
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None

from .errors import OperationError
from .libraries import require_library


class NotYaml(OperationError):
    """Invalid YAML. The message contains the line and the cause, but no part of the text."""


def load(text: str | IO[str]) -> Any:
    """Return the document in a text or file; raises :class:`NotYaml`."""
    require_library("PyYAML", IMPORT_ERROR)
    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506 - CSafeLoader or SafeLoader
    except yaml.YAMLError as error:
        raise NotYaml(_describe(error)) from None


def load_all(text: str) -> list[Any]:
    """Return the documents in a text; raises :class:`NotYaml`."""
    require_library("PyYAML", IMPORT_ERROR)
    try:
        return list(yaml.load_all(text, Loader=_loader()))
    except yaml.YAMLError as error:
        raise NotYaml(_describe(error)) from None


def dump_flow(value: Any) -> str:
    """Return a value as a YAML document in JSON syntax, which :func:`load_flow` reads in a tenth of the time."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n"


def dump_lines(value: Any) -> str:
    """Return a value as :func:`dump_flow` does, with a line for each item and less indentation.

    An indented document is written in Python, this one in C, in a fraction of the time.
    """
    separators = (",\n", ": ")
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=separators)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        text = json.dumps(value, sort_keys=True, separators=separators)  # UTF-8 has no lone surrogates
    return text + "\n"


def load_flow(text: str) -> Any:
    """Return a document from :func:`dump_flow`, or one edited in block style; raises like :func:`load`."""
    try:
        return json.loads(text)
    except ValueError:
        return load(text)


def dump(value: Any) -> str:
    """Return a value as a YAML document with sorted keys."""
    require_library("PyYAML", IMPORT_ERROR)
    text: str = yaml.safe_dump(value, sort_keys=True, allow_unicode=True, width=120)
    return text


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _describe(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    # Text after a quote comes from the document, which may contain secrets.
    reason = str(getattr(error, "problem", "") or "").partition(" '")[0]
    return f"not valid YAML{line}{': ' + reason if reason else ''}"
