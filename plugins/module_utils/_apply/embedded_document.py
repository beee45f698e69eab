# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML documents in text fields of objects: parse, merge, validate and write them back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core import yaml_text
from .._core.errors import Errors, InputError, OperationError
from .._core.field_paths import ABSENT, Path
from .._findings.finding import cited
from .._kubernetes.object_ref import ObjectRef
from .._yaml.differences import same
from . import yaml_edit
from .contributors import NO_CONTRIBUTORS, Contributors
from .document_rules import DocumentRules, document_rules
from .merge import Change, ManagedField, Merged, Storage, merge, resolved
from .seeds import Seeding, was_null, with_parents, without_unused

#: API path -> the object, None if there is none.
Read = Callable[[str], "Mapping[str, Any] | None"]


@dataclass(frozen=True)
class MergeContext:
    """The context of a merge.

    ``salt``: salt of the digests in the last-applied state. ``prune``: whether managed fields that are no longer
    desired are removed. ``release``: KubeSphere's release line, empty if unknown; documents are validated against the
    Alertmanager version that it ships. ``read``: reads another object. ``contributors``: the hosts of the run.
    """

    salt: str
    prune: bool = True
    release: str = ""
    read: Read = lambda path: None
    contributors: Contributors = NO_CONTRIBUTORS


@dataclass(frozen=True)
class MergedDocument:
    """A document after a merge: its edits, and if any were desired, what is in effect.

    ``facts``: for the result of the task, if all of the document is known. ``warnings``: about values without effect.
    """

    merged: Merged
    effective: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Document:
    """The document in the field of an object at ``path``, such as ``("data", "alertmanager.yaml")``."""

    def __init__(self, reference: ObjectRef, path: Path, target: dict[str, Any], context: MergeContext) -> None:
        self._reference = reference
        self._path = path
        self._target = target
        self._context = context
        self.rules: DocumentRules = document_rules(reference, path)
        self._name = ".".join(path[1:] if path[0] == "data" else path)
        self._place = f"{self._name} in {reference}"

    @property
    def is_missing(self) -> bool:
        """Whether the object has no such field."""
        return field_paths.get(self._target, self._path) in (ABSENT, None)

    def rendered(self) -> str:
        """Return the effective document: the text, or the chart's configuration overlaid with the values."""
        return yaml_text.dump(dict(self.effective())) if self.rules.base else self.text

    def effective(self) -> Mapping[str, Any]:
        """Return the effective document; raises ``OperationError`` if it is not YAML."""
        return self._in_effect(yaml_edit.parse(self.text, self._place, self.rules.optional))

    def _in_effect(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self.rules.base:
            return document
        whole = field_paths.get(overlaid(self._base, document), self.rules.inside)
        return whole if isinstance(whole, Mapping) else {}

    def merge(self, edits: Mapping[str, Any] | None, values: Mapping[str, ManagedField]) -> MergedDocument:
        """Edit the document in the object; ``edits`` is None if all managed fields are to be removed.

        ``values``: the managed fields of the object. Paths in the result are relative to the document.
        """
        if self.is_missing and not self.rules.optional:
            if edits is None:
                return MergedDocument(Merged((), {}))
            raise OperationError(
                f"{self._place}: the key is missing, so there is nothing to edit. Nothing was changed.", finding="KD320"
            )
        text = self.text
        document = yaml_edit.parse(text, self._place, self.rules.optional)
        known = dict(self.rules.identify(self._known(document, values), document, edits or {}))
        merged = self._merged(document, edits or {}, known)
        edited = field_paths.copied(document)
        merged.apply(edited)
        if edits is not None and (errors := self._errors(edited)):
            # Prefer errors of the live document, as an edit may only have changed how they show up.
            raise InputError(self._errors(document) or errors)
        result = MergedDocument(merged) if edits is None else self._in_result(merged, edited, edits)
        if not merged.changes:
            return result
        written = self._edited(text, merged, known)
        self._write(written.text)
        merged = replace(merged, managed_fields=with_parents(merged.managed_fields, known))
        notes = (cited(f"{self._name}: {note}", "KD325") for note in written.notes)
        return replace(result, merged=self._with_layouts(text, document, merged), warnings=(*result.warnings, *notes))

    def _in_result(self, merged: Merged, edited: Mapping[str, Any], edits: Mapping[str, Any]) -> MergedDocument:
        """Return what is in effect after desired edits."""
        whole = self._whole(edited)
        warnings = (f"{self._name}: {warning}" for warning in self.rules.warn(edits, whole or edited))
        return MergedDocument(merged, self._in_effect(edited), self.rules.facts(whole), tuple(warnings))

    @property
    def _storage(self) -> Storage:
        return Storage(self._context.salt, lambda path, value: self.rules.shown(path))

    def _known(self, document: Mapping[str, Any], values: Mapping[str, ManagedField]) -> dict[str, ManagedField]:
        """Return the managed fields of the document after all writes."""
        recorded = _inside(values, self._path)
        seeds = {text for text in recorded if self.rules.base and text in self.rules.merge_keys}
        seeds |= {text for text, managed in recorded.items() if any(map(was_null, managed.pending))}
        return resolved(document, recorded, self._storage, seeds)

    def _edited(self, text: str, merged: Merged, known: Mapping[str, ManagedField]) -> yaml_edit.Edited:
        """Return the edited text, in which restored values have their former layout."""
        restored = {
            change.path: known.get(field_paths.render(change.path)) for change in merged.changes if change.restores
        }
        layouts = {
            path: managed.previous_layout or yaml_edit.plain_layout(managed.previous)
            for path, managed in restored.items()
            if managed and managed.previous is not ABSENT
        }
        return yaml_edit.edit(text, merged, self._place, self.rules.optional, layouts, self._storage.digest)

    def _with_layouts(self, text: str, document: Any, merged: Merged) -> Merged:
        """Return the edits with the layouts of newly replaced values whose text has a style of its own.

        A value is replaced again after someone else put the former one back.
        """
        fields = dict(merged.managed_fields)
        for name, managed in merged.managed_fields.items():
            path = field_paths.parse(name)
            if managed.previous is not ABSENT and same(field_paths.get(document, path), managed.previous):
                layout = yaml_edit.layout_of(text, document, path, self._storage.digest)
                is_plain = layout == yaml_edit.plain_layout(managed.previous)
                fields[name] = managed if is_plain else replace(managed, previous_layout=layout)
        return replace(merged, managed_fields=fields)

    def _merged(
        self, document: dict[str, Any], edits: Mapping[str, Any], managed_fields: Mapping[str, ManagedField]
    ) -> Merged:
        storage = self._storage
        seeding = Seeding(self.rules, self._place, storage, self._known_base)
        seeded, seeds = seeding.seeded(document, edits, managed_fields)
        unseeded = {text: managed for text, managed in managed_fields.items() if text not in seeds}
        undone = {text: self._undone(seeded, text, managed) for text, managed in unseeded.items()}
        edits = self.rules.resolve(edits, seeded, undone, self._place, self._context.release)
        leaves = field_paths.leaves(edits, self.rules.merge_keys)
        hosts = self._context.contributors.of_document(field_paths.render(self._path))
        merged = merge(seeded, leaves, unseeded, storage, self._context.prune, hosts)
        merged = merged.without_harmful_removals(lambda chosen: self._new_errors(seeded, chosen))
        removals = list(seeding.removals(seeded, merged, seeds)) if self._context.prune else []
        removed = {field_paths.render(change.path) for change in removals}
        remaining = {text: managed for text, managed in seeds.items() if text not in removed}
        if self._context.prune:
            remaining = without_unused(remaining, merged.managed_fields)
        added = [
            Change(path, field_paths.get(seeded, path))
            for path in map(field_paths.parse, seeds)
            if field_paths.get(document, path) in (ABSENT, None)
        ]
        return replace(
            merged,
            changes=(*added, *merged.changes, *removals),
            managed_fields={**remaining, **merged.managed_fields},
        )

    def _undone(self, document: Mapping[str, Any], text: str, managed: ManagedField) -> Any:
        """Return the value that a managed field has once it is not desired."""
        path = field_paths.parse(text)
        now = field_paths.get(document, path)
        is_restored = self._context.prune and self._storage.store(path, now) in managed.applied_values
        return managed.previous if is_restored else now

    @cached_property
    def _base(self) -> dict[str, Any]:
        """The chart's configuration, which the document overlays; parsed once, empty if unknown."""
        return self.rules.base_document(self._target, self._context.read)

    def _known_base(self, path: Path) -> dict[str, Any]:
        """Return the chart's configuration; raises if unknown, as a list without its items would replace them."""
        base = self._base
        if not base:
            raise OperationError(
                f"{self._place}: the chart's list {'.'.join(path)} is unknown, because "
                f"{self.rules.base_of(self._target)} has no key {self.rules.base_key}. A list in the values replaces "
                "the chart's list: copy that into the values in KubeSphere's extension center first. Nothing was "
                "changed.",
                finding="KD320",
            )
        return base

    def _new_errors(self, document: Mapping[str, Any], edits: Merged) -> list[str]:
        edited = field_paths.copied(dict(document))
        edits.apply(edited)
        existing = list(self._errors(document))
        return [error for error in self._errors(edited) if error not in existing]

    def _errors(self, document: Mapping[str, Any]) -> Errors:
        """Return the validation errors; none if the effective document is unknown."""
        whole, errors = self._whole(document), Errors(self._place)
        if whole or not self.rules.base:
            self.rules.check(errors, whole, self._context.release)
        return errors

    def _whole(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the effective document; empty if the chart's configuration is unknown."""
        if not self.rules.base:
            return document
        return overlaid(self._base, document) if self._base else {}

    @property
    def text(self) -> str:
        """The document's text in the field, empty if there is none."""
        value = field_paths.get(self._target, self._path)
        if value in (ABSENT, None):
            return ""
        return decode(value, self._place) if self._reference.kind == "Secret" else str(value)

    def _write(self, text: str) -> None:
        if text:
            field_paths.put(self._target, self._path, encode(text) if self._reference.kind == "Secret" else text)
        elif not self.is_missing:
            # The map of overrides by cluster, which nothing else is in; an empty spec or data is preserved.
            field_paths.remove(self._target, self._path, len(self._path) - 2)


def document_path(path: Path, text: str = "") -> str:
    """Return the path of a value in a document as recorded: path of the field, ``#``, path in the document."""
    return f"{field_paths.render(path)}#{text}"


def _inside(values: Mapping[str, ManagedField], path: Path) -> dict[str, ManagedField]:
    prefix = document_path(path)
    return {text.removeprefix(prefix): managed for text, managed in values.items() if text.startswith(prefix)}


def overlaid(base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` overlaid with ``values`` as in Helm: maps are merged, null removes, all else replaces."""
    result = dict(base)
    for key, value in values.items():
        default = result.get(key)
        # As Helm does: a null in the values deletes the default of the chart.
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(default, Mapping):
            result[key] = overlaid(default, value)
        else:
            result[key] = value
    return result


def encode(text: Any) -> str | None:
    """Encode a text for the ``data`` of a Secret."""
    return None if text is None else base64.b64encode(str(text).encode()).decode("ascii")


def decode(encoded: str, place: str) -> str:
    """Decode a text from the ``data`` of a Secret; raises ``OperationError``."""
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise OperationError(
            f"{place} is not UTF-8 text. Nothing was changed; correct it first.", finding="KD320"
        ) from None
