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
from typing import Any, TypeVar

from .._alertmanager.item_kinds import field_paths
from .._core import yaml_text
from .._core.errors import OperationError
from .._core.field_paths import ABSENT
from .._kubernetes.client import Cluster
from .._kubernetes.metadata import is_older
from .._kubernetes.shared_configmap import update_config_map
from .merge import ManagedField, with_pending

T = TypeVar("T")

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
    """The last-applied state of one cluster."""

    def __init__(self, apply_sets: dict[str, dict[str, AppliedObject]], salt: str) -> None:
        self._apply_sets = apply_sets
        self.salt = salt

    @classmethod
    def read(cls, config_map: Mapping[str, Any] | None, salt: str = "") -> LastApplied:
        """Parse the ConfigMap; ``salt`` is used for a state that has none yet.

        Raises ``OperationError`` for a document of another version or shape.
        """
        text = ((config_map or {}).get("data") or {}).get(KEY)
        apply_sets, known_salt = ({}, "") if text is None else _parse(text)
        return cls(apply_sets, known_salt or salt or random.token_hex(16))

    def applied_objects(self, apply_set: str) -> Mapping[str, AppliedObject]:
        """Return the applied objects of one apply set by object key."""
        return self._apply_sets.get(apply_set, {})

    def get(self, apply_set: str, key: str) -> AppliedObject | None:
        """Return an applied object by apply set and object key, None if nothing is applied to it."""
        return self.applied_objects(apply_set).get(key)

    def apply_sets(self) -> Iterator[str]:
        """Yield the names of the apply sets that are not empty."""
        yield from self._apply_sets

    def put(self, apply_set: str, key: str, applied: AppliedObject | None) -> None:
        """Replace an applied object; None, or one without fields and pending writes, removes it."""
        if applied and (applied.values or applied.created or applied.writes):
            self._apply_sets.setdefault(apply_set, {})[key] = applied
            return
        self._apply_sets.get(apply_set, {}).pop(key, None)
        if not self._apply_sets.get(apply_set):
            self._apply_sets.pop(apply_set, None)

    def dump(self) -> str:
        """Return the document, empty without applied objects."""
        if not self._apply_sets:
            return ""
        apply_sets = {
            name: {key: _dump(applied) for key, applied in items.items()} for name, items in self._apply_sets.items()
        }
        return yaml_text.dump_flow({"version": VERSION, "salt": self.salt, "apply_sets": apply_sets})


def update(cluster: Cluster, change: Callable[[LastApplied], T], salt: str, dry_run: bool = False) -> T:
    """Change the last-applied state of a cluster by compare-and-swap; what others write concurrently is preserved.

    ``change`` edits the current state, and is called again with a newer one after a conflict. Return what it returned.
    """

    def updated(data: dict[str, str]) -> tuple[dict[str, str], T]:
        state = LastApplied.read({"data": data}, salt)
        result = change(state)
        rest = {name: text for name, text in data.items() if name != KEY}
        text = state.dump()
        return {**rest, KEY: text} if text else rest, result

    return update_config_map(cluster, updated, dry_run)


def _parse(text: str) -> tuple[dict[str, dict[str, AppliedObject]], str]:
    """Return apply sets and salt of a document, which may have been edited by hand."""
    try:
        data = yaml_text.load_flow(text)
        # Never as an empty state: everything on the cluster would count as unmanaged from then on.
        if data["version"] != VERSION:
            raise ValueError("another version")
        salt = _checked(data.get("salt") or "", str)
        sets = data.get("apply_sets") or {}
        return {name: {key: _load_object(item) for key, item in items.items()} for name, items in sets.items()}, salt
    except (yaml_text.NotYaml, AttributeError, KeyError, TypeError, ValueError):
        raise OperationError(
            f"ConfigMap kubesphere-system/kubesphere-dingtalk, key {KEY}: corrupted, or not version {VERSION} of the "
            "last-applied state. Restore the key from a backup, or remove it: then everything on the cluster counts as "
            "unmanaged, and teardown no longer removes it. Nothing was changed.",
            finding="KD319",
        ) from None


def _checked(value: Any, kind: type[T]) -> T:
    """Return a value of the expected type; raises ``TypeError``."""
    if not isinstance(value, kind):
        raise TypeError(f"expected {kind.__name__}")
    return value


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
        api_version=_checked(item["api_version"], str),
        created=bool(item.get("created", False)),
        values=_load_values(item.get("values"), groups),
        version=_checked(item.get("version", ""), str),
        writes=writes,
    )


def _load_values(values: Mapping[str, Any] | None, groups: list[frozenset[str]]) -> dict[str, ManagedField]:
    return {_checked_path(text): _load_value(value, groups) for text, value in (values or {}).items()}


def _checked_path(text: str) -> str:
    """Return a rendered path; raises ``ValueError`` for another text."""
    if not field_paths.parse(text):
        raise ValueError("no path")
    return text


def _load_value(value: Mapping[str, Any], groups: list[frozenset[str]]) -> ManagedField:
    return ManagedField(
        applied_values=tuple(_checked(value["applied"], list)),
        previous=value.get("previous", ABSENT),
        previous_redacted=value.get("previous_redacted", False),
        created_parents=_checked(value.get("created_parents", 0), int),
        contributors=_group(groups, value["contributors"]) if "contributors" in value else frozenset(),
        previous_layout=_checked(value.get("previous_layout", ""), str),
    )


def _group(groups: list[frozenset[str]], index: Any) -> frozenset[str]:
    if not isinstance(index, int) or not 0 <= index < len(groups):
        raise ValueError(f"unknown group of contributors {index!r}")
    return groups[index]


def _dump(applied: AppliedObject) -> dict[str, Any]:
    found = {managed.contributors for _text, managed in _all_fields(applied) if managed.contributors}
    # In a fixed order, so that equal states are equal texts and are not written again.
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
