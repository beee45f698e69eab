# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A YAML document that is the text of one of an object's fields: read, merged three ways, checked, written back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core import yaml_text
from .._core.errors import InputError, OperationError
from .._core.field_paths import ABSENT, Path
from .._kubernetes.object_ref import ObjectRef
from . import yaml_edit
from .document_rules import DocumentKind, document_kind
from .merge import Change, ManagedField, Merged, Storage, merge

#: Path at the API server -> the object there, None where there is none.
Read = Callable[[str], Mapping[str, Any] | None]


@dataclass(frozen=True)
class MergeContext:
    """What a merge needs to know beside the objects.

    ``salt``: of the record's digests. ``prune``: whether what is no longer wished is taken back. ``release``:
    KubeSphere's release family, where it is known: documents are held to what it ships. ``read``: reads another object.
    """

    salt: str
    prune: bool = True
    release: str = ""
    read: Read = lambda path: None


class Document:
    """The document in one field of an object; ``path`` is the field's, such as ``("data", "alertmanager.yaml")``."""

    def __init__(self, reference: ObjectRef, path: Path, target: dict[str, Any], context: MergeContext) -> None:
        self._reference = reference
        self._path = path
        self._target = target
        self._context = context
        self.kind: DocumentKind = document_kind(reference, path)
        #: What the task's result tells of the document as it is after the merge, where all of it is known.
        self.facts: dict[str, Any] = {}
        #: What was wished and has no effect in the document.
        self.warnings: list[str] = []
        self._name = ".".join(path[1:] if path[0] == "data" else path)
        self._place = f"{self._name} in {reference}"

    @property
    def is_missing(self) -> bool:
        """Tell whether there is no such field."""
        return field_paths.get(self._target, self._path) in (ABSENT, None)

    def rendered(self) -> str:
        """Return what the document comes to: the text, or what is rendered of it and what it is laid over."""
        if not self.kind.base:
            return self.text
        values = yaml_edit.parse(self.text, self._place, self.kind.optional)
        whole = field_paths.get(overlaid(self._base, values), self.kind.inside)
        return yaml_text.dump({} if whole is ABSENT else whole)

    def merge(self, edits: Mapping[str, Any] | None, values: Mapping[str, ManagedField]) -> Merged:
        """Edit the document in the object; ``edits`` is None when everything of ours shall be taken back.

        ``values``: what is ours in the object. The result's paths are those inside the document.
        """
        if self.is_missing and not self.kind.optional:
            if edits is None:
                return Merged((), {})
            raise OperationError(
                f"{self._place}: the key is missing, so there is nothing to edit. Nothing was changed."
            )
        text = self.text
        document = yaml_edit.parse(text, self._place, self.kind.optional)
        merged = self._merged(document, edits or {}, _inside(values, self._path))
        edited = field_paths.copied(document)
        merged.apply(edited)
        if edits is not None and (errors := self._faults(edited)):
            # What was wrong before says it better: an edit may have turned it into something else.
            raise InputError(self._faults(document) or errors)
        if edits is not None:
            self.facts = self.kind.facts(self._whole(edited))
            self.warnings = [f"{self._name}: {warning}" for warning in self.kind.warn(edits, edited)]
        self._put(yaml_edit.edit(text, merged, self._place, self.kind.optional))
        return merged

    def _merged(
        self, document: dict[str, Any], edits: Mapping[str, Any], managed_fields: Mapping[str, ManagedField]
    ) -> Merged:
        storage = Storage(self._context.salt, lambda path, value: self.kind.shown(path))
        seeded, seeds = self._seeded(document, edits, managed_fields, storage)
        own_fields = {text: managed for text, managed in managed_fields.items() if text not in self.kind.merge_keys}
        edits = self.kind.resolve(edits, seeded, own_fields, self._place, self._context.release)
        merged = merge(
            seeded, field_paths.leaves(edits, self.kind.merge_keys), own_fields, storage, self._context.prune
        )
        merged = merged.without_harm(lambda chosen: self._new_faults(seeded, chosen))
        removals = list(self._unseeded(seeded, merged, seeds, storage)) if self._context.prune else []
        gone = {field_paths.render(change.path) for change in removals}
        kept_seeds = {text: managed for text, managed in seeds.items() if text not in gone}
        first = [
            Change(path, field_paths.get(seeded, path))
            for path in map(field_paths.parse, seeds)
            if field_paths.get(document, path) is ABSENT
        ]
        return Merged((*first, *merged.changes, *removals), {**kept_seeds, **merged.managed_fields}, merged.not_removed)

    def _seeded(
        self,
        document: dict[str, Any],
        edits: Mapping[str, Any],
        managed_fields: Mapping[str, ManagedField],
        storage: Storage,
    ) -> tuple[dict[str, Any], dict[str, ManagedField]]:
        """Return the document with the lists that a wish adds to, and what is ours of such lists.

        Values of Helm replace a chart's list as a whole: what the chart has in it must be in the new one as well.
        """
        seeds = {text: managed for text, managed in managed_fields.items() if text in self.kind.merge_keys}
        seeded = field_paths.copied(document)
        for text in self.kind.merge_keys if self.kind.base else ():
            path = field_paths.parse(text)
            if field_paths.get(edits, path) and field_paths.get(document, path) is ABSENT:
                listed = field_paths.get(self._known_base(path), path)
                created_parents = len(field_paths.missing_containers(document, path))
                field_paths.put(seeded, path, [] if listed is ABSENT else field_paths.copied(listed))
                seeds[text] = ManagedField(
                    (storage.store(path, field_paths.get(seeded, path)),), created_parents=created_parents
                )
        return seeded, seeds

    @cached_property
    def _base(self) -> dict[str, Any]:
        """What the document is laid over, parsed once for all that looks at it; empty if it is not known."""
        return self.kind.base_document(self._target, self._context.read)

    def _known_base(self, path: Path) -> dict[str, Any]:
        """Return the chart's document; raises where it is not known, as a list of ours alone would replace its list."""
        base = self._base
        if not base:
            raise OperationError(
                f"{self._place}: {'.'.join(path)} of the chart is not known, as {self.kind.base_of(self._target)}, "
                f"which it is read from, has no {self.kind.base_key}. A list in the values replaces the chart's as a "
                "whole: copy that into the values in KubeSphere's extension center first. Nothing was changed."
            )
        return base

    def _unseeded(
        self, seeded: dict[str, Any], merged: Merged, seeds: Mapping[str, ManagedField], storage: Storage
    ) -> Iterator[Change]:
        """Take a list away that is again what the chart has, once nothing in it is ours."""
        if not seeds:
            return
        after = field_paths.copied(seeded)
        merged.apply(after)
        for text, managed in seeds.items():
            path = field_paths.parse(text)
            if any(applied_values.startswith(f"{text}/") for applied_values in merged.managed_fields):
                continue
            if storage.store(path, field_paths.get(after, path)) in managed.applied_values:
                yield Change(path, ABSENT, managed.created_parents, restores=True)

    def _new_faults(self, document: Mapping[str, Any], edits: Merged) -> list[str]:
        edited = field_paths.copied(dict(document))
        edits.apply(edited)
        found = self._faults(document)
        return [fault for fault in self._faults(edited) if fault not in found]

    def _faults(self, document: Mapping[str, Any]) -> list[str]:
        """Return what is wrong, as far as all of the document is known."""
        whole = self._whole(document)
        return self.kind.check(whole, self._place, self._context.release) if whole or not self.kind.base else []

    def _whole(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the document, laid over what it is laid over; empty if that is not known."""
        if not self.kind.base:
            return document
        return overlaid(self._base, document) if self._base else {}

    @property
    def text(self) -> str:
        """The document as it stands in the field, empty where there is none."""
        value = field_paths.get(self._target, self._path)
        if value in (ABSENT, None):
            return ""
        return decode(value, self._place) if self._reference.kind == "Secret" else str(value)

    def _put(self, text: str) -> None:
        if text:
            field_paths.put(self._target, self._path, encode(text) if self._reference.kind == "Secret" else text)
        elif not self.is_missing:
            field_paths.remove(self._target, self._path)


def document_path(path: Path, text: str = "") -> str:
    """Return the path of a value in a document as the record has it: the field's, ``#``, the one inside."""
    return f"{field_paths.render(path)}#{text}"


def _inside(values: Mapping[str, ManagedField], path: Path) -> dict[str, ManagedField]:
    prefix = document_path(path)
    return {text.removeprefix(prefix): managed for text, managed in values.items() if text.startswith(prefix)}


def overlaid(base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``values`` laid over it as Helm does: maps merge, all else is replaced, null removes."""
    result = dict(base)
    for key, value in values.items():
        below = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(below, Mapping):
            result[key] = overlaid(below, value)
        else:
            result[key] = value
    return result


def encode(text: Any) -> str | None:
    """Return a text as a Secret keeps it."""
    return None if text is None else base64.b64encode(str(text).encode()).decode("ascii")


def decode(encoded: str, place: str) -> str:
    """Return the text that a Secret keeps."""
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise OperationError(f"{place} is not UTF-8 text. Nothing was changed; correct it first.") from None
