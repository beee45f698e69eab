# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What we put on a cluster, kept on that cluster: ConfigMap ``kubesphere-dingtalk``, key ``applied``.

KubeSphere's console rebuilds objects and drops labels that it does not know, so ownership cannot live on the objects.
The content is YAML, in JSON's notation, without secrets; in block style it reads::

    version: 1
    salt: 6f0c...           # of the digests that stand for values which may be secret
    sets:
      notification:         # a feature, or the name given to apply
        Receiver.notification.kubesphere.io/global-dingtalk-receiver:
          api_version: notification.kubesphere.io/v2beta2
          created: true     # the object did not exist before
          values:
            /spec/dingtalk/conversation/chatids/[=chat1]: {ours: [chat1], made: 2}
"""

from __future__ import annotations

import secrets as random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .._core import field_paths, yaml_text
from .._core.errors import OperationError
from .._core.field_paths import ABSENT
from .._kubernetes.client import Cluster
from .._kubernetes.shared_configmap import update_config_map
from .merge import Owned

KEY = "applied"
VERSION = 1


@dataclass
class Entry:
    """What is ours in one object."""

    api_version: str
    created: bool = False
    values: dict[str, Owned] = field(default_factory=dict)


class Record:
    """The record of one cluster, changed in memory and saved on request."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._sets: dict[str, dict[str, Any]] = data.get("sets") or {}
        self.salt: str = data.get("salt") or random.token_hex(16)
        self._dirty: dict[tuple[str, str], Entry | None] = {}

    @classmethod
    def read(cls, config_map: dict[str, Any] | None) -> Record:
        """Parse the ConfigMap; raises ``OperationError`` when its content is not ours to understand."""
        return cls(_parse((config_map or {}).get("data", {}).get(KEY)))

    def entries(self, set_name: str) -> dict[str, Entry]:
        """Return the entries of one set by object key."""
        return {key: _entry(item) for key, item in self._sets.get(set_name, {}).items()}

    def sets(self) -> Iterator[str]:
        """Yield the names of the sets that have entries."""
        yield from self._sets

    def put(self, set_name: str, key: str, entry: Entry | None) -> None:
        """Replace what is ours in an object; None or an entry without values forgets it."""
        gone = entry is None or not (entry.values or entry.created)
        wanted = None if gone or entry is None else _dump(entry)
        if self._sets.get(set_name, {}).get(key) != wanted:
            self._dirty[set_name, key] = None if gone else entry
            _assign(self._sets, set_name, key, wanted)

    @property
    def changed(self) -> bool:
        """Tell whether something was put that is not saved yet."""
        return bool(self._dirty)

    def save(self, cluster: Cluster, dry_run: bool = False) -> None:
        """Write what was put; other people's entries and keys that appeared meanwhile survive."""
        update_config_map(cluster, self._updated, dry_run)
        self._dirty.clear()

    def _updated(self, data: dict[str, str]) -> dict[str, str]:
        current = _parse(data.get(KEY))
        self.salt = current.get("salt") or self.salt
        sets: dict[str, dict[str, Any]] = current.get("sets") or {}
        for (set_name, key), entry in self._dirty.items():
            _assign(sets, set_name, key, None if entry is None else _dump(entry))
        rest = {name: text for name, text in data.items() if name != KEY}
        if not sets:
            return rest
        content = {"version": VERSION, "salt": self.salt, "sets": sets}
        return {**rest, KEY: yaml_text.dump_flow(content)}


def _assign(sets: dict[str, dict[str, Any]], set_name: str, key: str, item: Any) -> None:
    if item is not None:
        sets.setdefault(set_name, {})[key] = item
        return
    sets.get(set_name, {}).pop(key, None)
    if not sets.get(set_name):
        sets.pop(set_name, None)


def _parse(text: str | None) -> dict[str, Any]:
    try:
        data = yaml_text.load_flow(text or "{}")
    except yaml_text.NotYaml:
        data = None
    if not isinstance(data, dict) or data.get("version", VERSION) != VERSION or not _is_whole(data):
        raise OperationError(
            f"ConfigMap kubesphere-system/kubesphere-dingtalk, key {KEY}: not the record that this version of "
            "kubesphere.dingtalk writes. Restore the key from a backup, or remove it: then what stands on the cluster "
            "counts as somebody else's and is no longer removed by teardown."
        )
    return data


def _is_whole(data: dict[str, Any]) -> bool:
    """Tell whether all that the record holds has the shape that we write: people edit it, too."""
    try:
        values = [
            (field_paths.parse(text), mine)
            for items in (data.get("sets") or {}).values()
            for item in items.values()
            for text, mine in _entry(item).values.items()
        ]
    except (AttributeError, KeyError, TypeError):
        return False
    return isinstance(data.get("salt") or "", str) and all(isinstance(mine.made, int) for _path, mine in values)


def _entry(item: dict[str, Any]) -> Entry:
    values = {
        text: Owned(
            tuple(value["ours"]), value.get("previous", ABSENT), value.get("hidden", False), value.get("made", 0)
        )
        for text, value in (item.get("values") or {}).items()
    }
    return Entry(item["api_version"], item.get("created", False), values)


def _dump(entry: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {"api_version": entry.api_version}
    if entry.created:
        item["created"] = True
    item["values"] = {text: _dump_value(mine) for text, mine in entry.values.items()}
    return item


def _dump_value(mine: Owned) -> dict[str, Any]:
    value: dict[str, Any] = {"ours": list(mine.ours)}
    if mine.previous is not ABSENT:
        value["previous"] = mine.previous
    if mine.hidden:
        value["hidden"] = True
    if mine.made:
        value["made"] = mine.made
    return value
