# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the secrets in a manifest, so that they are masked in all output."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._alertmanager.config import KEY, SHOWN
from .._alertmanager.item_kinds import field_paths
from .._core.errors import OperationError
from .._core.masking import Secrets
from .._kubernetes.object_ref import ObjectRef
from . import yaml_edit
from .document_rules import text_fields
from .resource_rules import inline_credentials

# The app key only identifies the app; DingTalk's messages and the chat registry contain it.
PUBLIC_KEYS = {"appkey"}
# Sections of Alertmanager's configuration with credentials and addresses.
SECRET_SECTIONS = ("global", "receivers")
# Names of secret values of an extension.
SECRET_NAMES = re.compile("password|secret|token|credential|private|api_?key", re.IGNORECASE)


def hide_secrets(manifest: Mapping[str, Any] | None, secrets: Secrets) -> None:
    """Register the secrets of a manifest for masking.

    These are the values of a Secret, plain and encoded, the values in its documents, inline credentials of
    notification kinds, and secret values of extensions.
    """
    if not manifest:
        return
    if manifest.get("kind") == "InstallPlan":
        for _path, values in text_fields(ObjectRef.of(manifest, "the object"), manifest):
            secrets.add_found(*_extension_texts(values if isinstance(values, Mapping) else _document(str(values))))
    inline = inline_credentials(manifest.get("apiVersion"), manifest)
    secrets.add_found(*(value for name, value in inline if name not in PUBLIC_KEYS))
    if manifest.get("kind") != "Secret":
        return
    for key, value in (manifest.get("stringData") or {}).items():
        if key not in PUBLIC_KEYS:
            secrets.add_found(*_texts(key, value))
    for key, value in (manifest.get("data") or {}).items():
        if key not in PUBLIC_KEYS:
            secrets.add_found(str(value), *_texts(key, _decoded(str(value))))


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value


def _texts(key: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield str(value or "")
        value = _document(str(value)) if key == KEY else {}
    yield from _alertmanager_texts(value)


def _alertmanager_texts(value: Mapping[str, Any]) -> Iterator[str]:
    for section in SECRET_SECTIONS:
        yield from _leaf_texts(value.get(section), (section,))


def _extension_texts(values: Mapping[str, Any]) -> Iterator[str]:
    configuration = field_paths.get(values, ("alertmanager", "config"))
    yield from _alertmanager_texts(configuration if isinstance(configuration, Mapping) else {})
    yield from _named_texts(values)


def _named_texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if SECRET_NAMES.search(str(key)) and isinstance(item, str):
                yield item
            yield from _named_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _named_texts(item)


def _document(text: str) -> Mapping[str, Any]:
    try:
        return yaml_edit.parse(text, KEY, optional=True)
    except OperationError:  # reported when the document is edited
        return {}


def _leaf_texts(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key != "name":
                yield from _leaf_texts(item, (*path, str(key)))
    elif isinstance(value, list):
        for item in value:
            yield from _leaf_texts(item, path)
    elif isinstance(value, str) and path not in SHOWN:
        yield value
