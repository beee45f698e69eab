# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for one object: computed once, then shown as a diff, checked by dry run, or written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core.errors import OperationError
from .._core.field_paths import Path
from .._kubernetes.object_ref import ObjectRef
from .document_rules import text_fields
from .embedded_document import Document, MergeContext, document_path, encode
from .last_applied import AppliedObject
from .merge import ManagedField, Merged, Storage, merge, pending_fields
from .resource_rules import (
    INSTALLER_HINT,
    atomic_maps,
    creation_hint,
    is_federated_copy,
    is_retained,
    may_store,
    merge_keys,
    remove_incomplete_maps,
)
from .upgrades import converted

IDENTITY = {"apiVersion", "kind", "metadata", "status", "type"}


@dataclass(frozen=True)
class DesiredObject:
    """The desired state of an object; ``content`` is None if all managed fields are to be removed."""

    reference: ObjectRef
    content: Mapping[str, Any] | None

    def fields(self) -> dict[str, Any]:
        """Return the desired fields of the object itself, with ``stringData`` encoded as ``data``.

        Includes edits of embedded documents outside ``stringData``.
        """
        content = self.content or {}
        metadata = {k: v for k, v in content.get("metadata", {}).items() if k not in ("name", "namespace")}
        desired_content = {
            k: v for k, v in content.items() if k not in ("apiVersion", "kind", "metadata", "stringData")
        }
        texts = {key: encode(text) for key, text in self._string_data() if not isinstance(text, Mapping)}
        if texts:
            desired_content["data"] = {**(desired_content.get("data") or {}), **texts}
        return {**({"metadata": metadata} if metadata else {}), **desired_content}

    def documents(self) -> dict[Path, Mapping[str, Any]]:
        """Return the desired edits of embedded YAML documents by path: mappings in fields whose live value is text."""
        return {path: edits for path, edits in self._texts() if isinstance(edits, Mapping)}

    def leaves(self) -> Iterator[tuple[Path, Any]]:
        """Yield the path and value of each desired field of the object itself."""
        inside = self.documents()
        for path, value in field_paths.leaves(self.fields(), merge_keys(self.reference), atomic_maps(self.reference)):
            if not any(path[: len(field)] == field for field in inside):
                yield path, value

    def _texts(self) -> Iterator[tuple[Path, Any]]:
        yield from ((("data", key), text) for key, text in self._string_data())
        yield from text_fields(self.reference, self.content or {})

    def _string_data(self) -> list[tuple[str, Any]]:
        return list(((self.content or {}).get("stringData") or {}).items())


@dataclass(frozen=True)
class Plan:
    """One object before and after. ``before`` is None for a creation, ``after`` for a deletion or an absent object."""

    reference: ObjectRef
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    applied_before: AppliedObject | None
    applied_after: AppliedObject | None
    document_edits: dict[Path, Merged] = field(default_factory=dict)
    not_removed: Mapping[str, str] = field(default_factory=dict)
    #: Facts from embedded documents after the change, for the task's result.
    facts: Mapping[str, Any] = field(default_factory=dict)
    #: Warnings about desired values without effect.
    warnings: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """One of ``created``, ``updated``, ``deleted``, ``unchanged``."""
        if self.before == self.after:
            return "unchanged"
        if self.before is None:
            return "created"
        return "updated" if self.after is not None else "deleted"

    def pending(self) -> AppliedObject | None:
        """Return the last-applied state to record before the write."""
        if not self.applied_after or not self.applied_before:
            return self.applied_after or self.applied_before
        return replace(self.applied_after, values=pending_fields(self.applied_before.values, self.applied_after.values))


def make_plan(
    desired: DesiredObject, live: dict[str, Any] | None, applied: AppliedObject | None, context: MergeContext
) -> Plan:
    """Compute the plan for one object; raises ``OperationError`` if an embedded document is invalid or not editable."""
    reference = desired.reference
    context = replace(context, prune=context.prune or desired.content is None)
    if live is None and desired.content is None:
        return Plan(reference, None, None, applied, None)
    if live is not None and desired.content is None and is_federated_copy(live):
        # The host's object has replaced the one with managed fields.
        return Plan(reference, live, live, applied, None)
    hint = creation_hint(reference) or (INSTALLER_HINT if _edits_a_secret(desired) else "")
    if live is None and hint:
        raise OperationError(f"{reference}: not found on this cluster; {hint}. Nothing was changed.")
    created = not is_retained(reference) and (live is None or bool(applied and applied.created))
    values = converted(applied, reference) if applied and live is not None else {}
    after = field_paths.copied(live) if live is not None else _empty(reference)
    storage = Storage(context.salt, partial(may_store, reference))
    own_fields = {text: managed for text, managed in values.items() if "#" not in text}
    if desired.content is None and created:
        # Labels are deleted with the object; if unmanaged content prevents that, the console still needs them.
        own_fields = {text: managed for text, managed in own_fields.items() if not text.startswith("/metadata/")}
    merged = merge(after, desired.leaves(), own_fields, storage, context.prune)
    merged.apply(after)
    remove_incomplete_maps(reference, after)
    managed_fields = dict(merged.managed_fields)
    not_removed = dict(merged.not_removed)
    edits: dict[Path, Merged] = {}
    facts: dict[str, Any] = {}
    warnings: list[str] = []
    for path in _documents(desired, values):
        desired_edits = None if desired.content is None else desired.documents().get(path, {})
        document = Document(reference, path, after, context)
        edits[path] = document.merge(desired_edits, values)
        facts.update(document.facts)
        warnings += document.warnings
        managed_fields.update(
            {document_path(path, text): managed for text, managed in edits[path].managed_fields.items()}
        )
        not_removed.update({document_path(path, text): reason for text, reason in edits[path].not_removed.items()})
    managed_fields = {text: managed for text, managed in managed_fields.items() if not is_retained(reference, text)}
    if desired.content is None and created and not _content(after):
        return Plan(reference, live, None, applied, None)
    applied_after = (
        AppliedObject(reference.api_version, created, managed_fields)
        if managed_fields or desired.content is not None
        else None
    )
    return Plan(reference, live, after, applied, applied_after, edits, not_removed, facts, tuple(warnings))


def _edits_a_secret(desired: DesiredObject) -> bool:
    return desired.reference.kind == "Secret" and bool(desired.documents())


def _documents(desired: DesiredObject, values: Mapping[str, ManagedField]) -> list[Path]:
    """Return the paths of the embedded documents with desired edits or managed fields."""
    recorded = [field_paths.parse(text.partition("#")[0]) for text in values if "#" in text]
    return list(dict.fromkeys([*desired.documents(), *recorded]))


def _empty(reference: ObjectRef) -> dict[str, Any]:
    metadata = {"name": reference.name, **({"namespace": reference.namespace} if reference.namespace else {})}
    return {"apiVersion": reference.api_version, "kind": reference.kind, "metadata": metadata}


def _content(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in manifest.items() if key not in IDENTITY and value}
