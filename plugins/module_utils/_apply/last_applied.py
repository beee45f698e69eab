# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last-applied state of a cluster, stored on that cluster: ConfigMap ``kubesphere-dingtalk``, key ``applied``.

KubeSphere's console rebuilds objects and drops unknown labels and annotations, so managed fields cannot be marked on
the objects themselves. The content is YAML, in JSON's notation, without secrets; in block style it reads::

    version: 2
    salt: 6f0c...           # of the digests that replace values which may be secret
    apply_sets:
      notification:         # a feature, or the option ``name``
        Receiver.notification.kubesphere.io/global-dingtalk-receiver:
          api_version: notification.kubesphere.io/v2beta2
          created: true     # the object did not exist before
          values:
            /spec/dingtalk/conversation/chatids/[=chat1]: {applied: [chat1], created_parents: 2}
"""

from __future__ import annotations

import secrets as random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core import yaml_text
from .._core.errors import OperationError
from .._core.field_paths import ABSENT
from .._kubernetes.client import Cluster
from .._kubernetes.shared_configmap import update_config_map
from .merge import ManagedField

KEY = "applied"
VERSION = 2


@dataclass
class AppliedObject:
    """The managed fields of one object; ``created`` means that it did not exist before."""

    api_version: str
    created: bool = False
    values: dict[str, ManagedField] = field(default_factory=dict)


class LastApplied:
    """The last-applied state of one cluster, changed in memory and saved on request."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._apply_sets: dict[str, dict[str, Any]] = data.get("apply_sets") or {}
        self.salt: str = data.get("salt") or random.token_hex(16)
        self._dirty: dict[tuple[str, str], AppliedObject | None] = {}

    @classmethod
    def read(cls, config_map: dict[str, Any] | None) -> LastApplied:
        """Parse the ConfigMap; raises ``OperationError`` for a document of another version or shape."""
        return cls(_parse(((config_map or {}).get("data") or {}).get(KEY)))

    def applied_objects(self, apply_set: str) -> dict[str, AppliedObject]:
        """Return the applied objects of one apply set by object key."""
        return {key: _load_object(item) for key, item in self._apply_sets.get(apply_set, {}).items()}

    def apply_sets(self) -> Iterator[str]:
        """Yield the names of the apply sets that are not empty."""
        yield from self._apply_sets

    def put(self, apply_set: str, key: str, applied: AppliedObject | None) -> None:
        """Replace the managed fields of an object; None or an object without fields removes it."""
        is_removed = applied is None or not (applied.values or applied.created)
        item = None if is_removed or applied is None else _dump(applied)
        if self._apply_sets.get(apply_set, {}).get(key) != item:
            self._dirty[apply_set, key] = None if is_removed else applied
            _assign(self._apply_sets, apply_set, key, item)

    @property
    def changed(self) -> bool:
        """Whether there are unsaved changes."""
        return bool(self._dirty)

    def save(self, cluster: Cluster, dry_run: bool = False) -> None:
        """Write the changes; objects and keys that others wrote concurrently are preserved."""
        update_config_map(cluster, self._updated, dry_run)
        self._dirty.clear()

    def _updated(self, data: dict[str, str]) -> dict[str, str]:
        current = _parse(data.get(KEY))
        self.salt = current.get("salt") or self.salt
        apply_sets: dict[str, dict[str, Any]] = current.get("apply_sets") or {}
        for (apply_set, key), applied in self._dirty.items():
            _assign(apply_sets, apply_set, key, None if applied is None else _dump(applied))
        rest = {name: text for name, text in data.items() if name != KEY}
        if not apply_sets:
            return rest
        content = {"version": VERSION, "salt": self.salt, "apply_sets": apply_sets}
        return {**rest, KEY: yaml_text.dump_flow(content)}


def _assign(apply_sets: dict[str, dict[str, Any]], apply_set: str, key: str, item: Any) -> None:
    if item is not None:
        apply_sets.setdefault(apply_set, {})[key] = item
        return
    apply_sets.get(apply_set, {}).pop(key, None)
    if not apply_sets.get(apply_set):
        apply_sets.pop(apply_set, None)


def _parse(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        data = yaml_text.load_flow(text)
    except yaml_text.NotYaml:
        data = None
    if not isinstance(data, dict) or data.get("version") != VERSION or not _is_well_formed(data):
        raise OperationError(
            f"ConfigMap kubesphere-system/kubesphere-dingtalk, key {KEY}: corrupted, or not version {VERSION} of the "
            "last-applied state. Restore the key from a backup, or remove it: then everything on the cluster counts as "
            "unmanaged, and teardown no longer removes it. Nothing was changed."
        )
    return data


def _is_well_formed(data: dict[str, Any]) -> bool:
    """Return whether every applied object has the expected shape, as the ConfigMap may be edited by hand."""
    try:
        values = [
            (field_paths.parse(text), managed)
            for items in (data.get("apply_sets") or {}).values()
            for item in items.values()
            for text, managed in _load_object(item).values.items()
        ]
    except (AttributeError, KeyError, TypeError):
        return False
    return isinstance(data.get("salt") or "", str) and all(
        isinstance(managed.created_parents, int) for _path, managed in values
    )


def _load_object(item: dict[str, Any]) -> AppliedObject:
    values = {
        text: ManagedField(
            tuple(value["applied"]),
            value.get("previous", ABSENT),
            value.get("previous_redacted", False),
            value.get("created_parents", 0),
        )
        for text, value in (item.get("values") or {}).items()
    }
    return AppliedObject(item["api_version"], item.get("created", False), values)


def _dump(applied: AppliedObject) -> dict[str, Any]:
    item: dict[str, Any] = {"api_version": applied.api_version}
    if applied.created:
        item["created"] = True
    item["values"] = {text: _dump_value(managed) for text, managed in applied.values.items()}
    return item


def _dump_value(managed: ManagedField) -> dict[str, Any]:
    value: dict[str, Any] = {"applied": list(managed.applied_values)}
    if managed.previous is not ABSENT:
        value["previous"] = managed.previous
    if managed.previous_redacted:
        value["previous_redacted"] = True
    if managed.created_parents:
        value["created_parents"] = managed.created_parents
    return value
