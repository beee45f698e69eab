# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each field of Alertmanager's configuration is public or secret, and unknown ones are secret."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager import schema
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.integrations import (
    INTEGRATIONS,
    RECEIVER,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.secret_fields import (
    PUBLIC,
    SECTION,
    find_in_document,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.secrets.kinds import is_secret_name

#: Maps, whose fields are public or secret themselves.
MAPS = {"http_config", "tls_config", "sigv4", *INTEGRATIONS}
SECRET = {
    "smtp_auth_password",
    "smtp_auth_secret",
    "slack_api_url",
    "opsgenie_api_key",
    "wechat_api_secret",
    "victorops_api_key",
    "api_key",
    "api_secret",
    "api_url",
    "auth_password",
    "auth_secret",
    "bot_token",
    "routing_key",
    "service_key",
    "token",
    "url",
    "user_key",
    "webhook_url",
}


def test_every_known_field_is_public_or_secret() -> None:
    sections = [schema.GLOBAL, RECEIVER, *(integration.fields for integration in INTEGRATIONS.values())]
    assert {name for section in sections for name in section} - MAPS - PUBLIC == SECRET
    assert not [name for name in PUBLIC if is_secret_name(name)]


RECEIVERS: list[dict[str, Any]] = [
    {
        "name": "a-name",
        "email_configs": [
            {"to": "ops@example.com", "auth_username": "alertmanager", "auth_password": "S-1", "headers": {"X-A": "b"}}
        ],
        "webhook_configs": [
            {
                "url": "https://example.com/S-2",
                "http_config": {
                    "basic_auth": {"username": "me", "password": "S-3"},
                    "proxy_url": "http://me:S-4@proxy:1",
                    "http_headers": {"X-Token": {"values": ["S-5"]}},
                    "oauth2": {"client_id": "id", "client_secret": "S-6", "token_url": "https://login.example.com"},
                },
            }
        ],
        "later_configs": [{"hook": "S-7", "tls_config": {"key": "S-8", "ca_file": "/ca"}}],
        "pagerduty_configs": [{"routing_key": "S-9", "details": {"any": "text"}}],
    }
]
PUBLIC_TEXTS = [
    "a-name",
    "ops@example.com",
    "alertmanager",
    "'b'",
    "'me'",
    "'id'",
    "login.example.com",
    "/ca",
    "'text'",
]


def test_secrets_of_receivers_are_found_and_hidden_and_nothing_else() -> None:
    found = set(SECTION.find(RECEIVERS))
    secrets = {f"S-{number}" for number in range(1, 10)}
    assert {text.removeprefix("https://example.com/") for text in found} == secrets
    shown = str(SECTION.hide(RECEIVERS))
    assert not [secret for secret in secrets if secret in shown]
    assert [text for text in PUBLIC_TEXTS if text not in shown] == []


@pytest.mark.parametrize(
    "value",
    [RECEIVERS[0], [RECEIVERS], {"team": RECEIVERS}, "S-1 S-2 S-3", ["S-1"], [["S-1"]], {"a": {"b": [{"c": "S-1"}]}}],
)
def test_secrets_of_any_shape_are_found(value: Any) -> None:
    assert any("S-1" in text for text in SECTION.find(value))
    assert "S-1" not in str(SECTION.hide(value))


@pytest.mark.parametrize("value", [None, True, 5, "", [], {}, [None], {"a": None}])
def test_nothing_is_found_in_nothing(value: Any) -> None:
    assert [text for text in SECTION.find(value) if text not in ("", "5")] == []
    assert list(find_in_document(value)) == []
