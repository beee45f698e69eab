# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extra variables of the playbooks, checked in the first task, before anything is changed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.text import few, shortened
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.files import FORMATS, report_paths

GROUP = "kubesphere_group"
_BATCH = re.compile(r"[1-9][0-9]{0,8}|([1-9][0-9]?|100)%")
#: Ansible templates them with a play, where the variables of hosts do not exist.
_OF_PLAYS = (GROUP, "kubesphere_serial")
_REPORTS = ("kubesphere_report", "kubesphere_doctor_report")
_DAY = 24 * 60 * 60
#: The number of characters of a value that an error contains.
SHOWN = 100


def _is_serial(value: Any) -> bool:
    batches = value if isinstance(value, list) else str(value).split(",")
    return bool(batches) and all(_BATCH.fullmatch(str(batch).strip()) for batch in batches)


def _is_percentage(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and 0 <= float(value) <= 100
    except (TypeError, ValueError, OverflowError):
        return False


def _is_seconds(value: Any) -> bool:
    text = str(value)
    return text.isascii() and text.isdecimal() and len(text) <= len(str(_DAY)) and int(text) <= _DAY


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool) or str(value).lower() in ("true", "false", "yes", "no", "on", "off", "1", "0")


def _is_report(value: Any) -> bool:
    return isinstance(value, dict) and set(value) <= set(FORMATS) and all(map(_is_path, value.values()))


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _expanded(path: str) -> str:
    """Return a path as Ansible passes an option of this type."""
    return os.path.expanduser(os.path.expandvars(path))


#: Name -> its check, and what a valid value is.
_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "kubesphere_serial": (_is_serial, "a number from 1, a percentage from 1% to 100%, or a list of them"),
    "kubesphere_max_fail_percentage": (_is_percentage, "a number from 0 to 100"),
    "kubesphere_install_timeout": (_is_seconds, f"a number of seconds from 0 to {_DAY}"),
    "kubesphere_verify": (_is_boolean, "true or false"),
    "kubesphere_inventory_folder": (_is_path, "the path of a folder"),
    "kubesphere_slice": (_is_boolean, "true or false"),
    "kubesphere_doctor_level": (("static", "full").__contains__, "static or full"),
    "kubesphere_doctor_fail_on": (("error", "warning", "never").__contains__, "error, warning or never"),
    **dict.fromkeys(_REPORTS, (_is_report, "a map of paths with the keys json, junit and html")),
}


#: The extra variables that playbooks read, and those that a task reads for each host.
PLAYBOOK_VARIABLES = (GROUP, "kubesphere_features", *_CHECKS)


def check_playbook_variables(
    errors: Errors, variables: Mapping[str, Any], of_play: Collection[str] | None = None
) -> None:
    """Check the extra variables ``kubesphere_serial`` and so on; Ansible would end the run for them.

    ``of_play``: the names of the variables with which Ansible templates a play; None if they are unknown.
    """
    for name, (is_valid, expected) in _CHECKS.items():
        with errors.collecting():  # that of a template that cannot be evaluated
            if name in variables and not is_valid(variables[name]):
                value = shortened(repr(variables[name]), SHOWN)
                errors.at(name).add(f"{value} is not {expected}; correct it, or leave it out")
            elif name in _REPORTS and name in variables:
                report_paths(errors.at(name), {key: _expanded(path) for key, path in variables[name].items()})
    for name in _OF_PLAYS:
        if of_play is not None and name in variables and name not in of_play:
            errors.at(name).add(
                "has no effect in the inventory, as it concerns the play; pass it as an extra variable (-e)"
            )


def read_group(errors: Errors, variables: Mapping[str, Any], groups: Mapping[str, Collection[str]]) -> list[str]:
    """Return the hosts of ``kubesphere_group``, all without it.

    With an error the playbooks select all hosts, and fail in their first task. ``groups``: group -> its hosts.
    """
    if not groups.get("all"):
        errors.add("the inventory has no hosts; set its path with -i, and define a host for each cluster")
        return []
    with errors.collecting():
        value = variables.get(GROUP, "all")
        if isinstance(value, str) and groups.get(value):
            return list(groups[value])
        available = few(sorted(name for name, hosts in groups.items() if hosts))
        hint = f"set the name of one group with hosts ({available}), or leave it out for all hosts"
        shown = shortened(value if isinstance(value, str) else repr(value), SHOWN)
        if not isinstance(value, str):
            errors.at(GROUP).add(f"{shown} is not the name of a group; {hint}")
        else:
            reason = "has no hosts" if value in groups else "is not in the inventory"
            errors.at(GROUP).add(f"group {shown!r} {reason}; {hint}")
    return []
