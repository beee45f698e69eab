# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report, for machines and people."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .._core.errors import Errors, OperationError
from .._core.replacement import replace_file
from . import html_report, json_report, junit
from .report import Report

#: Format -> what writes it.
FORMATS: dict[str, Callable[[Report], str]] = {
    "json": json_report.document,
    "junit": junit.document,
    "html": html_report.document,
}
#: A report has no secret, and is read by web servers and CI systems.
MODE = 0o644

#: The option ``report`` of a module: the path of each format.
OPTION: dict[str, Any] = {"type": "dict", "options": {name: {"type": "path"} for name in FORMATS}}


def report_paths(errors: Errors, given: Mapping[str, Any]) -> dict[str, Path]:
    """Return the path of each format. One that cannot be written is an error."""
    paths = {name: Path(os.path.realpath(given[name])) for name in FORMATS if given.get(name)}
    formats: dict[Path, str] = {}
    for name, path in paths.items():
        at = errors.at(name)
        if path in formats:
            at.add(f"the same file as {errors.place}.{formats[path]}; set another path")
        elif os.path.isdir(path):
            at.add(f"{path} is a folder; set the path of a file in it")
        elif not os.path.isdir(path.parent):
            at.add(f"the folder {path.parent} does not exist; create it, or set a path in another one")
        elif os.path.exists(path) and not os.path.isfile(path):
            at.add(f"{path} is not a regular file; set another path")
        elif not os.access(path.parent, os.W_OK | os.X_OK):
            at.add(f"no permission to write to the folder {path.parent}; set a path in another one")
        formats.setdefault(path, name)
    return paths


def write_report(report: Report, paths: Mapping[str, Path], facts: Mapping[str, Any]) -> None:
    """Write a report to the path of each format; raises ``OperationError`` with ``facts`` if a file cannot be."""
    texts = {name: FORMATS[name](report) for name in paths}
    for name, path in paths.items():
        try:
            replace_file(path, texts[name], MODE)
        except OSError as error:
            raise OperationError(
                f"report.{name}: {path} cannot be written: {error.strerror or error}; free space or set another path",
                finding="KD113",
                **facts,
            ) from None
