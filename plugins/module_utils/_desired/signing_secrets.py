# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signing secret of a robot that others set in the console, where the same robot is desired without one.

The secret of another robot is removed with its webhook; that of the same robot may be needed and does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._apply.plan import DesiredObject
from .._core.field_paths import ABSENT, Path
from .._delivery.destinations import reference_of
from .._kubernetes.router import ObjectRouter

WEBHOOK: Path = ("spec", "dingtalk", "chatbot", "webhook")
SECRET: Path = ("spec", "dingtalk", "chatbot", "secret")


def retaining_secrets(router: ObjectRouter, desired: Sequence[DesiredObject]) -> list[DesiredObject]:
    """Return the desired objects of the role, of which Receivers retain the secret that others set for their robot.

    Raises ``ClusterError``.
    """
    unsigned = [item for item in desired if _has(item, WEBHOOK) and not _has(item, SECRET)]
    secrets = {item.reference.name: item for item in desired if item.reference.kind == "Secret"}
    return [
        replace(item, defaults=item.defaults | {field_paths.render(SECRET)})
        if item in unsigned and _has_same_robot(router, item, secrets)
        else item
        for item in desired
    ]


def _has_same_robot(router: ObjectRouter, desired: DesiredObject, secrets: Mapping[str, DesiredObject]) -> bool:
    """Return whether the live Receiver has the webhook that is desired, and a key with a signing secret beside it."""
    live = router.cluster.get(router.path(desired.reference))
    name, key = _reference(desired.content, WEBHOOK)
    secret_name, secret_key = _reference(live, SECRET)
    is_same_reference = field_paths.get(live, WEBHOOK) == field_paths.get(desired.content, WEBHOOK)
    if not is_same_reference or secret_name != name or name not in secrets:
        return False
    stored = field_paths.get(router.cluster.get(router.path(secrets[name].reference)), ("data",)) or {}
    webhook = field_paths.get(secrets[name].fields(), ("data", key))
    return bool(stored.get(secret_key)) and stored.get(key) == webhook


def _has(desired: DesiredObject, path: Path) -> bool:
    return field_paths.get(desired.content, path) is not ABSENT


def _reference(manifest: Any, path: Path) -> tuple[str, str]:
    """Return name and key of a reference to a Secret in either API version, empty texts without one."""
    found = reference_of(field_paths.get(manifest, path))
    return str(found.get("name", "")), str(found.get("key", ""))
