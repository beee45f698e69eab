# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory hosts that contribute to a shared object, such as the members whose chats are in their host's Receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

#: Rendered path of a field -> inventory hosts that want it.
FieldContributors = Mapping[str, frozenset[str]]


def _everyone(_host: str) -> bool:
    return True


@dataclass(frozen=True)
class Contributors:
    """The hosts of a run.

    ``own``: the inventory host of the cluster itself, to which every other field is attributed; empty if fields are
    not attributed. ``fields``: object key -> its fields that other hosts want as well, or instead. ``in_inventory``:
    whether this run knows what a host wants; what any other host contributed is retained.
    """

    own: str = ""
    fields: Mapping[str, FieldContributors] = field(default_factory=dict)
    in_inventory: Callable[[str], bool] = _everyone
    #: Whether the run has a slice of the inventory, so that hosts that are not in it are no surprise.
    is_slice: bool = False
    #: The fields of the object, or document, that this view is restricted to, and the hosts of its other fields.
    _here: FieldContributors = field(default_factory=dict)
    _default: frozenset[str] | None = None

    @classmethod
    def from_options(cls, values: Mapping[str, Any] | None) -> Contributors:
        """Return the hosts of the option ``contributors``."""
        if not values:
            return cls()
        fields = {
            key: {path: frozenset(hosts) for path, hosts in paths.items()}
            for key, paths in (values.get("fields") or {}).items()
        }
        inventory = frozenset(values["inventory"])
        return cls(values["inventory_host"], fields, inventory.__contains__, bool(values.get("slice")))

    def as_options(self, inventory: Iterable[str]) -> dict[str, Any]:
        """Return the option ``contributors``; ``inventory``: the hosts that this run knows."""
        fields = {
            key: {path: sorted(hosts) for path, hosts in paths.items()} for key, paths in self.fields.items() if paths
        }
        own = {"inventory_host": self.own, "inventory": sorted({self.own, *inventory})}
        return {**own, "slice": self.is_slice, "fields": fields}

    def of_object(self, key: str) -> Contributors:
        """Return the view of one object."""
        return replace(self, _here=self.fields.get(key, {}))

    def of_document(self, path: str) -> Contributors:
        """Return the view of the document in the field at a rendered path; it is attributed as a whole."""
        return replace(self, _here={}, _default=self.of(path))

    def of(self, path: str) -> frozenset[str]:
        """Return the hosts that want the field at a rendered path."""
        default = frozenset({self.own} if self.own else ()) if self._default is None else self._default
        return self._here.get(path, default)

    def absent(self, hosts: frozenset[str]) -> frozenset[str]:
        """Return the hosts that are not in the inventory of this run."""
        return frozenset(host for host in hosts if not self.in_inventory(host))


#: No attribution: everything that is no longer desired is pruned.
NO_CONTRIBUTORS = Contributors()
