# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receivers that send Alertmanager's messages to a chat service which reads messages of its own form only.

Alertmanager posts one fixed JSON document to the URL of ``webhook_configs`` and looks at the HTTP status alone. Robots
of DingTalk, WeCom and Feishu answer 200 to a message that they drop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..._findings.finding import cited
from ..matchers import as_text
from .parts import Json, maps

_DINGTALK = re.compile(r"(?:o?api)\.dingtalk\.(?:com|io)/(?:.*/)?robot/", re.IGNORECASE)
_RELAY = "use the URL of a relay that translates the messages"
#: Host and path of the webhooks of other chat services -> name of the webhook, and what to use in its place.
_OTHERS = {
    re.compile(r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/", re.IGNORECASE): ("a WeCom group robot", _RELAY),
    re.compile(r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/", re.IGNORECASE): ("a Feishu robot", _RELAY),
    re.compile(r"hooks\.slack\.com/", re.IGNORECASE): ("a Slack app", "use slack_configs for it"),
    re.compile(r"[\w.-]+\.webhook\.office\.com/", re.IGNORECASE): ("a Microsoft Teams channel", _RELAY),
    re.compile(r"(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/", re.IGNORECASE): (
        "a Discord channel",
        _RELAY,
    ),
}


def webhook_warnings(desired: Json) -> Iterator[str]:
    """Yield a warning for each webhook of a chat service; none contains the URL, which is a secret."""
    for receiver in maps(desired.get("receivers")):
        name = as_text(receiver.get("name"))
        for place, text in _texts(receiver, ""):
            if _DINGTALK.match(_address(text)):
                yield cited(
                    f"receiver {name!r}, {place}: this is the webhook of a DingTalk robot, which does not "
                    "understand Alertmanager's messages and drops them without an HTTP error; use "
                    "notification_robot for it, or the URL of a relay that translates the messages",
                    "KD515",
                )
        for index, webhook in enumerate(maps(receiver.get("webhook_configs"))):
            for service, remedy in _other_services(as_text(webhook.get("url"))):
                yield cited(
                    f"receiver {name!r}, webhook_configs[{index}].url: this is the webhook of {service}, which does "
                    f"not understand Alertmanager's messages, so nobody reads them; {remedy}",
                    "KD523",
                )


def _other_services(url: str) -> Iterator[tuple[str, str]]:
    """Yield the service of a URL and what to use in its place, if it is the webhook of one."""
    address = _address(url)
    yield from (found for pattern, found in _OTHERS.items() if pattern.match(address))


def _address(text: str) -> str:
    """Return host and path of a URL, empty if the text is none."""
    try:
        url = urlsplit(text.strip())
        return f"{url.hostname or ''}{url.path}"
    except ValueError:
        return ""


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}[{index}]")
