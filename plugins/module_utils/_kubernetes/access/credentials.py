# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user of a kubeconfig authenticates with, in kubectl's order: token, basic authentication, exec plugin."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from ..._core.bounded.files import read_file
from ..._core.masking import Secrets
from ..._core.texts.tokens import expected_token
from .entry import CREDENTIALS, Entry, KubeconfigError
from .exec_plugin import Credentials, run_plugin

#: How long before its expiry a token is replaced.
_EARLY = timedelta(seconds=10)
#: The fields that have precedence over an exec plugin.
_BEFORE_PLUGIN = ("token", "tokenFile", "username", "password")
_CERTIFICATE = ("client-certificate", "client-certificate-data", "client-key", "client-key-data")

#: Returns the token for the next request.
Renewal = Callable[[], str]


def resolve(entry: Entry, secrets: Secrets) -> tuple[dict[str, Any], Renewal | None]:
    """Return the user with static credentials, and what renews its token, or None.

    Files of tokens are read, and an exec plugin is run unless another credential has precedence. Raises
    :class:`KubeconfigError`.
    """
    user = entry.user.fields
    resolved = {name: user[name] for name in _CERTIFICATE if name in user}
    if "client-certificate" not in user and "client-certificate-data" not in user:
        resolved = {}  # a key alone has no meaning
    if "token" in user or "tokenFile" in user:
        token = _read_token(entry, secrets)
        return {**resolved, "token": token}, _reading(entry, secrets, token) if "tokenFile" in user else None
    if "username" in user or "password" in user:
        return {**resolved, "username": user.get("username", ""), "password": user.get("password", "")}, None
    if plugin_of(entry):
        credentials = run_plugin(entry, secrets)
        return _with(resolved, credentials), _running(entry, secrets, credentials) if credentials.token else None
    return resolved, None


def plugin_of(entry: Entry) -> str:
    """Return the name of the exec plugin that :func:`resolve` runs, or an empty string."""
    user = entry.user.fields
    if "exec" not in user or any(name in user for name in _BEFORE_PLUGIN):
        return ""
    return f"the exec plugin {user['exec']['command']!r} of user {entry.user.name!r}"


def _with(user: Mapping[str, Any], credentials: Credentials) -> dict[str, Any]:
    merged = {**user, **({"token": credentials.token} if credentials.token else {})}
    if credentials.certificate:
        merged = {name: value for name, value in merged.items() if name not in _CERTIFICATE}
        merged["client-certificate-data"] = _encoded(credentials.certificate)
        merged["client-key-data"] = _encoded(credentials.key)
    return merged


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _read_token(entry: Entry, secrets: Secrets) -> str:
    """Return the token in the user's file, without blanks around it, or else the one in the kubeconfig."""
    user = entry.user.fields
    if "tokenFile" not in user:
        return str(user["token"])
    try:
        token = read_file(user["tokenFile"]).decode("ascii").strip()
        reason = "" if token.isprintable() else "it contains a line break or another control character within the token"
        if expected := expected_token(token):
            reason = f"expected {expected}"
    except OSError as error:
        token, reason = "", error.strerror or str(error)
    except UnicodeDecodeError:
        token, reason = "", "it contains a character beyond ASCII"
    secrets.add(*filter(None, [token]))
    if token and not reason:
        return token
    if "token" in user:
        return str(user["token"])
    raise KubeconfigError(
        f"user {entry.user.name!r}, tokenFile: {user['tokenFile']!r} has no usable token ({reason or 'it is empty'})",
        "store the token in that file, or correct the path",
        CREDENTIALS,
    )


def _reading(entry: Entry, secrets: Secrets, token: str) -> Renewal:
    """Return the renewal of a token whose file is replaced meanwhile, such as that of a service account."""
    last = token

    def renewed() -> str:
        nonlocal last
        with suppress(KubeconfigError):  # as kubectl, which then uses the last token
            last = _read_token(entry, secrets)
        return last

    return renewed


def _running(entry: Entry, secrets: Secrets, credentials: Credentials) -> Renewal:
    last = credentials

    def renewed() -> str:
        nonlocal last
        if last.expiry and last.expiry - _EARLY <= datetime.now(tz=UTC):
            last = run_plugin(entry, secrets)
        return last.token

    return renewed
