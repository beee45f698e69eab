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
          contributors: [[beijing, shanghai]]   # groups of inventory hosts that want a field, by their index
          values:
            /spec/dingtalk/conversation/chatids/[=chat1]: {applied: [chat1], created_parents: 2, contributors: 0}
          version: '8214'   # of the object that the values describe
          writes:           # whose outcome is not recorded
            9c41d7: {base: '8214', values: {}}
"""

from __future__ import annotations

import secrets as random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core import yaml_text
from .._core.errors import OperationError
from .._core.field_paths import ABSENT
from .._kubernetes.client import Cluster
from .._kubernetes.resource_versions import is_older
from .._kubernetes.shared_configmap import update_config_map
from .merge import ManagedField, with_pending

KEY = "applied"
VERSION = 2


@dataclass(frozen=True)
class PendingWrite:
    """A write that is about to be sent, or was, and whose outcome is not recorded.

    ``base``: the object's resourceVersion on which it depends, empty for a creation. ``values``: the managed fields
    that it changes, as they are after it.
    """

    base: str
    created: bool = False
    values: dict[str, ManagedField] = field(default_factory=dict)


@dataclass(frozen=True)
class AppliedObject:
    """The managed fields of one object; ``created`` means that it did not exist before.

    ``version``: the object's resourceVersion that ``values`` describe, empty if unknown. ``writes``: the pending writes
    of all controllers by their ID.
    """

    api_version: str
    created: bool = False
    values: dict[str, ManagedField] = field(default_factory=dict)
    version: str = ""
    writes: dict[str, PendingWrite] = field(default_factory=dict)

    def managed_fields(self) -> dict[str, ManagedField]:
        """Return the managed fields with the outcomes of the pending writes.

        ``values`` account for all writes that depend on an older version than they describe. Whether a creation does is
        unknown, as the object may have been deleted since.
        """
        since = [write for write in self.writes.values() if not write.base or not is_older(write.base, self.version)]
        return with_pending(self.values, [write.values for write in since])


class LastApplied:
    """The last-applied state of one cluster. ``salt`` is used for a state that has none yet."""

    def __init__(self, data: dict[str, Any], salt: str = "") -> None:
        self._apply_sets: dict[str, dict[str, Any]] = data.get("apply_sets") or {}
        self.salt: str = data.get("salt") or salt or random.token_hex(16)

    @classmethod
    def read(cls, config_map: Mapping[str, Any] | None, salt: str = "") -> LastApplied:
        """Parse the ConfigMap; raises ``OperationError`` for a document of another version or shape."""
        return cls(_parse(((config_map or {}).get("data") or {}).get(KEY)), salt)

    def applied_objects(self, apply_set: str) -> dict[str, AppliedObject]:
        """Return the applied objects of one apply set by object key."""
        return {key: _load_object(item) for key, item in self._apply_sets.get(apply_set, {}).items()}

    def get(self, apply_set: str, key: str) -> AppliedObject | None:
        """Return an applied object by apply set and object key, None if nothing is applied to it."""
        item = self._apply_sets.get(apply_set, {}).get(key)
        return None if item is None else _load_object(item)

    def apply_sets(self) -> Iterator[str]:
        """Yield the names of the apply sets that are not empty."""
        yield from self._apply_sets

    def put(self, apply_set: str, key: str, applied: AppliedObject | None) -> None:
        """Replace an applied object; None, or one without fields and pending writes, removes it."""
        if applied and (applied.values or applied.created or applied.writes):
            self._apply_sets.setdefault(apply_set, {})[key] = _dump(applied)
            return
        self._apply_sets.get(apply_set, {}).pop(key, None)
        if not self._apply_sets.get(apply_set):
            self._apply_sets.pop(apply_set, None)

    def dump(self) -> str:
        """Return the document, empty without applied objects."""
        if not self._apply_sets:
            return ""
        return yaml_text.dump_flow({"version": VERSION, "salt": self.salt, "apply_sets": self._apply_sets})


def update(cluster: Cluster, change: Callable[[LastApplied], None], salt: str, dry_run: bool = False) -> None:
    """Change the last-applied state of a cluster by compare-and-swap; what others write concurrently is preserved.

    ``change`` edits the current state, and is called again with a newer one after a conflict.
    """

    def updated(data: dict[str, str]) -> dict[str, str]:
        state = LastApplied.read({"data": data}, salt)
        change(state)
        rest = {name: text for name, text in data.items() if name != KEY}
        text = state.dump()
        return {**rest, KEY: text} if text else rest

    update_config_map(cluster, updated, dry_run)


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
        applied = [_load_object(item) for items in (data.get("apply_sets") or {}).values() for item in items.values()]
        values = [field for item in applied for field in _all_fields(item)]
        paths = [field_paths.parse(text) for text, _managed in values]
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return (
        isinstance(data.get("salt") or "", str)
        and all(isinstance(item.api_version, str) and isinstance(item.version, str) for item in applied)
        and all(isinstance(managed.created_parents, int) for _text, managed in values)
        and all(isinstance(managed.previous_layout, str) for _text, managed in values)
        and all(path and isinstance(segment, str) for path in paths for segment in path)
    )


def _all_fields(applied: AppliedObject) -> Iterator[tuple[str, ManagedField]]:
    yield from applied.values.items()
    for write in applied.writes.values():
        yield from write.values.items()


def _load_object(item: Mapping[str, Any]) -> AppliedObject:
    """Parse an applied object. ``contributors`` are the distinct groups of hosts that its fields refer to by index."""
    groups = [frozenset(map(str, hosts)) for hosts in item.get("contributors") or []]
    writes = {
        str(name): PendingWrite(
            str(write.get("base", "")), bool(write.get("created")), _load_values(write.get("values"), groups)
        )
        for name, write in (item.get("writes") or {}).items()
    }
    return AppliedObject(
        item["api_version"],
        bool(item.get("created", False)),
        _load_values(item.get("values"), groups),
        item.get("version", ""),
        writes,
    )


def _load_values(values: Mapping[str, Any] | None, groups: list[frozenset[str]]) -> dict[str, ManagedField]:
    return {
        text: ManagedField(
            tuple(_list(value["applied"])),
            value.get("previous", ABSENT),
            value.get("previous_redacted", False),
            value.get("created_parents", 0),
            _group(groups, value["contributors"]) if "contributors" in value else frozenset(),
            previous_layout=value.get("previous_layout", ""),
        )
        for text, value in (values or {}).items()
    }


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _group(groups: list[frozenset[str]], index: Any) -> frozenset[str]:
    if not isinstance(index, int) or not 0 <= index < len(groups):
        raise ValueError(f"unknown group of contributors {index!r}")
    return groups[index]


def _dump(applied: AppliedObject) -> dict[str, Any]:
    found = {managed.contributors for _text, managed in _all_fields(applied) if managed.contributors}
    groups = sorted(found, key=sorted)
    item: dict[str, Any] = {"api_version": applied.api_version, "values": _dump_values(applied.values, groups)}
    if applied.created:
        item["created"] = True
    if applied.version:
        item["version"] = applied.version
    if groups:
        item["contributors"] = [sorted(hosts) for hosts in groups]
    if applied.writes:
        item["writes"] = {name: _dump_write(write, groups) for name, write in applied.writes.items()}
    return item


def _dump_write(write: PendingWrite, groups: list[frozenset[str]]) -> dict[str, Any]:
    created = {"created": True} if write.created else {}
    return {"base": write.base, **created, "values": _dump_values(write.values, groups)}


def _dump_values(values: Mapping[str, ManagedField], groups: list[frozenset[str]]) -> dict[str, Any]:
    return {text: _dump_value(managed, groups) for text, managed in values.items()}


def _dump_value(managed: ManagedField, groups: list[frozenset[str]]) -> dict[str, Any]:
    value: dict[str, Any] = {"applied": list(managed.applied_values)}
    if managed.previous is not ABSENT:
        value["previous"] = managed.previous
    if managed.previous_redacted:
        value["previous_redacted"] = True
    if managed.previous_layout:
        value["previous_layout"] = managed.previous_layout
    if managed.created_parents:
        value["created_parents"] = managed.created_parents
    if managed.contributors:
        value["contributors"] = groups.index(managed.contributors)
    return value
