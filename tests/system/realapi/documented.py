# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles in ``docs/permissions.md``, as they stand there, and with one permission less."""

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

#: Name in the marker above a block -> the manifests in the block.
MANIFESTS: dict[str, list[Json]] = {
    name: list(yaml.safe_load_all(text)) for name, text in _BLOCK.findall(PATH.read_text())
}

#: How cluster_info is asked what is missing.
[COMMAND] = re.findall(r"^ansible localhost .*$", PATH.read_text(), re.MULTILINE)


def permissions(roles: Sequence[Json]) -> Iterator[Permission]:
    """All that roles allow, one by one."""
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
    """The roles as the prose has them for receivers beside the console's, and for Routers."""
    beside = {"global-dingtalk-receiver": receivers, "global-dingtalk-config-secret": secrets}
    widened = copy.deepcopy(list(roles))
    for role in widened:
        for rule in list(role["rules"]):
            if "receivers" in rule["resources"]:
                names = {"resourceNames": routers} if "resourceNames" in rule else {}
                role["rules"].append({**rule, "resources": ["routers"], **names})
            for name in list(rule.get("resourceNames", [])):
                rule["resourceNames"] += beside.get(name, [])
    return widened


def without(roles: Sequence[Json], gone: Permission) -> list[Json]:
    """The roles, each rule of which allows one thing, but for one permission."""
    return [{**role, "rules": _rules(role, gone)} for role in roles]


def _rules(role: Json, gone: Permission) -> list[Json]:
    left = [permission for permission in permissions([role]) if permission != gone]
    return [
        {
            "apiGroups": [permission.group],
            "resources": [permission.resource],
            "verbs": [permission.verb],
            **({"resourceNames": [permission.name]} if permission.name else {}),
        }
        for permission in left
    ]
