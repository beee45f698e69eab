# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of ``docs/permissions.md``, and variants without one permission."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.permissions import Permission

Json = dict[str, Any]

PATH = Path(__file__).parents[3] / "docs" / "permissions.md"
_BLOCK = re.compile(r"^<!-- permissions: (\w+) -->\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: Name in the marker above a block -> manifests in the block.
MANIFESTS: dict[str, list[Json]] = {
    name: list(yaml.safe_load_all(text)) for name, text in _BLOCK.findall(PATH.read_text())
}

#: The documented command that lists missing permissions.
[COMMAND] = re.findall(r"^ansible localhost .*$", PATH.read_text(), re.MULTILINE)


def permissions(roles: Sequence[Json]) -> Iterator[Permission]:
    """Yield each permission of the roles."""
    for role in roles:
        for rule in role["rules"]:
            yield from _of_rule(rule, role["metadata"].get("namespace", ""))


def _of_rule(rule: Json, namespace: str) -> Iterator[Permission]:
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            for name in rule.get("resourceNames", [""]):
                for verb in rule["verbs"]:
                    yield Permission(verb, group, resource, namespace, name)


def with_receivers(roles: Sequence[Json], receivers: list[str], secrets: list[str], routers: list[str]) -> list[Json]:
    """Return the roles extended as the text describes for additional receivers and for Routers."""
    added = {"global-dingtalk-receiver": receivers, "global-dingtalk-config-secret": secrets}
    extended = copy.deepcopy(list(roles))
    for role in extended:
        for rule in list(role["rules"]):
            if "receivers" in rule["resources"]:
                names = {"resourceNames": routers} if "resourceNames" in rule else {}
                role["rules"].append({**rule, "resources": ["routers"], **names})
            for name in list(rule.get("resourceNames", [])):
                rule["resourceNames"] += added.get(name, [])
    return extended


def without(roles: Sequence[Json], removed: Permission) -> list[Json]:
    """Return the roles without one permission, with one rule for each of the others."""
    return [{**role, "rules": _rules(role, removed)} for role in roles]


def _rules(role: Json, removed: Permission) -> list[Json]:
    remaining = [permission for permission in permissions([role]) if permission != removed]
    return [
        {
            "apiGroups": [permission.group],
            "resources": [permission.resource],
            "verbs": [permission.verb],
            **({"resourceNames": [permission.name]} if permission.name else {}),
        }
        for permission in remaining
    ]
