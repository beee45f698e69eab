# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of one cluster, in their storage version, with a revision that increases with every write."""

from __future__ import annotations

from typing import Any

from tests.support.simulators.kubernetes.objects.resources import Resource

Json = dict[str, Any]
_Place = tuple[str, str]
Snapshot = dict[tuple[str, str], dict[_Place, Json]]


class Store:
    """A store of immutable objects, which are returned without a copy."""

    def __init__(self) -> None:
        self.revision = 100
        self._objects: Snapshot = {}

    def get(self, resource: Resource, namespace: str, name: str) -> Json | None:
        return self._objects.get(resource.key, {}).get((namespace, name))

    def objects(self, resource: Resource, namespace: str = "") -> list[Json]:
        """Return all objects of a kind, or those of one namespace, sorted by namespace and name."""
        objects = sorted(self._objects.get(resource.key, {}).items())
        return [value for (place, _name), value in objects if namespace in ("", place)]

    def put(self, resource: Resource, value: Json) -> Json:
        """Store an object with the next revision and return it."""
        self.revision += 1
        stored = {**value, "metadata": {**value["metadata"], "resourceVersion": str(self.revision)}}
        self._objects.setdefault(resource.key, {})[_place(stored)] = stored
        return stored

    def remove(self, resource: Resource, value: Json) -> None:
        self.revision += 1
        self._objects[resource.key].pop(_place(value), None)

    def clear(self, resource: Resource) -> None:
        self._objects.pop(resource.key, None)

    def snapshot(self) -> Snapshot:
        """Return all objects, for :meth:`restore`."""
        return {kind: dict(objects) for kind, objects in self._objects.items()}

    def restore(self, snapshot: Snapshot) -> None:
        """Replace all objects by those of a snapshot, as if nothing had happened since; the revision goes on."""
        self.revision += 1
        self._objects = {kind: dict(objects) for kind, objects in snapshot.items()}


def _place(value: Json) -> _Place:
    metadata = value["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
