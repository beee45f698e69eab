# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations by class of fault; each class includes valid ones."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.system.alertmanager.samples import DURATIONS, LABELS, MATCHERS, NAMES, OTHERS, PATTERNS, URLS

Json = dict[str, Any]

HOOK = "http://notification.example/api/v2/alerts"
BASE: Json = {
    "receivers": [{"name": "Default"}, {"name": "hook", "webhook_configs": [{"url": HOOK}]}],
    "route": {"receiver": "Default", "routes": [{"match": {"alertname": "Watchdog"}, "receiver": "hook"}]},
}


def document(**fields: Any) -> Json:
    """Return the base with fields of the document replaced."""
    return {**copy.deepcopy(BASE), **fields}


def without(key: str) -> Json:
    return {name: value for name, value in BASE.items() if name != key}


def root(**fields: Any) -> Json:
    return document(route={**BASE["route"], **fields})


def child(*routes: Any, **fields: Any) -> Json:
    return root(routes=[*routes, *([fields] if fields else [])])


def receivers(*more: Any) -> Json:
    return document(receivers=[*BASE["receivers"], *more])


def webhook(**fields: Any) -> Json:
    return receivers({"name": "more", "webhook_configs": [fields]})


def settings(**fields: Any) -> Json:
    return document(**{"global": fields})


def inhibit(**fields: Any) -> Json:
    return document(inhibit_rules=[fields])


def intervals(key: str, *listed: Any, **route: Any) -> Json:
    return {**child({"receiver": "hook", **route}), key: list(listed)}


#: Faults that are left to a command such as amtool check-config.
LEFT_TO_VALIDATE = (
    webhook(url=HOOK, http_config={"proxy": "x"}),
    settings(http_config={"proxy": "x"}),
    document(mute_time_intervals=[{"name": "nights", "time_intervals": [{"weekdays": ["someday"]}]}]),
    document(templates=["["]),
)

NIGHTS = {"name": "nights", "time_intervals": [{"times": [{"start_time": "22:00", "end_time": "24:00"}]}]}


def each(section: Callable[..., Json], field: str, *values: Any) -> list[Json]:
    return [section(**{field: value}) for value in values]


CLASSES: dict[str, list[Json]] = {
    "durations": [
        *each(root, "repeat_interval", *DURATIONS),
        *(child(receiver="hook", group_interval=value) for value in DURATIONS),
        *each(root, "group_wait", *DURATIONS),
        *each(settings, "resolve_timeout", *DURATIONS),
    ],
    "group_by": [
        *(root(group_by=[value]) for value in LABELS),
        *each(root, "group_by", ["a", "a"], ["...", "a"], ["...", "..."], ["a", "b"], *OTHERS),
        *(child(receiver="hook", group_by=[value]) for value in (5, True, None, ["a"])),
    ],
    "matchers": [
        *(child(receiver="hook", matchers=[value]) for value in MATCHERS),
        *(child(receiver="hook", matchers=value) for value in OTHERS),
        child(receiver="hook", matchers=["a=b", "c=~d", "e!=f"]),
    ],
    "match": [
        *(child(receiver="hook", match={value: "x"}) for value in LABELS),
        *(child(receiver="hook", match={"a": value}) for value in OTHERS),
        *(child(receiver="hook", match=value) for value in OTHERS),
    ],
    "match_re": [
        *(child(receiver="hook", match_re={"a": value}) for value in PATTERNS),
        *(child(receiver="hook", match_re={value: "x"}) for value in LABELS),
        *(child(receiver="hook", match_re=value) for value in OTHERS),
    ],
    "root route": [
        without("route"),
        *each(document, "route", *OTHERS),
        document(route={"group_wait": "1s"}),
        *each(root, "match", {}, None, {"a": "b"}),
        *each(root, "match_re", {}, {"a": "b"}),
        *each(root, "matchers", [], ["a=b"], ["a"]),
        *each(root, "continue", False, True, None, "yes", 1),
        *each(root, "mute_time_intervals", [], ["nights"]),
        *each(root, "active_time_intervals", [], ["nights"]),
    ],
    "route references": [
        *each(root, "receiver", "gone", "hook", "default", "", None, 5, ["hook"], {}),
        *(child(receiver=value) for value in ("gone", "", None, "hook", 5)),
        child(routes=[{"receiver": "gone"}]),
        child(routes=[{"receiver": "hook", "routes": [{"receiver": "Default"}]}]),
        child({}, {"continue": True}, {"receiver": "hook", "continue": False}),
        child(**{"receiver": "hook", "continue": "maybe"}),
        *each(root, "routes", *OTHERS),
    ],
    "receivers": [
        without("receivers"),
        *each(document, "receivers", "x", {}, [], [None], [[]], ["x"]),
        *(receivers({"name": value}) for value in NAMES),
        receivers({"name": "hook"}),
        receivers(None),
        receivers({"name": None}, {"name": None}),
        receivers({"webhook_configs": [{"url": HOOK}]}),
        receivers({"name": "true"}, {"name": True}),
        *(receivers({"name": "more", "webhook_configs": value}) for value in OTHERS),
        *(receivers({"name": "more", "email_configs": value}) for value in OTHERS),
    ],
    "webhooks": [
        *each(webhook, "url", *URLS),
        *(webhook(url=HOOK, send_resolved=value) for value in (True, False, None, "true", 1)),
        *(webhook(url=HOOK, max_alerts=value) for value in (0, 5, -1, "5", True, None)),
        webhook(),
        webhook(send_resolved=True),
        webhook(url_file="/etc/url"),
        webhook(url=HOOK, url_file="/etc/url"),
        webhook(url=HOOK, url_file=""),
        webhook(url=None),
    ],
    "global fields": [
        *each(document, "global", *OTHERS),
        *each(settings, "slack_api_url", *URLS),
        *each(settings, "pagerduty_url", *URLS),
        *each(settings, "smtp_smarthost", "a:25", ":25", "a:", "a", "", "[::1]:25", "a:b:c", 25, None, []),
        *each(settings, "smtp_require_tls", True, False, "false", None, 0),
        *each(settings, "smtp_from", "a@b", 5, None, [], {}),
        settings(slack_api_url=HOOK, slack_api_url_file="/x"),
        settings(smtp_auth_password="x", smtp_auth_password_file="/x"),
        settings(opsgenie_api_key="x", opsgenie_api_key_file="/x"),
        settings(victorops_api_key="x", victorops_api_key_file="/x"),
        settings(smtp_auth_password_file="/x"),
        settings(telegram_api_url=HOOK, webex_api_url=HOOK),
        settings(http_config={}),
    ],
    "inhibit rules": [
        *each(document, "inhibit_rules", *OTHERS),
        *(inhibit(source_match={value: "x"}) for value in LABELS),
        *(inhibit(target_match_re={"a": value}) for value in PATTERNS),
        *(inhibit(source_matchers=[value]) for value in MATCHERS[:40]),
        *(inhibit(equal=[value]) for value in (*LABELS, None, 5, True)),
        *each(inhibit, "equal", *OTHERS),
        inhibit(source_match={"a": "b"}, target_match_re={"a": "c|d"}, equal=["a", "a"]),
    ],
    "time intervals": [
        *(intervals("mute_time_intervals", value) for value in (NIGHTS, {"name": "x"}, {}, None, "x", {"name": ""})),
        *(intervals("time_intervals", value) for value in (NIGHTS, {"name": "x"}, {}, None, "x", {"name": ""})),
        intervals("mute_time_intervals", NIGHTS, NIGHTS),
        intervals("time_intervals", NIGHTS, NIGHTS),
        {**intervals("time_intervals", NIGHTS), "mute_time_intervals": [NIGHTS]},
        intervals("mute_time_intervals", NIGHTS, mute_time_intervals=["nights"]),
        intervals("mute_time_intervals", NIGHTS, active_time_intervals=["nights"]),
        intervals("time_intervals", NIGHTS, mute_time_intervals=["nights"], active_time_intervals=["nights"]),
        intervals("time_intervals", NIGHTS, mute_time_intervals=["days"]),
        intervals("time_intervals", NIGHTS, active_time_intervals=["days"]),
        intervals("mute_time_intervals", mute_time_intervals=["nights"]),
        intervals("mute_time_intervals", NIGHTS, mute_time_intervals="nights"),
        *each(document, "mute_time_intervals", *OTHERS),
        *(document(mute_time_intervals=[{"name": "x", "time_intervals": value}]) for value in OTHERS),
    ],
    "templates": [document(templates=value) for value in (["/etc/alertmanager/*.tmpl"], ["a", "b"], *OTHERS)],
    "unknown fields": [
        document(routes=[]),
        root(reciever="hook"),
        child(receiver="hook", matcher=["a=b"]),
        settings(resolve_timout="5m"),
        receivers({"name": "more", "webhook_config": []}),
        webhook(url=HOOK, urls=[HOOK]),
        inhibit(source_matches={"a": "b"}),
        document(mute_time_intervals=[{"name": "x", "times": []}]),
        *(
            receivers({"name": "more", f"{kind}_configs": []})
            for kind in ("sns", "telegram", "webex", "msteams", "jira")
        ),
        document(**{"x-anchors": {}}),
    ],
}
