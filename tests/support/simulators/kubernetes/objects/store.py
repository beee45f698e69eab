# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of one cluster, each in its kind's storage version, under a revision that grows with every write."""

from __future__ import annotations

from typing import Any

from tests.support.simulators.kubernetes.objects.resources import Resource

Json = dict[str, Any]
_Place = tuple[str, str]


class Store:
    """Stored objects are never changed in place, so that they can be handed out without a copy."""

    def __init__(self) -> None:
        self.revision = 100
        self._objects: dict[tuple[str, str], dict[_Place, Json]] = {}

    def get(self, resource: Resource, namespace: str, name: str) -> Json | None:
        return self._objects.get(resource.key, {}).get((namespace, name))

    def objects(self, resource: Resource, namespace: str = "") -> list[Json]:
        """All objects of a kind, or those of one namespace, by namespace and name."""
        objects = sorted(self._objects.get(resource.key, {}).items())
        return [value for (place, _name), value in objects if namespace in ("", place)]

    def put(self, resource: Resource, value: Json) -> Json:
        """Stores an object under the next revision and returns it as stored."""
        self.revision += 1
        stored = {**value, "metadata": {**value["metadata"], "resourceVersion": str(self.revision)}}
        self._objects.setdefault(resource.key, {})[_place(stored)] = stored
        return stored

    def remove(self, resource: Resource, value: Json) -> None:
        self.revision += 1
        self._objects[resource.key].pop(_place(value), None)

    def clear(self, resource: Resource) -> None:
        self._objects.pop(resource.key, None)


def _place(value: Json) -> _Place:
    metadata = value["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
