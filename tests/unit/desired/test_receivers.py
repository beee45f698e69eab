# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Additional Receivers and Routers: rejected options and the manifests of each API version."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import notification
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES
from tests.support.input_errors import errors_of

Json = dict[str, Any]

WEBHOOK = "https://oapi.dingtalk.com/robot/send?access_token=token-of-a-robot"
VARIABLES: Json = {
    "dingtalk_app_key": "key",
    "dingtalk_app_secret": "app-secret",
    "dingtalk_chats": {name: {"name": name, "chat_id": f"chat-{name}"} for name in ("ops", "shop")},
    "dingtalk_robots": {
        "shop_robot": {"webhook": WEBHOOK, "secret": "SEC0123456789", "keywords": ["alert"]},
        "later": {},
    },
}
SHOP: Json = {
    "chats": ["shop"],
    "robot": "shop_robot",
    "alert_selector": {"matchExpressions": [{"key": "namespace", "operator": "In", "values": ["shop"]}]},
}
ALICE: Json = {"chats": ["shop"], "user": "alice", "enabled": False}


def params(**options: Any) -> Json:
    found = ROLES["notification"].params(Errors(), {f"notification_{name}": value for name, value in options.items()})
    return dict(found or {})


def errors(**options: Any) -> list[str]:
    return errors_of(notification.read, params(**options), VARIABLES)


def rendered(release: str = "3.4", **options: Any) -> dict[str, Json]:
    """KIND/NAME -> manifest."""
    settings = notification.settings(notification.read(Errors(), params(cluster_name="here", **options), VARIABLES), {})
    facts = {
        "release": release,
        "role": "single",
        "notification_api_version": "v2beta1" if release < "3.4" else "v2beta2",
        "manager_api_version": "v2beta2",
        "secret_namespace": "kubesphere-monitoring-federated",
        "secret_reference_namespace": "",
        "cluster_name_in": "NotificationManager",
    }
    manifests = ROLES["notification"].render({"notification": settings, "kubesphere_cluster": facts})
    return {f"{item['kind']}/{item['metadata']['name']}": item for item in manifests}


@pytest.mark.parametrize("variable", ["dingtalk_chats", "dingtalk_robots"])
def test_an_invalid_entry_does_not_make_its_users_invalid(variable: str) -> None:
    used = params(chats=["bad"], robot="bad", receivers={"shop": {"chats": ["bad"], "robot": "bad"}})
    valid: Json = {"dingtalk_chats": {"bad": {"name": "Ops", "chat_id": "chat1"}}, "dingtalk_robots": {"bad": {}}}
    variables = {**VARIABLES, **valid, variable: {"bad": {"name": ["a list"], "chat": "bad"}}}
    errors = errors_of(notification.read, used, variables)
    assert [error.partition(": ")[0] for error in errors] == [f"{variable}.bad"]


def test_a_robot_may_use_a_chat_with_an_error() -> None:
    chats = {"bad": {"name": ["a list"]}}
    variables = {"dingtalk_chats": chats, "dingtalk_robots": {"duty": {"chat": "bad"}}}
    assert errors_of(notification.read, params(), variables) == [
        "dingtalk_chats.bad: name: expected a string, not a list"
    ]


def test_names_of_robots_and_clusters_are_single_lines() -> None:
    robots = {"duty": {"name": "on\nduty", "keywords": ["alert "]}}
    errors = errors_of(notification.read, params(cluster_name="here\t"), {"dingtalk_robots": robots})
    assert [error.partition(", a ")[0] for error in errors] == [
        "dingtalk_robots.duty.keywords[0]: ends with U+0020",
        "dingtalk_robots.duty.name: contains U+000A",
        "notification_cluster_name: contains U+0009",
    ]


INTERNATIONAL: Json = {
    "dingtalk_api_url": "https://api.dingtalk.io",
    "dingtalk_legacy_api_url": "https://oapi.dingtalk.io",
    "dingtalk_robots": {"ops_robot": {"webhook": WEBHOOK.replace("dingtalk.com", "dingtalk.io")}},
}


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"chats": ["ops"], "robot": "ops_robot"}, "notification_chats"),
        ({"receivers": {"shop": {"chats": ["shop"]}}}, "notification_receivers.shop.chats"),
        ({"robot": "ops_robot"}, ""),
    ],
)
def test_only_robots_work_on_the_international_site(options: Json, place: str) -> None:
    found = errors_of(notification.read, params(**options), {**VARIABLES, **INTERNATIONAL})
    assert [error.partition(": KubeSphere sends to chats at oapi.dingtalk.com only")[0] for error in found] == (
        [place] if place else []
    )


@pytest.mark.parametrize("name", ["dingtalk_api_url", "dingtalk_legacy_api_url"])
def test_a_proxy_is_not_taken_for_the_international_site(name: str) -> None:
    variables = {**VARIABLES, name: "https://127.0.0.1:8443", "dingtalk_robots": {}}
    assert errors_of(notification.read, params(chats=["ops"]), variables) == []


@pytest.mark.parametrize("release", ["3.1", "3.3", "3.4", "4.1", "4.2"])
def test_receiver_has_chats_own_robot_and_selector(release: str) -> None:
    found = rendered(release, chats=["ops"], receivers={"shop-receiver": SHOP})
    receiver, secret = found["Receiver/shop-receiver"], found["Secret/shop-config-secret"]
    dingtalk = receiver["spec"]["dingtalk"]
    reference = {"name": "shop-config-secret", "key": "webhook"}
    assert receiver["apiVersion"].endswith("v2beta1" if release < "3.4" else "v2beta2")
    assert receiver["metadata"]["labels"] == {"type": "global"}
    assert dingtalk["chatbot"]["webhook"] == (
        reference if release < "3.4" else {"valueFrom": {"secretKeyRef": reference}}
    )
    assert dingtalk["chatbot"]["keywords"] == ["alert"]
    assert dingtalk["conversation"] == {"chatids": ["chat-shop"]}
    assert dingtalk["alertSelector"] == SHOP["alert_selector"]
    assert dingtalk["enabled"] is True
    assert secret["metadata"]["labels"] == {"type": "global", "notification.kubesphere.io/managed": "true"}
    assert secret["stringData"] == {"webhook": WEBHOOK, "chatbotsecret": "SEC0123456789"}
    assert found["Receiver/global-dingtalk-receiver"]["spec"]["dingtalk"]["conversation"] == {"chatids": ["chat-ops"]}
    assert set(found["Secret/global-dingtalk-config-secret"]["stringData"]) == {"appkey", "appsecret"}


def test_tenant_receiver_has_user_labels() -> None:
    found = rendered(receivers={"alice-dingtalk-receiver": {**ALICE, "robot": "shop_robot"}})
    receiver = found["Receiver/alice-dingtalk-receiver"]
    assert receiver["metadata"]["labels"] == {"type": "tenant", "user": "alice"}
    assert receiver["spec"]["dingtalk"]["enabled"] is False
    labels = found["Secret/alice-dingtalk-config-secret"]["metadata"]["labels"]
    assert labels == {"type": "tenant", "user": "alice", "notification.kubesphere.io/managed": "true"}


def test_receiver_chats_include_app_without_global_chats() -> None:
    found = rendered(receivers={"shop": {"chats": ["shop"]}})
    assert "Receiver/global-dingtalk-receiver" not in found
    assert "Secret/shop-config-secret" not in found
    assert found["Config/default-dingtalk-config"]["spec"]["dingtalk"]["conversation"]
    assert found["Secret/global-dingtalk-config-secret"]["stringData"]["appkey"] == "key"


def test_global_receiver_exists_for_console_of_old_releases() -> None:
    found = rendered("3.3", receivers={"shop": {"chats": ["shop"]}})
    assert found["Receiver/global-dingtalk-receiver"]["spec"]["dingtalk"] == {"enabled": True}


def test_receiver_is_omitted_until_robot_has_webhook() -> None:
    found = rendered(receivers={"shop": {"robot": "later"}})
    assert [name for name in found if not name.startswith("NotificationManager/")] == []


def test_routers_reference_receivers() -> None:
    router = {"alert_selector": {"matchLabels": {"severity": "critical"}}, "receivers": ["shop"]}
    found = rendered(receivers={"shop": {"chats": ["shop"]}}, routers={"critical": router})
    assert found["Router/critical"]["apiVersion"] == "notification.kubesphere.io/v2beta2"
    assert found["Router/critical"]["metadata"]["labels"] == {"type": "global"}
    assert found["Router/critical"]["spec"] == {
        "enabled": True,
        "alertSelector": router["alert_selector"],
        "receivers": {"name": ["shop"]},
    }


def test_used_chats_include_chats_of_receivers() -> None:
    assert notification.used_chats(params(chats=["ops"], receivers={"shop": SHOP, "alice": ALICE})) == ["ops", "shop"]


def test_secrets_include_all_robots() -> None:
    assert {"app-secret", WEBHOOK, "SEC0123456789"} == set(
        notification.secrets(params(receivers={"shop": SHOP}), VARIABLES)
    )


def test_valid_receivers_and_routers_are_accepted() -> None:
    terms = [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Match", "regexValue": "x.*"}]
    selector = {"matchLabels": {"c": "d"}, "matchExpressions": terms}
    router = {"alert_selector": selector, "receivers": ["shop", "global-dingtalk-receiver"]}
    assert errors(receivers={"shop": SHOP, "alice": ALICE}, routers={"critical": router}) == []


@pytest.mark.parametrize(
    ("name", "desired", "expected"),
    [
        (
            "my-global-dingtalk-receiver",
            SHOP,
            "the name must not contain global-dingtalk-receiver, because KubeSphere's console",
        ),
        ("global-dingtalk", SHOP, "the name must not contain global-dingtalk-config-secret"),
        ("Shop", SHOP, "invalid object name; use at most 239 lower-case letters"),
        ("a..b", SHOP, "invalid object name"),
        ("x" * 250, SHOP, "invalid object name; use at most 239 lower-case letters"),
        ("shop", {}, "no destination; set `chats`, `robot` or both"),
        ("shop", [], "expected a map of chats, robot"),
        ("shop", {"chat": "shop"}, "chat: unknown option (did you mean chats?); supp"),
        ("shop", {"chats": ["gone"]}, "chats: 'gone' is not a key of dingtalk_chats; it has ops, shop"),
        ("shop", {"chats": ["ops", "ops"]}, "chats: 'ops' is listed 2 times"),
        ("shop", {"robot": "gone"}, "robot: 'gone' is not a key of dingtalk_robots"),
        ("shop", {**SHOP, "user": "no user"}, "user: invalid KubeSphere user name 'no user'"),
        ("shop", {**SHOP, "alert_selector": {"namespace": "a"}}, "alert_selector.namespace: unknown field; supp"),
        ("shop", {**SHOP, "alert_selector": {"matchLabels": {"a": 1}}}, "alert_selector.matchLabels: expected a map"),
        (
            "shop",
            {**SHOP, "alert_selector": {"matchLabels": {"a": "不行"}}},
            "matchLabels: invalid value '不行'; use at most",
        ),
        (
            "shop",
            {**SHOP, "alert_selector": {"matchLabels": {"a b": "c"}}},
            "invalid label name 'a b'",
        ),
        ("shop", {**SHOP, "alert_selector": {"matchExpressions": {}}}, "alert_selector.matchExpressions: expected a"),
    ],
)
def test_invalid_receivers_are_reported(name: str, desired: Any, expected: str) -> None:
    found = errors(receivers={name: desired})
    assert any(text.startswith(f"notification_receivers.{name}") and expected in text for text in found), found


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ({"operator": "In", "values": ["a"]}, "matchExpressions[0]: expected {key, operator, values}"),
        (
            {"key": "a", "operator": "in", "values": ["a"]},
            "operator: unknown operator 'in'; supported operators: In, Not",
        ),
        ({"key": "a", "operator": "In"}, "values: operator In requires a list of strings"),
        ({"key": "a", "operator": "NotIn", "values": [1]}, "values: operator NotIn requires a list of strings"),
        ({"key": "a", "operator": "Exists", "values": ["x"]}, "values: not allowed with operator Exists"),
        ({"key": "a", "operator": "Match"}, "operator Match requires regexValue"),
        ({"key": "a", "operator": "NotIn", "values": ["b c"]}, "invalid value 'b c'; use at most 63 letters"),
        ({"key": "a-b", "operator": "Exists"}, "invalid label name 'a-b'"),
    ],
)
def test_invalid_selectors_are_reported_with_their_place(term: Json, expected: str) -> None:
    selector = {"matchExpressions": [term]}
    router = {"alert_selector": selector, "receivers": ["global-dingtalk-receiver"]}
    found = errors(
        alert_selector=selector, receivers={"a": {**SHOP, "alert_selector": selector}}, routers={"b": router}
    )
    places = ("notification_alert_selector.", "notification_receivers.a.alert_", "notification_routers.b.alert_")
    assert [[place for place in places if text.startswith(place) and expected in text] for text in found] == [
        [place] for place in places
    ]


def test_the_longest_name_is_accepted() -> None:
    names = ["x" * 239, "x" * 240, f"{'x' * 230}-receiver"]
    found = [errors(receivers={name: SHOP}) for name in names]
    assert [bool(errors) for errors in found] == [False, True, False]
    assert "use at most 239 lower-case letters" in found[1][0]


def test_shared_secrets_and_unknown_receivers_of_routers_are_reported() -> None:
    router = {"alert_selector": {}, "receivers": ["shop"]}
    found = errors(receivers={"a": SHOP, "a-receiver": SHOP}, routers={"b": router})
    assert "notification_receivers.a-receiver: would share Secret a-config-secret with a; rename it" in found
    assert any(text.startswith("notification_routers.b.receivers: 'shop' is not a key of notif") for text in found)


@pytest.mark.parametrize(
    ("names", "global_ones"),
    [
        (["alice"], ""),
        (["shop"], "shop"),
        (["global-dingtalk-receiver", "alice", "shop"], "global-dingtalk-receiver, shop"),
    ],
)
def test_a_router_to_a_global_receiver_is_warned_of(names: list[str], global_ones: str) -> None:
    router = {"alert_selector": {"matchLabels": {"severity": "critical"}}, "receivers": names}
    options = params(receivers={"shop": SHOP, "alice": ALICE}, routers={"critical": router})
    settings = notification.settings(notification.read(Errors(), options, VARIABLES), {})
    found = notification.warnings(settings, "3.4")
    assert len(found) == bool(global_ones)
    assert all(text.startswith(f"notification_routers.critical.receivers: {global_ones} ") for text in found)


def test_unsupported_options_of_a_release_are_reported() -> None:
    match = {"matchExpressions": [{"key": "a", "operator": "Match", "regexValue": "x"}]}
    router = {"alert_selector": match, "receivers": ["a"]}
    options = params(receivers={"a": {**SHOP, "alert_selector": match}}, routers={"b": router})
    settings = notification.settings(notification.read(Errors(), options, VARIABLES), {})
    assert errors_of(notification.check_release, settings, "4.1") == []
    assert [text.partition(":")[0] for text in errors_of(notification.check_release, settings, "3.4")] == [
        "notification_receivers.a",
        "notification_routers.b",
    ]
    assert errors_of(notification.check_release, settings, "3.2")[0].startswith(
        "notification_routers: not supported by KubeSphere"
    )
