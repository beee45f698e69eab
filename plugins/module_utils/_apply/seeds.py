# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that are added to an embedded document for the values in them, and removed or restored with the last one.

A list in Helm values replaces the chart's list, so the chart's items are copied into it. A null, which may mean
something else than a missing value, becomes an empty container.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core.errors import OperationError
from .._core.field_paths import ABSENT, Path
from .document_rules import DocumentRules
from .merge import Change, ManagedField, Merged, Storage, created_containers, depth_created


class Seeding:
    """The seeds of one document. ``base``: path of a list -> the chart's configuration, or an error."""

    def __init__(
        self, rules: DocumentRules, place: str, storage: Storage, base: Callable[[Path], Mapping[str, Any]]
    ) -> None:
        self._rules = rules
        self._place = place
        self._storage = storage
        self._base = base

    def seeded(
        self, document: dict[str, Any], edits: Mapping[str, Any], managed_fields: Mapping[str, ManagedField]
    ) -> tuple[dict[str, Any], dict[str, ManagedField]]:
        """Return the document with containers that edits extend, and the managed fields of these."""
        seeds = {
            text: managed
            for text, managed in managed_fields.items()
            if text in self._rules.merge_keys or was_null(managed)
        }
        seeded = field_paths.copied(document)
        for path in self._nulls(edits, seeded):
            seeds[field_paths.render(path)] = ManagedField((field_paths.copied(field_paths.get(seeded, path)),), None)
        for text in self._rules.merge_keys if self._rules.base else ():
            path = field_paths.parse(text)
            if field_paths.get(edits, path) and field_paths.get(document, path) is ABSENT:
                items = field_paths.get(self._base(path), path)
                created_parents = len(field_paths.missing_containers(seeded, path))
                field_paths.put(seeded, path, [] if items is ABSENT else field_paths.copied(items))
                seeds[text] = ManagedField(
                    (self._storage.store(path, field_paths.get(seeded, path)),), created_parents=created_parents
                )
        return seeded, seeds

    def _nulls(self, edits: Mapping[str, Any], document: dict[str, Any]) -> Iterator[Path]:
        """Replace each null in ``document`` that edits extend by an empty container, and yield its path.

        Raises ``OperationError`` for a value of another type than the edits need, which they would replace.
        """
        known: set[Path] = set()
        for path, _value in field_paths.leaves(edits, self._rules.merge_keys):
            for depth in range(1, len(path)):
                above, kind = path[:depth], list if path[depth].startswith("[") else dict
                if above in known:
                    continue
                known.add(above)
                found = field_paths.get(document, above)
                if found is None:
                    field_paths.put(document, above, kind())
                    yield above
                elif found is not ABSENT and not isinstance(found, kind):
                    expected = "list" if kind is list else "map"
                    raise OperationError(
                        f"{self._place}: {'.'.join(above)}: expected a {expected}, in which values are set. Nothing "
                        "was changed; correct or remove it first.",
                        finding="KD320",
                    )

    def removals(self, seeded: dict[str, Any], merged: Merged, seeds: Mapping[str, ManagedField]) -> Iterator[Change]:
        """Yield the removals of lists without managed items that are equal to the chart's again, or to null."""
        if not seeds:
            return
        after = field_paths.copied(seeded)
        merged.apply(after)
        for text, managed in sorted(seeds.items(), key=lambda seed: seed[0].count("/"), reverse=True):
            path = field_paths.parse(text)
            if any(managed_text.startswith(f"{text}/") for managed_text in merged.managed_fields):
                continue
            if was_null(managed) and field_paths.get(after, path) in ([], {}):
                change = Change(path, None, restores=True)
            elif self._storage.store(path, field_paths.get(after, path)) in managed.applied_values:
                change = Change(path, ABSENT, managed.created_parents, restores=True)
            else:
                continue
            Merged((change,), {}).apply(after)
            yield change


def with_parents(fields: Mapping[str, ManagedField], known: Mapping[str, ManagedField]) -> dict[str, ManagedField]:
    """Return the managed fields with all created containers directly above each, whichever of them created these."""
    created = created_containers(known) | created_containers(fields)
    return {
        name: replace(
            managed, created_parents=max(depth_created(field_paths.parse(name), created), managed.created_parents)
        )
        for name, managed in fields.items()
    }


def was_null(managed: ManagedField) -> bool:
    """Return whether it is a container in place of a null."""
    return managed.previous is None and managed.applied_values in (({},), ([],))


def without_unused(seeds: Mapping[str, ManagedField], fields: Mapping[str, ManagedField]) -> dict[str, ManagedField]:
    """Return the seeds without those in place of a null that contain values of others only."""
    names = [*seeds, *fields]
    return {
        text: managed
        for text, managed in seeds.items()
        if not was_null(managed) or any(name.startswith(f"{text}/") for name in names)
    }
