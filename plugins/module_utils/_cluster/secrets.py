# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what is secret in a manifest, so that it can be masked wherever it might turn up."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.alertmanager import SHOWN
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets

# The app key identifies the app; DingTalk's own messages and the chat registry name it.
PUBLIC_KEYS = {"appkey"}
# Sections of Alertmanager's configuration that hold credentials and addresses.
SECRET_SECTIONS = ("global", "receivers")


def hide_secrets(manifest: Mapping[str, Any] | None, secrets: Secrets) -> None:
    """Add the values of a Secret, as text and as the API server encodes them."""
    if not manifest or manifest.get("kind") != "Secret":
        return
    for field in ("data", "stringData"):
        for key, value in (manifest.get(field) or {}).items():
            if key in PUBLIC_KEYS or value is None:
                continue
            for text in _texts(value, decode=field == "data"):
                secrets.add_found(text)


def _texts(value: Any, decode: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for section in SECRET_SECTIONS:
            yield from _leaf_texts(value.get(section), (section,))
        return
    text = str(value)
    if decode:
        yield text
        try:
            text = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return
    yield text


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
