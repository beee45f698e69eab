# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processing and validation by the API server that is specific to a kind."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from tests.support.simulators.kubernetes.objects.metadata import now
from tests.support.simulators.kubernetes.objects.resources import (
    CONFIG_MAPS,
    DEFINITIONS,
    NAMESPACES,
    SECRETS,
    SERVICES,
    Resource,
)
from tests.support.simulators.kubernetes.statuses import Cause, Refusal

Json = dict[str, Any]

_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_KEY_TEXT = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    f"'key-name', regex used for validation is '{_KEY.pattern}')"
)


def prepare(resource: Resource, value: Json, old: Json | None) -> Json:
    """Return the object as stored for its kind; ``old`` is the stored object. Raises Refusal (400) if unreadable."""
    step = _PREPARE.get(resource.key)
    return step(value, old) if step else value


def causes(resource: Resource, value: Json, old: Json | None) -> list[Cause]:
    check = _CAUSES.get(resource.key)
    return check(value, old) if check else []


def _only(value: Json, *fields: str) -> Json:
    allowed = ("apiVersion", "kind", "metadata", *fields)
    return {key: value[key] for key in allowed if value.get(key) is not None}


def _prepare_secret(value: Json, old: Json | None) -> Json:
    data = _strings("Secret", value, "data")
    for content in data.values():
        try:
            base64.b64decode(content, validate=True)
        except binascii.Error:
            raise _unreadable("Secret", "illegal base64 data") from None
    texts = _strings("Secret", value, "stringData")
    folded = data | {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    rest = _only(value, "immutable")
    return {**rest, **({"data": folded} if folded else {}), "type": value.get("type") or "Opaque"}


def _prepare_config_map(value: Json, old: Json | None) -> Json:
    data = _strings("ConfigMap", value, "data")
    return {**_only(value, "binaryData", "immutable"), **({"data": data} if data else {})}


def _strings(kind: str, value: Json, field: str) -> dict[str, str]:
    """Return a map of strings; null values become empty strings, as in Go."""
    content = {key: "" if item is None else item for key, item in (value.get(field) or {}).items()}
    if not all(isinstance(item, str) for item in content.values()):
        raise _unreadable(kind, f"json: cannot unmarshal into Go struct field {kind}.{field} of type string")
    return content


def _unreadable(kind: str, why: str) -> Refusal:
    return Refusal(400, f'{kind} in version "v1" cannot be handled as a {kind}: {why}')


def _prepare_namespace(value: Json, old: Json | None) -> Json:
    metadata = value["metadata"]
    labels = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
    spec = (old or {}).get("spec") or {"finalizers": ["kubernetes"]}
    status = (old or {}).get("status") or {"phase": "Active"}
    return {**_only(value), "metadata": {**metadata, "labels": labels}, "spec": spec, "status": status}


def _prepare_service(value: Json, old: Json | None) -> Json:
    spec = value.get("spec") or {}
    ports = [{"protocol": "TCP", "targetPort": port.get("port"), **port} for port in spec.get("ports") or []]
    return {**value, "spec": {"type": "ClusterIP", "sessionAffinity": "None", **spec, "ports": ports}}


def _prepare_definition(value: Json, old: Json | None) -> Json:
    spec = value.get("spec") or {}
    names = spec.get("names") or {}
    kind = str(names.get("kind", ""))
    names = {"singular": kind.lower(), "listKind": f"{kind}List", **names}
    spec = {**spec, "names": names, "conversion": spec.get("conversion") or {"strategy": "None"}}
    stored = [version["name"] for version in spec.get("versions") or [] if version.get("storage")]
    return {**value, "spec": spec, "status": (old or {}).get("status") or _established(names, stored)}


def _established(names: Json, stored: list[str]) -> Json:
    conditions = [
        ("NamesAccepted", "NoConflicts", "no conflicts found"),
        ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ]
    return {
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": now(), "reason": reason, "message": message}
            for kind, reason, message in conditions
        ],
        "acceptedNames": names,
        "storedVersions": stored,
    }


def _data_causes(value: Json, old: Json | None) -> list[Cause]:
    keys = [key for key in value.get("data") or {} if not _KEY.fullmatch(key)]
    return [Cause(f"data[{key}]", f'Invalid value: "{key}": {_KEY_TEXT}', "FieldValueInvalid") for key in keys]


def _secret_causes(value: Json, old: Json | None) -> list[Cause]:
    found = _data_causes(value, old)
    if old and value["type"] != old["type"]:
        message = f'Invalid value: "{value["type"]}": field is immutable'
        found.append(Cause("type", message, "FieldValueInvalid"))
    return found


def _definition_causes(value: Json, old: Json | None) -> list[Cause]:
    spec, name = value["spec"], value["metadata"].get("name")
    wanted = f"{spec['names'].get('plural')}.{spec.get('group')}"
    if name != wanted:
        message = f'Invalid value: "{name}": must be spec.names.plural+"."+spec.group'
        return [Cause("metadata.name", message, "FieldValueInvalid")]
    if not any(version.get("storage") for version in spec.get("versions") or []):
        message = "Invalid value: must have exactly one version marked as storage version"
        return [Cause("spec.versions", message, "FieldValueInvalid")]
    return []


_PREPARE: dict[tuple[str, str], Callable[[Json, Json | None], Json]] = {
    SECRETS.key: _prepare_secret,
    CONFIG_MAPS.key: _prepare_config_map,
    NAMESPACES.key: _prepare_namespace,
    SERVICES.key: _prepare_service,
    DEFINITIONS.key: _prepare_definition,
}

_CAUSES: dict[tuple[str, str], Callable[[Json, Json | None], list[Cause]]] = {
    SECRETS.key: _secret_causes,
    CONFIG_MAPS.key: _data_causes,
    DEFINITIONS.key: _definition_causes,
}
