# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the secrets in a manifest, so that they are masked in all output."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from .._alertmanager.config import KEY
from .._alertmanager.item_kinds import field_paths
from .._alertmanager.secret_fields import find_in_document
from .._core.errors import OperationError
from .._core.masking import Secrets
from .._core.secrets import shapes
from .._core.secrets.kinds import SecretKind, find_named, hide_all, hide_named, texts
from .._kubernetes.object_ref import ObjectRef
from . import yaml_edit
from .document_rules import text_fields
from .resource_rules import inline_credentials

#: Keys of a Secret that identify somebody or something. DingTalk's messages and the chat registry contain the app key.
PUBLIC_KEYS = {"appkey", "username", "user", "host", "port", "namespace", "name", "type"}
#: Shorter values, which only the name of their field calls secret, cannot be distinguished from ordinary text.
MIN_LENGTH = 6
#: The keys of a Secret with its values; those of a ConfigMap are public.
_DATA = ("data", "stringData")
_PUBLIC_KINDS = ("ConfigMap",)
_INSTALL_PLAN = ObjectRef("kubesphere.io/v1alpha1", "InstallPlan", "")


def hide_secrets(manifest: Mapping[str, Any] | None, secrets: Secrets) -> None:
    """Register the secrets of a manifest for masking.

    These are the values of a Secret, plain and encoded, the values in its documents, inline credentials of
    notification kinds, and secret values of extensions.
    """
    secrets.add(*find_in_manifest(manifest))


def find_in_manifest(manifest: Any) -> Iterator[str]:
    """Yield the secrets of a manifest, which need not be valid."""
    if not isinstance(manifest, Mapping):
        yield from _long(texts(manifest))
        return
    public = _names(manifest)
    yield from (text for text in _long(_candidates(manifest)) if text not in public)
    for text in texts(manifest):
        yield from shapes.found(text)


def _candidates(manifest: Mapping[str, Any]) -> Iterator[str]:
    if manifest.get("kind") == _INSTALL_PLAN.kind:
        yield from _in_extension(manifest)
    inline = inline_credentials(manifest.get("apiVersion"), manifest)
    yield from (value for name, value in inline if name not in PUBLIC_KEYS)
    if manifest.get("kind") not in _PUBLIC_KINDS:
        for field in _DATA:
            yield from _in_data(manifest.get(field))
    for item in manifest["items"] if isinstance(manifest.get("items"), list) else ():
        yield from find_in_manifest(item)


def _in_data(data: Any) -> Iterator[str]:
    if not isinstance(data, Mapping):
        yield from texts(data)
        return
    for key, value in data.items():
        if str(key).lower() in PUBLIC_KEYS:
            continue
        if isinstance(value, Mapping | list):
            yield from find_in_document(value) if key == KEY else texts(value)
            continue
        for text in dict.fromkeys((str(value or ""), _decoded(str(value or "")))):
            yield text
            if key == KEY:
                yield from find_in_document(_document(text))


def _in_extension(manifest: Mapping[str, Any]) -> Iterator[str]:
    for _path, found in text_fields(_INSTALL_PLAN, manifest):
        values = found if isinstance(found, Mapping) else _document(str(found))
        configuration = field_paths.get(values, ("alertmanager", "config"))
        yield from find_in_document(configuration if isinstance(configuration, Mapping) else {})
        yield from find_named(values)


def _long(found: Iterator[str]) -> Iterator[str]:
    return (text for text in found if len(text) >= MIN_LENGTH)


def _names(manifest: Mapping[str, Any]) -> set[str]:
    """Return the names of the object itself, which errors and results contain."""
    metadata = manifest.get("metadata")
    return {str(metadata.get(key)) for key in ("name", "namespace")} if isinstance(metadata, Mapping) else set()


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return value


def _document(text: str) -> Mapping[str, Any]:
    try:
        return yaml_edit.parse(text, KEY, optional=True)
    except OperationError:  # reported when the document is edited
        return {}


def _find_in_manifests(value: Any) -> Iterator[str]:
    for manifest in value if isinstance(value, list) else [value]:
        yield from find_in_manifest(manifest)


def _hide_manifests(value: Any) -> Any:
    if isinstance(value, list):
        return [_hide_manifests(item) for item in value]
    if not isinstance(value, Mapping):
        return hide_all(value)
    is_public = value.get("kind") in _PUBLIC_KINDS
    return {
        key: hide_all(item) if key in _DATA and not is_public else hide_named(item, str(key))
        for key, item in value.items()
    }


#: The option manifests.
MANIFESTS = SecretKind(_find_in_manifests, _hide_manifests)
