# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a kubeconfig (client-go, ``tools/clientcmd/api/v1/types.go``), and the errors of their values."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..._core.texts.tokens import expected_token

#: Returns what was expected instead of a value, or an empty string.
Check = Callable[[Any], str]
#: What kubectl shows in place of credentials and certificates, by its version.
_REDACTED = ("REDACTED", "DATA+OMITTED")
_RAW = "the value itself, which kubectl config view leaves out; write the file with kubectl config view --raw"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return "a string, in quotes if it looks like a number or a date"
    return "a string without a null byte" if "\0" in value else ""


def _header(value: Any) -> str:
    """Check what an HTTP header contains."""
    if reason := _text(value):
        return reason
    is_sendable = value.isprintable() and value.isascii() and value == value.strip()
    return "" if is_sendable else "a string without line breaks, blanks around it and characters beyond ASCII"


def _password(value: Any) -> str:
    return _RAW if value in _REDACTED else _text(value)


def _token(value: Any) -> str:
    if reason := _header(value):
        return reason
    return _RAW if value in _REDACTED else expected_token(value)


def _boolean(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false"


def _encoded(value: Any) -> str:
    if value in _REDACTED:
        return _RAW
    try:
        content = base64.b64decode("".join(value.split()), validate=True)
    except (AttributeError, ValueError, binascii.Error):
        content = b""
    return "" if b"-----BEGIN " in content else "base64 of a PEM file"


def _list_of(check: Check, expected: str) -> Check:
    return lambda value: "" if isinstance(value, list) and not any(map(check, value)) else expected


def _map(value: Any) -> str:
    return "" if isinstance(value, Mapping) else "a map"


def _header_lists(value: Any) -> str:
    lists = _list_of(_header, "it")
    is_valid = isinstance(value, Mapping) and not any(_text(key) or lists(item) for key, item in value.items())
    return "" if is_valid else "a map of lists of strings that an HTTP header can contain"


def _anything(_value: Any) -> str:
    return ""


_ITEMS = _list_of(_map, "a list of maps")

#: The object of a kubeconfig -> its fields. Those that are no Kubernetes type of their own are checked where used.
FIELDS: dict[str, dict[str, Check]] = {
    "kubeconfig": {
        "apiVersion": _text,
        "kind": _text,
        "preferences": _anything,
        "clusters": _ITEMS,
        "users": _ITEMS,
        "contexts": _ITEMS,
        "current-context": _text,
        "extensions": _anything,
    },
    "cluster": {
        "server": _text,
        "tls-server-name": _text,
        "insecure-skip-tls-verify": _boolean,
        "certificate-authority": _text,
        "certificate-authority-data": _encoded,
        "proxy-url": _text,
        "disable-compression": _boolean,
        "extensions": _ITEMS,
    },
    "user": {
        "client-certificate": _text,
        "client-certificate-data": _encoded,
        "client-key": _text,
        "client-key-data": _encoded,
        "token": _token,
        "tokenFile": _text,
        "as": _header,
        "as-uid": _header,
        "as-groups": _list_of(_header, "a list of strings that an HTTP header can contain"),
        "as-user-extra": _header_lists,
        "username": _text,
        "password": _password,
        "auth-provider": _map,
        "exec": _map,
        "extensions": _anything,
    },
    "context": {"cluster": _text, "user": _text, "namespace": _anything, "extensions": _anything},
    "exec": {
        "command": _text,
        "args": _list_of(_text, "a list of strings"),
        "env": _ITEMS,
        "apiVersion": _text,
        "installHint": _text,
        "provideClusterInfo": _boolean,
        "interactiveMode": _text,
    },
    "env": {"name": _text, "value": _text},
}


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are set: null, an empty string, false and an empty list or map are the same as none."""
    return {name: value for name, value in values.items() if value or type(value) in (int, float)}


def field_errors(kind: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the errors of the values of an object, without the values.

    No colon follows a field: masking takes what comes after ``client-key-data`` and a colon for a key.
    """
    for name, check in FIELDS[kind].items():
        if values.get(name) is not None and (expected := check(values[name])):
            yield f"{name} is invalid: expected {expected}"
