# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for one object: computed once, then shown as a diff, checked by dry run, or written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from .._alertmanager.item_kinds import field_paths
from .._core.errors import OperationError
from .._core.field_paths import ABSENT, Path
from .._kubernetes.metadata import resource_version
from .._kubernetes.object_ref import ObjectRef
from .document_rules import text_fields
from .embedded_document import Document, MergeContext, MergedDocument, document_path, encode
from .last_applied import AppliedObject, PendingWrite
from .merge import ManagedField, Merged, Storage, is_as_applied, merge, resolved, with_pending
from .resource_rules import (
    INSTALLER_HINT,
    atomic_maps,
    creation_hint,
    dependent_fields,
    is_federated_copy,
    is_never_deleted,
    is_retained,
    may_store,
    merge_keys,
    remove_incomplete_maps,
)
from .upgrades import in_version, with_moved_rules

T = TypeVar("T")

IDENTITY = {"apiVersion", "kind", "metadata", "status", "type"}


@dataclass(frozen=True)
class DesiredObject:
    """The desired state of an object; ``content`` is None if all managed fields are to be removed.

    ``defaults``: rendered paths of values that are only applied while no one else has set a value there.
    """

    reference: ObjectRef
    content: Mapping[str, Any] | None
    defaults: frozenset[str] = frozenset()

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
        """Yield the path and value of each desired field of the object itself.

        A field that belongs to a desired one and is not desired itself is removed: its value is None.
        """
        inside = self.documents()
        desired = {
            path: value
            for path, value in field_paths.leaves(
                self.fields(), merge_keys(self.reference), atomic_maps(self.reference)
            )
            if not any(path[: len(field)] == field for field in inside)
        }
        yield from desired.items()
        for text, owner in dependent_fields(self.reference).items():
            if field_paths.parse(owner) in desired and field_paths.parse(text) not in desired:
                yield field_paths.parse(text), None

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
    #: Hosts outside the inventory: those whose values are retained, and those whose values are replaced.
    retained_for: frozenset[str] = frozenset()
    overruled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Facts from embedded documents after the change, for the task's result.
    facts: Mapping[str, Any] = field(default_factory=dict)
    #: Warnings about desired values without effect.
    warnings: tuple[str, ...] = ()
    #: The embedded documents that were merged, as they are in effect after the change.
    documents: Mapping[Path, Mapping[str, Any]] = field(default_factory=dict)
    #: What holds a deleted object that still exists; empty if it is gone.
    remains: str = ""

    @property
    def action(self) -> str:
        """One of ``created``, ``updated``, ``deleted``, ``unchanged``."""
        if self.before == self.after:
            return "unchanged"
        if self.before is None:
            return "created"
        return "updated" if self.after is not None else "deleted"

    @property
    def base(self) -> str:
        """The resourceVersion of the object before, empty if there was none."""
        return resource_version(self.before)


def make_plan(
    desired: DesiredObject, live: dict[str, Any] | None, applied: AppliedObject | None, context: MergeContext
) -> Plan:
    """Compute the plan for one object; raises ``OperationError`` if an embedded document is invalid or not editable."""
    reference = desired.reference
    context = replace(
        context,
        prune=context.prune or desired.content is None,
        contributors=context.contributors.of_object(reference.key),
    )
    # The host's object has replaced one with managed fields if it is a copy of that.
    if desired.content is None and (live is None or is_federated_copy(live)):
        return Plan(reference, before=live, after=live, applied_before=applied, applied_after=None)
    hint = creation_hint(reference) or (INSTALLER_HINT if _edits_a_secret(desired) else "")
    if live is None and hint:
        raise OperationError(f"{reference}: not found on this cluster; {hint}. Nothing was changed.", finding="KD316")
    known = in_version(applied, reference) if applied and live is not None else AppliedObject(reference.api_version)
    if reference.kind == "PrometheusRule" and live is not None:
        content, known = with_moved_rules(desired.content, live, known)
        desired = replace(desired, content=content)
    values = known.managed_fields()
    after = field_paths.copied(live) if live is not None else _empty(reference)
    created = not is_never_deleted(reference) and (live is None or _was_created(known, after, context.salt, reference))
    merged = _merge_fields(desired, after, values, context, created)
    documents = _merge_documents(desired, after, values, context)
    edits = {path: document.merged for path, document in documents.items()}
    parts = {"": merged, **{document_path(path): edit for path, edit in edits.items()}}
    managed_fields = {
        text: managed
        for text, managed in _joined(parts, lambda part: part.managed_fields).items()
        if not is_retained(reference, text)
    }
    retained = _joined(parts, lambda part: part.retained)
    # An object that someone else has filled meanwhile remains, with their content.
    if desired.content is None and created and not _has_content(after):
        return Plan(reference, before=live, after=None, applied_before=applied, applied_after=None)
    is_recorded = managed_fields or desired.content is not None
    return Plan(
        reference,
        before=live,
        after=after,
        applied_before=applied,
        applied_after=AppliedObject(reference.api_version, created, managed_fields) if is_recorded else None,
        document_edits=edits,
        not_removed=_joined(parts, lambda part: part.not_removed),
        retained_for=frozenset[str]().union(*retained.values()),
        overruled=_joined(parts, lambda part: part.overruled),
        facts={name: fact for document in documents.values() for name, fact in document.facts.items()},
        warnings=tuple(warning for document in documents.values() for warning in document.warnings),
        documents={path: document.effective for path, document in documents.items()},
    )


def _merge_fields(
    desired: DesiredObject,
    after: dict[str, Any],
    values: Mapping[str, ManagedField],
    context: MergeContext,
    created: bool,
) -> Merged:
    """Merge the fields of the object itself into ``after``."""
    reference = desired.reference
    storage = Storage(context.salt, partial(may_store, reference))
    fields = resolved(after, {text: managed for text, managed in values.items() if "#" not in text}, storage)
    leaves = {
        path: value
        for path, value in desired.leaves()
        if field_paths.render(path) not in desired.defaults or not _is_set_by_others(after, path, fields, storage)
    }
    fields = _restorable(leaves, after, fields, storage, dependent_fields(reference))
    merged = merge(after, leaves.items(), fields, storage, context.prune, context.contributors)
    if desired.content is None and created and not merged.retained:
        # Labels are deleted with the object; if unmanaged content prevents that, the console still needs them.
        content = {text: managed for text, managed in fields.items() if not text.startswith("/metadata/")}
        merged = merge(after, (), content, storage, contributors=context.contributors)
    merged.apply(after)
    remove_incomplete_maps(reference, after)
    return merged


def _is_set_by_others(
    live: Mapping[str, Any], path: Path, fields: Mapping[str, ManagedField], storage: Storage
) -> bool:
    """Return whether there is an unmanaged value at a path, or was one before the first apply."""
    managed = fields.get(field_paths.render(path))
    if managed and is_as_applied(live, path, managed, storage):
        return managed.previous is not ABSENT or managed.previous_redacted
    return field_paths.get(live, path) is not ABSENT


def _restorable(
    desired: Mapping[Path, Any],
    live: Mapping[str, Any],
    fields: Mapping[str, ManagedField],
    storage: Storage,
    dependents: Mapping[str, str],
) -> dict[str, ManagedField]:
    """Return the managed fields without previous values that belong to a value that is not restored.

    ``dependents``: rendered path of a field -> that of the field to which it belongs.
    """
    found = dict(fields)
    for text, owner in dependents.items():
        path = field_paths.parse(owner)
        if text not in fields or owner not in fields:
            continue
        is_lost = path not in desired and fields[owner].previous_redacted
        if is_lost or not is_as_applied(live, path, fields[owner], storage):
            found[text] = replace(fields[text], previous=ABSENT, previous_redacted=False)
    return found


def _merge_documents(
    desired: DesiredObject, after: dict[str, Any], values: Mapping[str, ManagedField], context: MergeContext
) -> dict[Path, MergedDocument]:
    """Merge the embedded documents in ``after``."""
    found = {}
    for path in _documents(desired, values):
        edits = None if desired.content is None else desired.documents().get(path, {})
        found[path] = Document(desired.reference, path, after, context).merge(edits, values)
    return found


def _joined(parts: Mapping[str, Merged], of: Callable[[Merged], Mapping[str, T]]) -> dict[str, T]:
    """Return a mapping by path of all parts of an object; ``parts``: prefix of the paths -> part."""
    return {prefix + text: value for prefix, part in parts.items() for text, value in of(part).items()}


def _was_created(known: AppliedObject, live: Mapping[str, Any], salt: str, reference: ObjectRef) -> bool:
    """Return whether an object was created by an apply, which may be a pending one, rather than by someone else."""
    return known.created or any(
        write.created and _took_place(write, live, Storage(salt, partial(may_store, reference)))
        for write in known.writes.values()
    )


def _took_place(write: PendingWrite, live: Mapping[str, Any], storage: Storage) -> bool:
    fields = {text: managed for text, managed in write.values.items() if "#" not in text}
    return len(resolved(live, with_pending({}, [fields]), storage)) == len(fields)


def _edits_a_secret(desired: DesiredObject) -> bool:
    return desired.reference.kind == "Secret" and bool(desired.documents())


def _documents(desired: DesiredObject, values: Mapping[str, ManagedField]) -> list[Path]:
    """Return the paths of the embedded documents with desired edits or managed fields."""
    recorded = [field_paths.parse(text.partition("#")[0]) for text in values if "#" in text]
    return list(dict.fromkeys([*desired.documents(), *recorded]))


def _empty(reference: ObjectRef) -> dict[str, Any]:
    metadata = {"name": reference.name, **({"namespace": reference.namespace} if reference.namespace else {})}
    return {"apiVersion": reference.api_version, "kind": reference.kind, "metadata": metadata}


def _has_content(manifest: Mapping[str, Any]) -> bool:
    """Return whether anything is left of an object beside its identity."""
    return any(value for key, value in manifest.items() if key not in IDENTITY)
