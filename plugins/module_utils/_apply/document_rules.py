# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that contain YAML documents, and the rules to edit, show and validate them.

A manifest requests an edit with a mapping in place of the text: in a key of ``stringData``, or in one of ``FIELDS``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._alertmanager import config as alertmanager
from .._alertmanager import routes
from .._alertmanager.item_kinds import field_paths, requalified
from .._alertmanager.warnings.document import warnings as alertmanager_warnings
from .._core.errors import Errors
from .._core.field_paths import ABSENT, Path
from .._kubernetes.object_ref import ObjectRef
from . import yaml_edit
from .merge import ManagedField, ManagedFields

#: (group, kind) -> paths of fields whose text is a YAML document; ``*`` matches any key.
FIELDS: dict[tuple[str, str], tuple[Path, ...]] = {
    ("kubesphere.io", "InstallPlan"): (
        ("spec", "config"),
        ("spec", "clusterScheduling", "overrides", "*"),
    ),
}


@dataclass(frozen=True)
class DocumentRules:
    """Rules to edit, show and validate an embedded document."""

    merge_keys: Mapping[str, str] = field(default_factory=dict)
    shown: Callable[[Path], bool] = lambda path: False
    #: Check a document for KubeSphere's release line (empty if unknown).
    check: Callable[[Errors, Mapping[str, Any], str], None] = lambda errors, document, release: None
    #: Desired edits, document, paths of managed fields with their values once they are not desired, place and release
    #: -> the edits in the syntax of this document.
    resolve: Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any], str, str], Mapping[str, Any]] = (
        lambda desired, document, managed, place, release: desired
    )
    #: Managed fields, document, desired edits -> the managed fields by the paths that their list items have now.
    identify: Callable[[ManagedFields, Mapping[str, Any], Mapping[str, Any]], ManagedFields] = (
        lambda managed_fields, document, desired: managed_fields
    )
    #: Desired edits, edited document with its base -> warnings about edits with no effect, or another than intended.
    warn: Callable[[Mapping[str, Any], Mapping[str, Any]], list[str]] = lambda desired, document: []
    #: Document -> facts for the task's result.
    facts: Callable[[Mapping[str, Any]], dict[str, Any]] = lambda document: {}
    #: Whether the field may be missing or empty, like a document without content.
    optional: bool = False
    #: ConfigMap in the extension's namespace with the chart's configuration, its key, and the path of the part of the
    #: document that overlays it; empty for a document that is complete in itself.
    base: str = ""
    base_key: str = ""
    inside: Path = ()

    def base_of(self, plan: Mapping[str, Any]) -> ObjectRef:
        """Return the ConfigMap with the chart's configuration for an InstallPlan."""
        return ObjectRef("v1", "ConfigMap", self.base, alertmanager.extension_namespace(plan))

    def base_document(self, plan: Mapping[str, Any], read: Callable[[str], Mapping[str, Any] | None]) -> dict[str, Any]:
        """Return the configuration that the document overlays, at the same paths; empty if unknown."""
        base = self.base_of(plan)
        path = f"/api/v1/namespaces/{base.namespace}/configmaps/{base.name}"
        text = ((read(path) or {}).get("data") or {}).get(self.base_key)
        found: dict[str, Any] = {}
        if text:
            field_paths.put(found, self.inside, yaml_edit.parse(text, f"{self.base_key} in {base}"))
        return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _identify(
    managed_fields: ManagedFields, document: Mapping[str, Any], desired: Mapping[str, Any]
) -> dict[str, ManagedField]:
    roots = _mapping(document.get("route")), _mapping(desired.get("route"))
    return requalified(managed_fields, *roots, lambda managed: managed.applied_values[-1])


_ALERTMANAGER = DocumentRules(
    merge_keys=alertmanager.MERGE_KEYS,
    shown=alertmanager.is_shown,
    check=lambda errors, document, release: alertmanager.check_document(
        errors, document, alertmanager.SHIPPED.get(release, "")
    ),
    resolve=routes.resolve,
    identify=_identify,
    warn=alertmanager_warnings,
    facts=lambda document: {"built_in_alerts": routes.built_in(document)},
)


def _within(inside: Path, rules: DocumentRules, **more: Any) -> DocumentRules:
    """Return the rules for a document that contains one of ``rules`` at ``inside``."""
    depth = len(inside)

    def check(errors: Errors, document: Mapping[str, Any], release: str) -> None:
        part, own = field_paths.get(document, inside), Errors(".".join(inside))
        if isinstance(part, Mapping):
            rules.check(own, part, release)
        elif part not in (ABSENT, None):
            own.add("expected a map")
        errors.extend(own)

    def resolve(
        desired: Mapping[str, Any], document: Mapping[str, Any], managed: Mapping[str, Any], place: str, release: str
    ) -> Mapping[str, Any]:
        part, found = field_paths.get(desired, inside), field_paths.get(document, inside)
        if not isinstance(part, Mapping):
            return desired
        managed_in_part = {text.removeprefix(prefix): value for text, value in managed.items()}
        resolved = copy.deepcopy(dict(desired))
        field_paths.put(resolved, inside, rules.resolve(part, _mapping(found), managed_in_part, place, release))
        return resolved

    def identify(
        managed_fields: ManagedFields, document: Mapping[str, Any], desired: Mapping[str, Any]
    ) -> ManagedFields:
        parts = (_mapping(field_paths.get(tree, inside)) for tree in (document, desired))
        within = {text: managed for text, managed in managed_fields.items() if text.startswith(f"{prefix}/")}
        identified = rules.identify({text.removeprefix(prefix): within[text] for text in within}, *parts)
        others = {text: managed for text, managed in managed_fields.items() if text not in within}
        return others | {prefix + text: managed for text, managed in identified.items()}

    def warn(desired: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
        part, found = field_paths.get(desired, inside), field_paths.get(document, inside)
        return rules.warn(_mapping(part), _mapping(found))

    def facts(document: Mapping[str, Any]) -> dict[str, Any]:
        part = field_paths.get(document, inside)
        return rules.facts(part) if isinstance(part, Mapping) else {}

    def shown(path: Path) -> bool:
        return path[:depth] == inside and rules.shown(path[depth:])

    prefix = field_paths.render(inside)
    merge_keys = {prefix + text: key for text, key in rules.merge_keys.items()}
    return replace(
        rules,
        merge_keys=merge_keys,
        shown=shown,
        check=check,
        resolve=resolve,
        identify=identify,
        warn=warn,
        facts=facts,
        inside=inside,
        **more,
    )


#: Values of extension whizard-notification; its chart renders Alertmanager's configuration from a part of them.
_WHIZARD_NOTIFICATION = _within(
    ("alertmanager", "config"),
    _ALERTMANAGER,
    optional=True,
    base=alertmanager.EXTENSION_CONFIG_MAP,
    base_key=alertmanager.EXTENSION_KEY,
)
#: Values of other extensions are not shown, as they may contain secrets.
_VALUES = DocumentRules(optional=True)
#: Paths of the Alertmanager URLs in the values of extension whizard-alerting: of the rulers on the clusters of its
#: placement, and of the ruler on the host.
RULER_URLS: tuple[Path, ...] = (("agent", "ruler", "alertmanagersUrl"), ("extension", "ruler", "alertmanagersUrl"))
_WHIZARD_ALERTING = DocumentRules(
    optional=True,
    merge_keys={field_paths.render(path): "" for path in RULER_URLS},
    shown=lambda path: path[:3] in RULER_URLS,
)
_EXTENSIONS = {alertmanager.EXTENSION: _WHIZARD_NOTIFICATION, "whizard-alerting": _WHIZARD_ALERTING}


def document_rules(reference: ObjectRef, path: Path) -> DocumentRules:
    """Return the rules for the document in a field of an object."""
    if reference.kind == "Secret" and path == ("data", alertmanager.KEY):
        return _ALERTMANAGER
    if reference.kind == "InstallPlan":
        return _EXTENSIONS.get(reference.name, _VALUES)
    return DocumentRules(shown=lambda path: reference.kind != "Secret")


def text_fields(reference: ObjectRef, manifest: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield the path and value of each field of an object that contains a document."""
    for pattern in FIELDS.get((reference.group, reference.kind), ()):
        yield from _at(manifest, pattern)


def _at(value: Any, pattern: Path, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if not pattern:
        yield path, value
    elif isinstance(value, Mapping):
        for key in value if pattern[0] == "*" else [name for name in pattern[:1] if name in value]:
            yield from _at(value[key], pattern[1:], (*path, key))
