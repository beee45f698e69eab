# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt variables of an inventory, which Ansible accepts, and what to do about them.

Names are compared first, as they are. Only if one resembles a known name, the texts of variables and of files are
searched for it: a name that occurs there is a variable of the user's own. Nothing is templated or decrypted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.files import read_file
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors, OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.text import few, grouped
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import cited
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import HostVariables
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import FOLDER as ROLES_FOLDER
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._variable_names import meant_variable

#: The variable that decides what to do, and its values, the default first.
MODE = "kubesphere_unknown_variables"
MODES = ("warn", "fail", "ignore")
REMEDY = f"or set {MODE}: ignore"

#: Variables of Ansible that repeat others.
_REPEATED = frozenset({"hostvars", "vars"})
#: The files of a project that may use a variable, and the folders that only define some, or belong to others.
_SUFFIXES = (".yml", ".yaml", ".j2", ".jinja2")
_NOT_SEARCHED = frozenset({"group_vars", "host_vars", "collections", "ansible_collections", "node_modules"})
#: As many files and folders are searched at most, so that a project in a home folder takes no time.
_MAX_FILES, _MAX_FOLDERS = 500, 500
#: What follows a name where it is defined and not used: `name: value`, `name=value`, but not `name == value`.
_DEFINITION = r"(?![\"']?\s*(?::|=(?!=)))"


@dataclass
class Findings:
    """What names reveal: errors and warnings by their text, and the misspelt names."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, mode: str, messages: Iterable[str]) -> None:
        """Add messages as errors, as warnings or not at all."""
        if mode != "ignore":
            (self.errors if mode == "fail" else self.warnings).extend(messages)

    def add_for_each(self, hosts: Mapping[str, HostVariables], names: Collection[str], message: str) -> None:
        """Add a message once for the named hosts of each mode."""
        for mode in MODES:
            if those := [name for name in names if mode_of(hosts[name]) == mode]:
                self.add(mode, [f"{few(those)}: {message}"])


def mode_of(variables: Mapping[str, Any]) -> str:
    """Return a host's ``kubesphere_unknown_variables``, the default instead of an invalid value."""
    try:
        value = variables.get(MODE)
    except OperationError:  # reported where all variables of the host are read
        return MODES[0]
    return str(value) if value in MODES else MODES[0]


def check_mode(errors: Errors, variables: Mapping[str, Any]) -> None:
    """Check the mode; raises ``OperationError`` if its template cannot be evaluated."""
    if variables.get(MODE) not in (None, "", *MODES):
        errors.at(MODE).add(f"invalid value; set {', '.join(MODES[:-1])} or {MODES[-1]}")


def check_names(
    hosts: Mapping[str, HostVariables], folders: Iterable[Path], reported: Collection[str] = ()
) -> Findings:
    """Return the misspelt variables of hosts, each once for all hosts that define it.

    ``folders``: those of :func:`project_folders`. ``reported``: names that an earlier task has reported.
    """
    found = _misspelt(hosts, reported)
    if found:
        used = _used_in_variables(found, hosts)
        found = {name: named for name, named in found.items() if name not in used}
    if found:
        used = _used_in_files(found, folders)
        found = {name: named for name, named in found.items() if name not in used}
    findings = Findings(names=sorted(found))
    for name, named in found.items():
        findings.add_for_each(hosts, named, _describe(name))
    return findings


def project_folders(variables: Mapping[str, Any]) -> list[Path]:
    """Return the folders of the user's playbooks, roles and inventory, without those of this collection."""
    playbooks, inventory = variables.get("playbook_dir"), variables.get("inventory_dir")
    found = [Path(folder).resolve() for folder in (playbooks, inventory) if isinstance(folder, str)]
    if isinstance(playbooks, str):
        found.append(Path(playbooks).resolve().parent / "roles")
    return [
        folder for folder in dict.fromkeys(found) if folder not in (ROLES_FOLDER, ROLES_FOLDER.parent / "playbooks")
    ]


def _describe(name: str) -> str:
    text = f"unknown variable {name}, which nothing reads (did you mean {meant_variable(name)}?)"
    return cited(f"{text}; rename or remove it, {REMEDY}", "KD103")


def _misspelt(hosts: Mapping[str, HostVariables], reported: Collection[str]) -> dict[str, list[str]]:
    """Return name -> the hosts that define it, of names that resemble a known one."""
    return grouped(
        (host, name)
        for host, variables in hosts.items()
        for name in variables
        if meant_variable(name) and name not in reported and not _is_result(variables.raw(name))
    )


def _is_result(value: Any) -> bool:
    """Return whether a value is a registered result of a task, of which a play decides the name."""
    return isinstance(value, dict) and "changed" in value and "failed" in value


def _used_in_variables(names: Collection[str], hosts: Mapping[str, HostVariables]) -> set[str]:
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w)")
    used: set[str] = set()
    seen: set[int] = set()  # hosts share the values of their groups
    for variables in hosts.values():
        for name in variables:
            if name not in _REPEATED:
                for text in _texts(variables.raw(name), seen):
                    used.update(found for found in pattern.findall(text) if found != name)
    return used


def _texts(value: Any, seen: set[int]) -> Iterator[str]:
    """Yield the texts in a value, apart from encrypted ones."""
    values = [value]
    while values:
        item = values.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict) and not _is_result(item):
            values += [*item, *item.values()]
        elif isinstance(item, list | tuple):
            values += item


def _used_in_files(names: Collection[str], folders: Iterable[Path]) -> set[str]:
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w){_DEFINITION}")
    used: set[str] = set()
    for path in _files(folders):
        try:
            text = read_file(path).decode("utf-8", "replace")
        except OSError:
            continue
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        used.update(pattern.findall("\n".join(lines)))
    return used


def _files(folders: Iterable[Path]) -> Iterator[str]:
    files, visited = 0, 0
    for top in folders:
        for folder, below, names in os.walk(top):
            visited += 1
            below[:] = sorted(name for name in below if name not in _NOT_SEARCHED and not name.startswith("."))
            for name in sorted(names):
                if name.endswith(_SUFFIXES):
                    files += 1
                    yield os.path.join(folder, name)
            if files >= _MAX_FILES or visited >= _MAX_FOLDERS:
                return
