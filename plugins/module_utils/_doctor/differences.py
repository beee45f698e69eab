# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cluster differs from the inventory: what a run of site.yml would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._alertmanager import config as alertmanager
from .._core.errors import OperationError
from .._core.task import Task
from .._core.text import few
from .._findings.finding import Stage
from .._operations.applying import apply_desired
from .context import Context
from .examination import Examination

SUBJECT = "the settings of the inventory"


def examine(examination: Examination, context: Context) -> None:
    """Add what check mode says. An error of it is a consequence if there is another one."""
    quiet = _check_task(context.task)
    try:
        result = apply_desired(quiet, context.prepared.router, context.prepared.apply_sets, context.prepared.options)
    except OperationError as error:
        if context.is_read_only and getattr(error, "status", None) == 403:
            examination.skip(Stage.CLUSTER, f"the account may not write, as a dry run does: {error.message}")
        elif not examination.has_errors:
            examination.add_error(error, SUBJECT)
        return
    for warning in quiet.warnings:
        examination.add_warning(warning, SUBJECT)
    changed = [item for item in result["objects"] if item["action"] != "unchanged"]
    for item in filter(_is_credential, changed):
        examination.add("KD616", _named(item), "its values are not those of the inventory")
    others = [f"{_named(item)} ({item['action']})" for item in changed if not _is_credential(item)]
    if others:
        examination.add("KD309", SUBJECT, f"site.yml would change {few(others)}")


def _check_task(task: Task) -> Task:
    """Return a task that changes nothing and has warnings of its own."""
    return replace(task, check_mode=True, diff_mode=False, warnings=[])


def _is_credential(item: Mapping[str, Any]) -> bool:
    return bool((item["kind"], item["action"]) == ("Secret", "updated") and item["name"] != alertmanager.SECRET)


def _named(item: Mapping[str, Any]) -> str:
    place = f"{item['namespace']}/" if item["namespace"] else ""
    return f"{item['kind']} {place}{item['name']}"
