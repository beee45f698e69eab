# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulation of Alertmanager 0.27 and its status endpoint: the loaded configuration, normalized as it prints it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.support.simulators.kubernetes import ProxyAnswer, ProxyRequest

Json = dict[str, Any]

_HTTP = {"follow_redirects": True, "enable_http2": True}
_GLOBAL = {
    "resolve_timeout": "5m",
    "http_config": _HTTP,
    "smtp_hello": "localhost",
    "smtp_require_tls": True,
    "pagerduty_url": "https://events.pagerduty.com/v2/enqueue",
    "opsgenie_api_url": "https://api.opsgenie.com/",
    "wechat_api_url": "https://qyapi.weixin.qq.com/cgi-bin/",
    "victorops_api_url": "https://alert.victorops.com/integrations/generic/20131114/alert/",
    "telegram_api_url": "https://api.telegram.org",
    "webex_api_url": "https://webexapis.com/v1/messages",
}
_WEBHOOK = {"send_resolved": True, "http_config": _HTTP, "url": None, "url_file": "", "max_alerts": 0}
_TIMING = ("group_wait", "group_interval", "repeat_interval")
_UNITS = {"y": 31536000, "w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_MATCHER = re.compile(r'\s*(\w+)\s*(=~|!~|!=|=)\s*(?:"(.*?)"|([^",]*?))\s*(?:,|$)')


class LoadedAlertmanager:
    """Load a configuration, or with ``refuses`` continue with the previous one, as Alertmanager does."""

    def __init__(self, text: str) -> None:
        self.refuses = False
        self.original = printed(text)
        self.asked = 0

    def load(self, text: str) -> None:
        if not self.refuses:
            self.original = printed(text)

    def answer(self, request: ProxyRequest) -> ProxyAnswer:
        if (request.method, request.path) != ("GET", "/api/v2/status"):
            return ProxyAnswer(404, b"404 page not found\n", {"Content-Type": "text/plain"})
        self.asked += 1
        status = {
            "cluster": {"peers": [], "status": "disabled"},
            "config": {"original": self.original},
            "uptime": "2024-01-01T00:00:00.000Z",
            "versionInfo": {"version": "0.27.0"},
        }
        return ProxyAnswer(200, json.dumps(status).encode())


def printed(text: str) -> str:
    """Return a configuration as Alertmanager prints it after loading."""
    document = yaml.safe_load(text)
    loaded = {
        "global": {**_GLOBAL, **(document.get("global") or {})},
        "route": _route(document["route"]),
        "inhibit_rules": [dict(_with_matchers(rule)) for rule in document.get("inhibit_rules") or []],
        "receivers": [_receiver(receiver) for receiver in document["receivers"]],
        "templates": document.get("templates") or [],
    }
    return yaml.safe_dump(loaded, sort_keys=False)


def _route(route: Json) -> Json:
    loaded: Json = {"continue": False, **dict(_with_matchers(route))}
    loaded |= {name: _duration(loaded[name]) for name in _TIMING if name in loaded}
    return loaded | ({"routes": [_route(below) for below in route["routes"]]} if route.get("routes") else {})


def _with_matchers(part: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in part.items():
        yield name, sorted(line for item in value for line in _matchers(item)) if name.endswith("matchers") else value


def _matchers(line: str) -> Iterator[str]:
    for name, operator, quoted, bare in _MATCHER.findall(line):
        yield f'{name}{operator}"{quoted or bare}"'


def _duration(text: str) -> str:
    """Format a duration as prometheus/common does: units above hours only if they divide the rest."""
    left = sum(int(amount) * _UNITS[unit] for amount, unit in re.findall(r"(\d+)([a-z])", str(text)))
    formatted = ""
    for unit, seconds in _UNITS.items():
        if left >= seconds and not (unit in "ywd" and left % seconds):
            formatted += f"{left // seconds}{unit}"
            left %= seconds
    return formatted or "0s"


def _receiver(receiver: Json) -> Json:
    loaded = dict(receiver)
    if "webhook_configs" in loaded:
        loaded["webhook_configs"] = [_webhook(webhook) for webhook in loaded["webhook_configs"]]
    return loaded


def _webhook(webhook: Json) -> Json:
    return {**_WEBHOOK, **webhook, **({"url": "<secret>"} if webhook.get("url") else {})}
