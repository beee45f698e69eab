# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The monthly cost of firing alerts, and warnings about exceeded quotas."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.quota_forecast import (
    CALLS,
    WEBHOOK_MESSAGES,
    Forecast,
    Sends,
    sends_of,
    sends_of_outcomes,
)

HOUR, DAY = 3600.0, 86400.0
NOTIFICATION = {"notification_enabled": True, "notification_chats": ["a", "b"], "notification_robot": "r"}


def forecast(clusters: int, chats: int, robots: int, interval: float, checked: int = 0) -> Forecast:
    return Forecast.of([Sends(chats, robots, interval)] * clusters, checked, DAY)


def test_the_messages_of_a_cluster_follow_from_its_desired_features() -> None:
    alertmanager = {"alertmanager_route": {"repeat_interval": "2h"}}
    assert sends_of({"notification": NOTIFICATION, "alertmanager": alertmanager}) == Sends(2, 1, 2 * HOUR)
    assert sends_of({"notification": NOTIFICATION}) == Sends(2, 1, 12 * HOUR)
    assert sends_of({"notification": {**NOTIFICATION, "notification_enabled": False}}) is None
    assert sends_of({"alertmanager": alertmanager}) is None


@pytest.mark.parametrize(
    ("alertmanager", "interval"),
    [
        ({"alertmanager_route": {"repeat_interval": "1m"}}, 300),
        ({"alertmanager_route": {"repeat_interval": "7m"}}, 600),
        ({"alertmanager_route": {"repeat_interval": "7m", "group_interval": "1m"}}, 420),
        ({"alertmanager_routes": [{"matchers": ['severity="critical"'], "repeat_interval": "5m"}]}, 300),
        ({"alertmanager_routes": [{"matchers": ['severity="error"'], "repeat_interval": "5m"}]}, 12 * HOUR),
    ],
)
def test_the_interval_is_that_of_the_route_that_alerts_take(alertmanager: dict[str, Any], interval: float) -> None:
    assert sends_of({"notification": NOTIFICATION, "alertmanager": alertmanager}) == Sends(2, 1, interval)


def test_the_outcomes_of_a_cluster_say_what_the_most_expensive_alert_costs() -> None:
    rare = {"alerts": ["a", "b"], "result": "delivered", "chats": ["x", "y"], "robot": "r", "repeat_interval": 3600}
    often = {"alerts": ["b"], "result": "delivered", "chats": ["z"], "robot": "", "repeat_interval": 600}
    lost = {"alerts": ["b"], "result": "undelivered", "chats": ["w"], "robot": "r", "repeat_interval": 60}
    assert sends_of_outcomes([rare, often, lost]) == Sends(3, 1, 600)
    assert sends_of_outcomes([lost]) is None


def test_the_example_stays_within_the_quotas() -> None:
    found = forecast(3, 1, 1, 2 * HOUR, checked=3)
    assert found.facts() == {"clusters": 3, "calls": 1080, "checks": 90, "webhook_messages": 1080}
    assert found.warnings() == []


def test_a_hundred_clusters_with_messages_every_two_hours_exceed_them() -> None:
    calls, messages = forecast(100, 1, 1, 2 * HOUR, checked=20).warnings()
    assert calls == (
        "One firing alert in each cluster costs per month 36000 calls of DingTalk's API to send to chats, in addition "
        "to 600 by frequent plays; the standard edition includes 5000. A repeat_interval of 17h on all clusters would "
        "fit (alertmanager_route, and the routes that set one); otherwise DingTalk drops messages once the monthly "
        "quota is used up. (KD251)"
    )
    assert "36000 messages through robots' webhooks; the standard edition includes 3000." in messages
    assert "A repeat_interval of 24h on all clusters would fit" in messages


def test_plays_that_use_up_the_quota_alone_are_reported() -> None:
    [warning] = forecast(1, 1, 0, HOUR, checked=200).warnings()
    assert "increase dingtalk_cache_valid_time" in warning


@example(clusters=275, chats=0, robots=1, minutes=1)  # as floats, 275 parts of the limit exceed the limit
@given(clusters=st.integers(1, 1000), chats=st.integers(0, 20), robots=st.integers(0, 1), minutes=st.integers(1, 10000))
def test_the_suggested_interval_fits(clusters: int, chats: int, robots: int, minutes: int) -> None:
    for warning in forecast(clusters, chats, robots, minutes * 60.0).warnings():
        text = warning.partition("repeat_interval of ")[2].partition(" ")[0]
        seconds = int(text[:-1]) * {"h": 3600.0, "m": 60.0}[text[-1]]
        fitting = forecast(clusters, chats, robots, seconds)
        if "webhooks" in warning:
            assert fitting.webhook_messages <= WEBHOOK_MESSAGES
        else:
            assert fitting.calls <= CALLS


@pytest.mark.parametrize("valid_time", [0, 3600.0])
def test_checks_depend_on_the_valid_time_of_the_cache(valid_time: float) -> None:
    assert Forecast.of([], 2, valid_time).checks == (2 * 720 if valid_time else 0)
