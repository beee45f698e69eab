# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to one object: computed once, then shown, checked by dry run, or written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from .._core import field_paths
from .._core.errors import OperationError
from .._core.field_paths import Path
from .._kubernetes.object_ref import Reference
from .document_rules import text_fields
from .embedded_document import Document, How, document_path, encode
from .last_applied import Entry
from .merge import Merged, Owned, Storage, announce, merge
from .resource_rules import (
    BY_THE_INSTALLER,
    drop_remains,
    is_copy,
    is_installed_only,
    is_lasting,
    may_store,
    shared_lists,
    whole_maps,
)
from .upgrades import converted

IDENTITY = {"apiVersion", "kind", "metadata", "status", "type"}


@dataclass(frozen=True)
class Wish:
    """An object as a manifest wishes it; ``content`` is None when everything of ours shall be taken back."""

    reference: Reference
    content: Mapping[str, Any] | None

    def fields(self) -> dict[str, Any]:
        """Return what is wished of the object itself, Secret text encoded as the API server keeps it.

        Edits of documents are in it as well where the object has no ``stringData`` for them.
        """
        content = self.content or {}
        metadata = {k: v for k, v in content.get("metadata", {}).items() if k not in ("name", "namespace")}
        wished = {k: v for k, v in content.items() if k not in ("apiVersion", "kind", "metadata", "stringData")}
        texts = {key: encode(text) for key, text in self._string_data() if not isinstance(text, Mapping)}
        if texts:
            wished["data"] = {**(wished.get("data") or {}), **texts}
        return {**({"metadata": metadata} if metadata else {}), **wished}

    def documents(self) -> dict[Path, Mapping[str, Any]]:
        """Return the edits wished of YAML documents in the object's fields: a mapping where others put a text."""
        return {path: edits for path, edits in self._texts() if isinstance(edits, Mapping)}

    def leaves(self) -> Iterator[tuple[Path, Any]]:
        """Yield each value that is wished of the object itself, with its path."""
        inside = self.documents()
        for path, value in field_paths.leaves(self.fields(), shared_lists(self.reference), whole_maps(self.reference)):
            if not any(path[: len(field)] == field for field in inside):
                yield path, value

    def _texts(self) -> Iterator[tuple[Path, Any]]:
        yield from ((("data", key), text) for key, text in self._string_data())
        yield from text_fields(self.reference, self.content or {})

    def _string_data(self) -> list[tuple[str, Any]]:
        return list(((self.content or {}).get("stringData") or {}).items())


@dataclass(frozen=True)
class Plan:
    """One object before and after. ``before`` is None for one to create, ``after`` None for one to delete or absent."""

    reference: Reference
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    entry_before: Entry | None
    entry_after: Entry | None
    document_edits: dict[Path, Merged] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    #: What documents in the object say afterwards, for the task's result.
    facts: Mapping[str, Any] = field(default_factory=dict)
    #: What is wished and has no effect, for the user to know.
    warnings: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """One of ``created``, ``updated``, ``deleted``, ``unchanged``."""
        if self.before == self.after:
            return "unchanged"
        if self.before is None:
            return "created"
        return "updated" if self.after is not None else "deleted"

    def announced(self) -> Entry | None:
        """Return the record's entry while the change is under way."""
        if not self.entry_after or not self.entry_before:
            return self.entry_after or self.entry_before
        return replace(self.entry_after, values=announce(self.entry_before.values, self.entry_after.values))


def make_plan(wish: Wish, live: dict[str, Any] | None, entry: Entry | None, how: How) -> Plan:
    """Compute the plan for one object; raises ``OperationError`` when a document in it is invalid or beyond editing."""
    reference = wish.reference
    how = replace(how, retract=how.retract or wish.content is None)
    if live is None and wish.content is None:
        return Plan(reference, None, None, entry, None)
    if live is not None and wish.content is None and is_copy(live):
        # What was ours went when the host's took its place.
        return Plan(reference, live, live, entry, None)
    advice = is_installed_only(reference) or (BY_THE_INSTALLER if _edits_a_secret(wish) else "")
    if live is None and advice:
        raise OperationError(f"{reference}: not on this cluster, and {advice}. Nothing was changed.")
    created = not is_lasting(reference) and (live is None or bool(entry and entry.created))
    values = converted(entry, reference) if entry and live is not None else {}
    after = field_paths.copied(live) if live is not None else _empty(reference)
    storage = Storage(how.salt, partial(may_store, reference))
    own = {text: mine for text, mine in values.items() if "#" not in text}
    if wish.content is None and created:
        # Labels go with the object; where foreign content keeps it alive, the console still needs them.
        own = {text: mine for text, mine in own.items() if not text.startswith("/metadata/")}
    merged = merge(after, wish.leaves(), own, storage, how.retract)
    merged.apply(after)
    drop_remains(reference, after)
    owned = dict(merged.owned)
    kept = dict(merged.kept)
    edits: dict[Path, Merged] = {}
    facts: dict[str, Any] = {}
    warnings: list[str] = []
    for path in _documents(wish, values):
        wished = None if wish.content is None else wish.documents().get(path, {})
        document = Document(reference, path, after, how)
        edits[path] = document.merge(wished, values)
        facts.update(document.facts)
        warnings += document.warnings
        owned.update({document_path(path, text): mine for text, mine in edits[path].owned.items()})
        kept.update({document_path(path, text): reason for text, reason in edits[path].kept.items()})
    owned = {text: mine for text, mine in owned.items() if not is_lasting(reference, text)}
    if wish.content is None and created and not _content(after):
        return Plan(reference, live, None, entry, None)
    entry_after = Entry(reference.api_version, created, owned) if owned or wish.content is not None else None
    return Plan(reference, live, after, entry, entry_after, edits, kept, facts, tuple(warnings))


def _edits_a_secret(wish: Wish) -> bool:
    return wish.reference.kind == "Secret" and bool(wish.documents())


def _documents(wish: Wish, values: Mapping[str, Owned]) -> list[Path]:
    """Return the fields whose documents are to be looked at: those wished, and those in which something is ours."""
    recorded = [field_paths.parse(text.partition("#")[0]) for text in values if "#" in text]
    return list(dict.fromkeys([*wish.documents(), *recorded]))


def _empty(reference: Reference) -> dict[str, Any]:
    metadata = {"name": reference.name, **({"namespace": reference.namespace} if reference.namespace else {})}
    return {"apiVersion": reference.api_version, "kind": reference.kind, "metadata": metadata}


def _content(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in manifest.items() if key not in IDENTITY and value}
