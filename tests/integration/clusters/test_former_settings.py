# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receivers that others set up before: what would keep alerts away is replaced or named, and restored by a teardown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fixtures.receiving import CONFIG, DEFAULT, GLOBAL, RECEIVER, Receiving, receiving

Json = dict[str, Any]

RELEASES = ("3.1", "3.3", "3.4", "4.1")


@pytest.fixture(params=RELEASES)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(tmp_path, request.param) as found:
        yield found


@pytest.fixture
def newer(tmp_path: Path) -> Iterator[Receiving]:
    with receiving(tmp_path, "3.4") as found:
        yield found


@pytest.fixture
def newest(tmp_path: Path) -> Iterator[Receiving]:
    with receiving(tmp_path, "4.1") as found:
        yield found


def put_former_robot(here: Receiving, name: str = RECEIVER) -> Json:
    """Create a Receiver with a signing robot of others, whose Secret is gone, and return its ``chatbot``."""
    former = {
        "webhook": here.credential("default-dingtalk-secret", "webhook"),
        "secret": here.credential("default-dingtalk-secret", "secret"),
        "keywords": ["kubesphere"],
    }
    here.put("Receiver", name, GLOBAL, chatbot=former)
    return former


@pytest.mark.parametrize("name", [RECEIVER, "shop-receiver"])
@pytest.mark.parametrize("secret", [None, "generate"])
def test_the_signing_secret_of_a_former_robot_is_replaced_with_its_webhook(
    here: Receiving, name: str, secret: str | None
) -> None:
    former = put_former_robot(here, name)
    desired: Json = {"notification_robot": "duty"}
    if name != RECEIVER:
        desired = {"notification_receivers": {name: {"robot": "duty"}}}
    here.apply(dingtalk_robots={"duty": here.add_robot("duty", secret)}, **desired)
    assert set(here.dingtalk_of(name)["chatbot"]) == {"webhook", "keywords", *(["secret"] if secret else [])}
    assert here.errors() == [""]
    assert not here.apply()["changed"]
    assert here.apply(state="absent").get("warnings", []) == []
    assert here.dingtalk_of(name) == {"chatbot": former}


def test_mentions_and_keywords_of_a_former_robot_stay(newer: Receiving) -> None:
    former = {"webhook": {"value": "https://example.com/former"}, "secret": {"value": "SECformer"}}
    more = {"atMobiles": ["13800000001"], "atUsers": ["user-1"], "atAll": True}
    newer.put("Receiver", RECEIVER, GLOBAL, chatbot={**former, **more, "keywords": ["kubesphere"]})
    newer.apply(dingtalk_robots={"duty": newer.add_robot("duty")}, notification_robot="duty")
    chatbot = newer.dingtalk_of()["chatbot"]
    assert chatbot.pop("webhook") == newer.credential("global-dingtalk-config-secret", "webhook")
    assert chatbot == {**more, "keywords": ["kubesphere", "alert"]}
    assert newer.errors() == [""]


def test_an_inline_credential_is_restored_neither_whole_nor_in_part(newer: Receiving) -> None:
    reference = newer.credential("default-dingtalk-secret", "secret")
    former = {"webhook": {"value": "https://example.com/former"}, "secret": reference}
    newer.put("Receiver", RECEIVER, GLOBAL, chatbot=former)
    newer.apply(dingtalk_robots={"duty": newer.add_robot("duty")}, notification_robot="duty")
    assert not newer.apply()["changed"]
    removed = newer.apply(state="absent")
    assert any(
        "/spec/dingtalk/chatbot/webhook (the previous value may be secret" in text for text in removed["warnings"]
    )
    assert set(newer.dingtalk_of()["chatbot"]) == {"webhook"}


def test_a_teardown_leaves_a_robot_that_somebody_set_since_without_the_secret_of_the_former_one(
    newer: Receiving,
) -> None:
    put_former_robot(newer)
    newer.apply(dingtalk_robots={"duty": newer.add_robot("duty")}, notification_robot="duty")
    other = {"value": newer.add_robot("other")["webhook"]}
    receiver = newer.cluster.get(newer.path("Receiver", RECEIVER))
    receiver["spec"]["dingtalk"]["chatbot"]["webhook"] = other
    newer.cluster.put(newer.path("Receiver", RECEIVER), receiver)
    newer.apply(state="absent")
    assert newer.dingtalk_of()["chatbot"]["webhook"] == other
    assert "secret" not in newer.dingtalk_of()["chatbot"]


def test_both_halves_of_the_former_app_are_replaced_and_restored(here: Receiving) -> None:
    here.put_app(CONFIG, DEFAULT)
    former = here.dingtalk_of(CONFIG, "Config")
    here.apply(notification_chats=["ops"])
    secret = "global-dingtalk-config-secret"
    expected = {key: here.credential(secret, key) for key in ("appkey", "appsecret")}
    assert here.dingtalk_of(CONFIG, "Config")["conversation"] == expected
    assert here.errors() == [""]
    here.apply(state="absent")
    assert here.dingtalk_of(CONFIG, "Config") == former


FILTER: Json = {"matchExpressions": [{"key": "namespace", "operator": "DoesNotExist"}]}
WARNING = (
    "Receiver {}: its alertSelector, which someone else set, is retained and drops every alert, except those with no "
    "label namespace. To send all alerts, set {}: {{}}; to send others, set a selector there (KD609)"
)
#: Receiver -> the option of its selector, and the desired state with a selector in place of the text
SELECTORS: dict[str, tuple[str, Any]] = {
    RECEIVER: (
        "notification_alert_selector",
        lambda selector: {"notification_chats": ["ops"], **_given("notification_alert_selector", selector)},
    ),
    "shop": (
        "notification_receivers.shop.alert_selector",
        lambda selector: {"notification_receivers": {"shop": {"chats": ["ops"], **_given("alert_selector", selector)}}},
    ),
}


def _given(name: str, selector: Json | None) -> Json:
    return {} if selector is None else {name: selector}


@pytest.mark.parametrize("name", SELECTORS)
def test_a_selector_of_others_is_retained_and_each_run_warns_of_it(here: Receiving, name: str) -> None:
    option, desired = SELECTORS[name]
    here.put("Receiver", name, GLOBAL, alertSelector=FILTER)
    for check_mode in (True, False, False, True):
        result = here.apply(check_mode, **desired(None))
        assert result.get("warnings") == [WARNING.format(name, option)]
    assert not result["changed"]
    assert here.errors() == []


@pytest.mark.parametrize("name", SELECTORS)
@pytest.mark.parametrize(
    ("selector", "arrives"),
    [
        ({}, {"shop": True, "bank": True}),
        ({"matchLabels": {"namespace": "shop"}}, {"shop": True, "bank": False}),
    ],
)
def test_a_desired_selector_replaces_that_of_others_until_a_teardown(
    here: Receiving, name: str, selector: Json, arrives: dict[str, bool]
) -> None:
    _, desired = SELECTORS[name]
    here.put("Receiver", name, GLOBAL, enabled=True, alertSelector=FILTER)
    assert here.apply(**desired(selector)).get("warnings", []) == []
    assert here.dingtalk_of(name).get("alertSelector", {}) == selector
    assert {namespace: here.errors(namespace=namespace) == [""] for namespace in arrives} == arrives
    assert not here.apply()["changed"]
    here.apply(state="absent")
    assert here.dingtalk_of(name) == {"enabled": True, "alertSelector": FILTER}
    assert here.apply()["changed"]


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ({"matchLabels": {"a": "b", "c": "d"}}, "label a = b and label c = d"),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}, "label a in (b, c)"),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}, "label a not in (b)"),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, "a label a"),
        ({"matchExpressions": [{"key": "a", "operator": "Match", "regexValue": "b.*"}]}, "label a matching b.*"),
        ({"matchLabels": {}, "matchExpressions": []}, None),
        ({}, None),
    ],
)
def test_a_warning_names_the_selector_in_words(newest: Receiving, selector: Json, words: str | None) -> None:
    newest.put("Receiver", RECEIVER, GLOBAL, alertSelector=selector)
    warnings = newest.apply(notification_chats=["ops"]).get("warnings", [])
    assert [text for text in warnings if f"except those with {words}. " in text] == warnings
    assert len(warnings) == (words is not None)


def test_without_a_destination_no_selector_is_warned_of(newer: Receiving) -> None:
    newer.put("Receiver", RECEIVER, GLOBAL, alertSelector=FILTER)
    assert newer.apply().get("warnings", []) == []


def test_the_key_of_a_signing_secret_is_removed_with_it(newer: Receiving) -> None:
    path = f"/api/v1/namespaces/{newer.secret_namespace}/secrets/global-dingtalk-config-secret"
    newer.apply(dingtalk_robots={"duty": newer.add_robot("duty", "generate")}, notification_robot="duty")
    assert set(newer.cluster.get(path)["data"]) == {"webhook", "chatbotsecret"}
    newer.apply(dingtalk_robots={"duty": newer.add_robot("later")})
    assert set(newer.cluster.get(path)["data"]) == {"webhook"}
    assert newer.errors() == [""]


def test_terms_of_others_in_the_selector_of_a_router_are_replaced(newer: Receiving) -> None:
    selector: Json = {"matchLabels": {"severity": "critical"}}
    routers = {"worst": {"alert_selector": selector, "receivers": [RECEIVER]}}
    newer.apply(notification_chats=["ops"], notification_routers=routers)
    path = newer.path("Router", "worst")
    newer.cluster.patch(path, {"spec": {"alertSelector": {"matchLabels": {"team": "platform"}}}})
    newer.apply()
    assert newer.cluster.get(path)["spec"]["alertSelector"] == selector


@pytest.mark.parametrize(
    ("is_same_robot", "has_key", "retained"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_the_signing_secret_stays_if_the_console_has_the_same_robot(
    here: Receiving, is_same_robot: bool, has_key: bool, retained: bool
) -> None:
    robot, name = here.add_robot("duty", "generate"), "global-dingtalk-config-secret"
    other = robot if is_same_robot else here.add_robot("other", "generate")
    here.put_secret(name, webhook=other["webhook"], **({"chatbotsecret": other["secret"]} if has_key else {}))
    chatbot = {"webhook": here.credential(name, "webhook"), "secret": here.credential(name, "chatbotsecret")}
    here.put("Receiver", RECEIVER, GLOBAL, chatbot=chatbot)
    unsigned = {"webhook": robot["webhook"], "keywords": ["alert"]}
    here.apply(dingtalk_robots={"duty": unsigned}, notification_robot="duty")
    assert ("secret" in here.dingtalk_of()["chatbot"]) is retained
    assert (here.errors() == [""]) is retained
    assert not here.apply()["changed"]
    signed = {**unsigned, "secret": robot["secret"]}
    here.apply(dingtalk_robots={"duty": signed})
    assert here.errors() == [""]
    here.apply(state="absent")
    assert here.dingtalk_of()["chatbot"] == chatbot
