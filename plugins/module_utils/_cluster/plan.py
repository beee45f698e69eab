# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to one object: computed once, then shown, checked by dry run, or written."""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster import documents, tree
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.kinds import (
    document_kind,
    drop_remains,
    is_installed_only,
    may_store,
    shared_lists,
    whole_maps,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.manifests import Reference
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.merge import (
    Merged,
    Owned,
    Storage,
    announce,
    merge,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.record import Entry
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import InputError, OperationError

IDENTITY = {"apiVersion", "kind", "metadata", "status", "type"}


@dataclass(frozen=True)
class Wish:
    """An object as a manifest wishes it; ``content`` is None when everything of ours shall be taken back."""

    reference: Reference
    content: Mapping[str, Any] | None

    def fields(self) -> dict[str, Any]:
        """Return what is wished of the object itself, Secret text encoded as the API server keeps it."""
        content = self.content or {}
        metadata = {k: v for k, v in content.get("metadata", {}).items() if k not in ("name", "namespace")}
        wished = {k: v for k, v in content.items() if k not in ("apiVersion", "kind", "metadata", "stringData")}
        texts = {key: _encode(text) for key, text in self._string_data() if not isinstance(text, Mapping)}
        if texts:
            wished["data"] = {**(wished.get("data") or {}), **texts}
        return {**({"metadata": metadata} if metadata else {}), **wished}

    def documents(self) -> dict[str, Mapping[str, Any]]:
        """Return the edits wished of YAML documents in the object's keys: a mapping where others put a text."""
        return {key: edits for key, edits in self._string_data() if isinstance(edits, Mapping)}

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
    document_edits: dict[str, Merged] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)

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


def make_plan(
    wish: Wish, live: dict[str, Any] | None, entry: Entry | None, salt: str, retract: bool = True, release: str = ""
) -> Plan:
    """Compute the plan for one object; raises ``OperationError`` when a document in it is invalid or beyond editing.

    ``release``: KubeSphere's release family, where it is known: documents are held to what it ships.
    """
    reference = wish.reference
    retract = retract or wish.content is None
    if live is None and wish.content is None:
        return Plan(reference, None, None, entry, None)
    if live is None and (is_installed_only(reference) or wish.documents()):
        raise OperationError(
            f"{reference}: not on this cluster, and only KubeSphere's installer can make it: check that the monitoring "
            "component is installed. Nothing was changed."
        )
    created = live is None or bool(entry and entry.created)
    values = entry.values if entry and live is not None else {}
    after = copy.deepcopy(live) if live is not None else _empty(reference)
    storage = Storage(salt, partial(may_store, reference))
    own = {text: mine for text, mine in values.items() if "#" not in text}
    if wish.content is None and created:
        # Labels go with the object; where foreign content keeps it alive, the console still needs them.
        own = {text: mine for text, mine in own.items() if not text.startswith("/metadata/")}
    wishes = tree.leaves(wish.fields(), shared_lists(reference), whole_maps(reference))
    merged = merge(after, wishes, own, storage, retract)
    merged.apply(after)
    drop_remains(reference, after)
    owned = dict(merged.owned)
    kept = dict(merged.kept)
    edits: dict[str, Merged] = {}
    for key in _document_keys(wish, values):
        edits[key] = _merge_document(wish, key, after, values, (salt, retract, release))
        owned.update({_document_path(key, text): mine for text, mine in edits[key].owned.items()})
        kept.update({_document_path(key, text): reason for text, reason in edits[key].kept.items()})
    if wish.content is None and created and not _content(after):
        return Plan(reference, live, None, entry, None)
    entry_after = Entry(reference.api_version, created, owned) if owned or wish.content is not None else None
    return Plan(reference, live, after, entry, entry_after, edits, kept)


def _merge_document(
    wish: Wish, key: str, target: dict[str, Any], values: Mapping[str, Owned], how: tuple[str, bool, str]
) -> Merged:
    reference = wish.reference
    salt, retract, release = how
    place = f"{key} in {reference}"
    encoded = (target.get("data") or {}).get(key)
    if encoded is None:
        if wish.content is None:
            return Merged((), {})
        raise OperationError(f"{place}: the key is missing, so there is nothing to edit. Nothing was changed.")
    text = _decode(encoded, place)
    document = documents.parse(text, place)
    kind = document_kind(reference, key)
    prefix = _document_path(key, "")
    owned = {path.removeprefix(prefix): mine for path, mine in values.items() if path.startswith(prefix)}
    wishes = tree.leaves(wish.documents().get(key, {}), kind.shared)
    found = kind.check(document, place, release)

    def new_faults(edits: Merged) -> list[str]:
        edited = copy.deepcopy(document)
        edits.apply(edited)
        return [fault for fault in kind.check(edited, place, release) if fault not in found]

    merged = merge(document, wishes, owned, Storage(salt, lambda path, value: kind.shown(path)), retract).without_harm(
        new_faults
    )
    merged.apply(document)
    if wish.content is not None and (problems := kind.check(document, place, release)):
        # What was wrong before says it better: an edit may have turned it into something else.
        raise InputError(found or problems)
    target["data"][key] = _encode(documents.edit(text, merged, place))
    return merged


def _document_keys(wish: Wish, values: Mapping[str, Owned]) -> list[str]:
    recorded = [text.partition("#")[0].removeprefix("/data/") for text in values if "#" in text]
    return list(dict.fromkeys([*wish.documents(), *recorded]))


def _document_path(key: str, text: str) -> str:
    return f"/data/{key}#{text}"


def _empty(reference: Reference) -> dict[str, Any]:
    metadata = {"name": reference.name, **({"namespace": reference.namespace} if reference.namespace else {})}
    return {"apiVersion": reference.api_version, "kind": reference.kind, "metadata": metadata}


def _content(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in manifest.items() if key not in IDENTITY and value}


def _encode(text: Any) -> str | None:
    return None if text is None else base64.b64encode(str(text).encode()).decode("ascii")


def _decode(encoded: str, place: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise OperationError(f"{place} is not UTF-8 text. Nothing was changed; correct it first.") from None
