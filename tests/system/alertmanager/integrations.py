# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of every integration: complete, and with one value missing, doubled, empty or of another type."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.system.alertmanager.faults import BASE, HOOK, Json
from tests.system.alertmanager.samples import OTHERS

#: Every integration of any version, with the least that makes it valid in the versions that have it.
COMPLETE: dict[str, Json] = {
    "email_configs": {"to": "a@example.com", "from": "b@example.com", "smarthost": "mail.example.com:25"},
    "pagerduty_configs": {"routing_key": "key"},
    "slack_configs": {"api_url": HOOK},
    "webhook_configs": {"url": HOOK},
    "opsgenie_configs": {"api_key": "key"},
    "wechat_configs": {"api_secret": "secret", "corp_id": "corp"},
    "pushover_configs": {"user_key": "key", "token": "token"},
    "victorops_configs": {"api_key": "key", "routing_key": "team"},
    "sns_configs": {"topic_arn": "arn:aws:sns:us-east-2:698519295917:My-Topic", "sigv4": {"region": "us-east-2"}},
    "telegram_configs": {"bot_token": "token", "chat_id": -100123},
    "discord_configs": {"webhook_url": HOOK},
    "webex_configs": {"room_id": "room", "http_config": {"authorization": {"credentials": "token"}}},
    "msteams_configs": {"webhook_url": HOOK},
}
#: What satisfies a need instead, alone or with one of the fields above.
ALTERNATIVES: dict[str, tuple[Json, ...]] = {
    "email_configs": (),
    "pagerduty_configs": (
        *({"service_key": "key"}, {"routing_key_file": "/key"}, {"service_key_file": "/key"}),
        {"url": HOOK},
    ),
    "slack_configs": ({"api_url_file": "/url"},),
    "webhook_configs": ({"url_file": "/url"},),
    "opsgenie_configs": ({"api_key_file": "/key"}, {"api_url": HOOK}),
    "wechat_configs": ({"api_url": HOOK},),
    "pushover_configs": ({"user_key_file": "/key"}, {"token_file": "/token"}),
    "victorops_configs": ({"api_key_file": "/key"}, {"api_url": HOOK}),
    "sns_configs": (
        *({"target_arn": "arn"}, {"phone_number": "+1"}, {"target_arn": "arn", "phone_number": "+1"}),
        *({"sigv4": {"access_key": "a"}}, {"sigv4": {"access_key": "a", "secret_key": "b"}}, {"sigv4": None}),
    ),
    "telegram_configs": ({"bot_token_file": "/token"}, {"api_url": HOOK}),
    "discord_configs": ({"webhook_url_file": "/url"},),
    "webex_configs": (
        *({"http_config": {}}, {"http_config": {"bearer_token": "token"}}, {"http_config": {"authorization": None}}),
        *({"http_config": {"bearer_token_file": "/token"}}, {"api_url": HOOK}),
    ),
    "msteams_configs": ({"webhook_url_file": "/url"},),
}
#: Fields of ``global`` that integrations fall back to.
SETTINGS: Json = {
    "smtp_smarthost": "mail.example.com:25",
    "smtp_from": "b@example.com",
    "slack_api_url": HOOK,
    "pagerduty_url": HOOK,
    "opsgenie_api_url": HOOK,
    "opsgenie_api_key": "key",
    "wechat_api_url": HOOK,
    "wechat_api_secret": "secret",
    "wechat_api_corp_id": "corp",
    "victorops_api_url": HOOK,
    "victorops_api_key": "key",
    "slack_api_url_file": "/url",
    "opsgenie_api_key_file": "/key",
    "victorops_api_key_file": "/key",
    "telegram_api_url": HOOK,
    "webex_api_url": HOOK,
}
#: Values of any field, and of fields with a format of their own.
VALUES: tuple[Any, ...] = (*OTHERS, HOOK, "1m", "text", "mail:25", False, 0, -1, 1.5, 2**63, 2**64, [{}], {"a": None})
FORMATS: dict[str, tuple[Any, ...]] = {
    "headers": (
        {"Subject": "a", "subject": "b"},
        {"Subject": "a", "SUBJECT": "b"},
        {"a b": "c"},
        {"X-a": "", "x-A": ""},
    ),
    "message_type": ("markdown", "card", "TEXT"),
    "parse_mode": ("HTML", "html", "MarkdownV2"),
    "chat_id": ("5", -5, 2**63 - 1),
    "retry": ("1h30m", "1.5h", "60", "1d", "-5s", "+1m", "1us", ".5s", "1", "0", "1 m"),
    "custom_fields": ({"a": "b"}, {"entity_id": "a"}, {"message_type": "a"}),
    "responders": (
        *([{"id": "a", "type": "team"}], [{"name": "a", "type": "Teams"}], [{"username": "a", "type": "USER"}], [{}]),
        *([{"type": "team"}], [{"id": "a"}], [{"id": "a", "type": "bot"}], [{"id": "a", "type": "{{ .a }}"}]),
    ),
    "fields": (
        *(
            [{"title": "a", "value": "b"}],
            [{"title": "a"}],
            [{"value": "a"}],
            [{"title": "a", "value": "b", "short": 5}],
        ),
    ),
    "actions": (
        *([{"type": "a", "text": "b", "url": "c"}], [{"type": "a", "text": "b", "name": "c"}], [{"type": "a"}]),
        *([{"type": "a", "text": "b"}], [{"text": "a", "name": "b"}]),
        [{"type": "a", "text": "b", "name": "c", "confirm": {"title": "d"}}],
        [{"type": "a", "text": "b", "name": "c", "confirm": {"text": "d"}}],
    ),
    "images": ([{"src": "a", "alt": "b"}], [{"src": ["a"]}]),
    "links": ([{"href": "a", "text": "b"}], [{"href": {}}]),
}


def with_integration(kind: str, section: Any, **settings: Any) -> Json:
    """Return a configuration with a receiver of one integration."""
    receivers = [*BASE["receivers"], {"name": "more", kind: [section]}]
    return {**copy.deepcopy(BASE), "receivers": receivers, **({"global": settings} if settings else {})}


def needs(kind: str) -> Iterator[Json]:
    """Yield configurations in which values are missing, empty, doubled or replaced by others."""
    section = COMPLETE[kind]
    yield with_integration(kind, section)
    yield with_integration(kind, section, **dict.fromkeys(SETTINGS))
    yield with_integration(kind, {}, **SETTINGS)
    for name in section:
        rest = {key: value for key, value in section.items() if key != name}
        yield with_integration(kind, rest)
        yield with_integration(kind, {**section, name: None})
        yield with_integration(kind, {**section, name: ""})
        yield from (with_integration(kind, {**rest, **other}) for other in ALTERNATIVES[kind])
        yield from (with_integration(kind, rest, **{setting: value}) for setting, value in SETTINGS.items())
    for other in ALTERNATIVES[kind]:
        yield with_integration(kind, {**section, **other})
        yield with_integration(kind, {**section, **dict.fromkeys(other)})
        yield with_integration(kind, {**section, **dict.fromkeys(other, "")})
    for setting in SETTINGS:
        yield with_integration(kind, section, **{setting: None})


def values(kind: str, field: str) -> Iterator[Json]:
    """Yield configurations with a value of any type in a field."""
    for value in (*VALUES, *FORMATS.get(field, FORMATS["retry"] if field in ("expire", "ttl") else ())):
        yield with_integration(kind, {**COMPLETE[kind], field: value})


def tags(program: Path) -> set[str]:
    """Return the names of all YAML fields that a program knows, from the tags of its types."""
    return {match.decode() for match in re.findall(rb'yaml:"([a-z][a-z0-9_]*)[,"]', program.read_bytes())}
