# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When credentials expire, as far as they say so."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.access.expiry import (
    certificate_expiry,
    token_expiry,
)


def token(claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{body}.c2lnbmF0dXJl"


TOKENS: dict[str, tuple[str | None, float | None]] = {
    "of a service account": (token({"exp": 1795939200, "sub": "system:serviceaccount:a:b"}), 1795939200.0),
    "without an end": (token({"sub": "me"}), None),
    "with an end that is no number": (token({"exp": "soon"}), None),
    "with an end that is a boolean": (token({"exp": True}), None),
    "no map": (token(["exp"]), None),
    "opaque": ("0123456789abcdef", None),
    "of three words": ("a.b.c", None),
    "not of ASCII": ("a.é.c", None),
    "empty": ("", None),
    "none": (None, None),
}


@pytest.mark.parametrize("name", TOKENS)
def test_token(name: str) -> None:
    text, expected = TOKENS[name]
    assert token_expiry(text) == expected


def test_certificate(tmp_path: Path) -> None:
    expiry = datetime(2030, 5, 1, tzinfo=UTC)
    path = tmp_path / "client.pem"
    trustme.CA().issue_cert("me", not_after=expiry).cert_chain_pems[0].write_to_path(path)
    assert certificate_expiry(str(path)) == expiry.timestamp()


def test_what_is_no_certificate_does_not_say_when_it_expires(tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n")
    assert [certificate_expiry(str(path)) for path in (junk, tmp_path / "none")] == [None, None]
    assert certificate_expiry(None) is None
