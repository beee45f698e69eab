# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configs of other apps beside that of the console: chats get their alerts from the app of the inventory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from tests.support.fixtures.receiving import CONFIG, DEFAULT, GLOBAL, RECEIVER, Receiving, receiving
from tests.support.inprocess import run

Json = dict[str, Any]

RELEASES = ("3.1", "3.3", "3.4", "4.1")
OLD: Json = {"matchLabels": {"app": "old"}}
LABEL = "kubesphere.dingtalk/config"
SELECTOR: Json = {"matchLabels": {LABEL: CONFIG}}


@pytest.fixture(params=RELEASES)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(tmp_path, request.param, notification_chats=["ops"]) as found:
        yield found


@pytest.fixture
def newer(tmp_path: Path) -> Iterator[Receiving]:
    with receiving(tmp_path, "3.4", notification_chats=["ops"]) as found:
        yield found


def rival_of(here: Receiving) -> str:
    """Return a name with which the simulated notification-manager chooses another default Config of equal rank."""
    return "a-config" if here.version == "v2beta2" else "z-config"


def remove(here: Receiving, name: str) -> None:
    here.cluster.delete(here.path("Config", name))
    here.cluster.delete(f"/api/v1/namespaces/{here.secret_namespace}/secrets/{name}-secret")


@pytest.mark.parametrize("has_old_config", [False, True])
def test_a_selector_that_leads_elsewhere_is_removed_until_a_teardown(here: Receiving, has_old_config: bool) -> None:
    if has_old_config:
        here.put_app("old-config", {"app": "old", **DEFAULT} if here.version == "v2beta2" else {"app": "old"})
    here.put("Receiver", RECEIVER, GLOBAL, dingtalkConfigSelector=OLD, conversation={"chatids": [here.chat]})
    before = here.dingtalk_of()
    assert here.errors() != [""]
    here.apply()
    assert here.errors() == [""]
    assert not here.apply()["changed"]
    assert here.apply(state="absent").get("warnings", []) == []
    assert here.dingtalk_of() == before


def test_another_default_config_comes_and_goes(here: Receiving) -> None:
    name = rival_of(here)
    first = here.apply()
    assert (here.errors(), first["changed"], here.labels_of()) == ([""], True, DEFAULT)
    for _ in range(2):
        here.put_app(name, DEFAULT)
        before = here.cluster.get(here.path("Config", name))
        assert here.errors() != [""]
        predicted = here.apply(check_mode=True)
        done = here.apply()
        assert predicted["diff"] == done["diff"]
        assert here.errors() == [""]
        assert here.dingtalk_of()["dingtalkConfigSelector"] == SELECTOR
        assert here.labels_of() == {**DEFAULT, LABEL: CONFIG}
        assert here.cluster.get(here.path("Config", name)) == before
        assert not here.apply()["changed"]
        remove(here, name)
        here.apply()
        assert here.errors() == [""]
        assert "dingtalkConfigSelector" not in here.dingtalk_of()
        assert here.labels_of() == DEFAULT
        assert not here.apply()["changed"]


def test_a_teardown_restores_the_selector_that_another_config_made_necessary_to_replace(here: Receiving) -> None:
    here.put_app(rival_of(here), {"app": "old", **DEFAULT})
    here.put("Receiver", RECEIVER, GLOBAL, dingtalkConfigSelector=OLD, conversation={"chatids": [here.old_chat]})
    before = here.dingtalk_of()
    assert here.errors() == [""]
    here.apply()
    assert here.dingtalk_of()["dingtalkConfigSelector"] == SELECTOR
    here.apply(state="absent")
    assert here.dingtalk_of() == before
    assert here.cluster.find(here.path("Config", CONFIG)) is None
    assert here.errors() == [""]


@pytest.mark.parametrize(
    ("own", "other", "selects"),
    [
        ({"priority": "1"}, {"priority": "2"}, False),
        ({"priority": "1"}, {}, False),
        ({"priority": "2"}, {"priority": "1"}, True),
        ({"priority": "1"}, {"priority": "1"}, True),
        ({}, {"priority": "9"}, True),
        ({}, {}, True),
        ({"priority": "high"}, {"priority": "9"}, True),
    ],
)
def test_priorities_decide_whether_a_selector_is_needed(
    newer: Receiving, own: Json, other: Json, selects: bool
) -> None:
    newer.put("Config", CONFIG, {**DEFAULT, **own})
    newer.put_app("a-config", {**DEFAULT, **other})
    newer.apply()
    assert (newer.dingtalk_of().get("dingtalkConfigSelector") == SELECTOR) is selects
    assert newer.errors() == [""]
    assert newer.labels_of("a-config") == {**DEFAULT, **other}


def test_a_selector_of_others_that_leads_to_the_config_stays(here: Receiving) -> None:
    chosen = {"matchLabels": DEFAULT, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}
    here.put_app(rival_of(here), {**DEFAULT, "app": "old"})
    here.put("Receiver", RECEIVER, GLOBAL, dingtalkConfigSelector=chosen)
    here.apply()
    assert here.dingtalk_of()["dingtalkConfigSelector"] == chosen
    assert here.labels_of() == DEFAULT
    assert here.errors() == [""]


def test_a_config_without_settings_of_dingtalk_is_no_rival(here: Receiving) -> None:
    body = {"metadata": {"name": "mail", "labels": DEFAULT}, "spec": {}}
    kind = {"apiVersion": f"notification.kubesphere.io/{here.version}", "kind": "Config"}
    here.cluster.post(here.path("Config", "mail").rpartition("/")[0], {**kind, **body})
    here.apply()
    assert "dingtalkConfigSelector" not in here.dingtalk_of()


def test_a_further_receiver_and_that_of_a_tenant_use_the_same_config(here: Receiving) -> None:
    here.put_app("alice-config", {"type": "tenant", "user": "alice"})
    receivers: Json = {"more": {"chats": ["ops"]}, "alice-receiver": {"chats": ["ops"], "user": "alice"}}
    here.apply(notification_chats=[], notification_receivers=receivers)
    assert "dingtalkConfigSelector" not in here.dingtalk_of("more")
    assert here.dingtalk_of("alice-receiver")["dingtalkConfigSelector"] == SELECTOR
    here.tenants = {"alice": ["shop"]}
    assert here.errors() == ["", ""]
    assert not here.apply()["changed"]


def test_a_default_config_that_a_receiver_of_a_user_cannot_exclude_is_warned_of(newer: Receiving) -> None:
    newer.put_app("a-config", DEFAULT)
    newer.tenants = {"alice": ["shop"]}
    receivers: Json = {"alice-receiver": {"chats": ["ops"], "user": "alice"}}
    for check_mode in (True, False, False):
        result = newer.apply(check_mode, notification_chats=[], notification_receivers=receivers)
        [warning] = result["warnings"]
        assert warning.startswith("Receiver alice-receiver: another Config may take the place of default-dingtalk-con")
    assert not result["changed"]
    assert newer.errors() != [""]
    newer.cluster.patch(newer.path("Config", CONFIG), {"metadata": {"labels": {"priority": "1"}}})
    assert newer.apply().get("warnings", []) == []
    assert newer.errors() == [""]
    assert "dingtalkConfigSelector" not in newer.dingtalk_of("alice-receiver")


def test_the_configs_are_listed_once_and_only_for_chats(here: Receiving) -> None:
    configs = here.path("Config", "")[:-1]
    here.apply(dingtalk_robots={"duty": here.add_robot("duty")}, notification_robot="duty")
    for chats, count in ((["ops"], 1), ([], 0)):
        here.cluster.reset_requests()
        here.apply(notification_chats=chats)
        found = [request.path for request in here.cluster.requests() if not request.writes]
        assert found.count(configs) == count


def test_an_account_that_may_not_list_configs_is_warned_and_writes_no_selector(here: Receiving) -> None:
    here.put_app(rival_of(here), DEFAULT)
    everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "create", "update", "delete"]}]
    here.cluster = here.cluster.limited(everything)
    here.put("Receiver", RECEIVER, GLOBAL, dingtalkConfigSelector=OLD)
    for check_mode in (True, False, False):
        [warning] = [text for text in here.apply(check_mode)["warnings"] if 'cannot list resource "configs"' in text]
        assert warning.startswith("It is unknown whether alerts arrive, as the account may not list configs.")
    assert not here.apply()["changed"]
    assert "dingtalkConfigSelector" not in here.dingtalk_of()


def test_a_robot_alone_leaves_the_app_and_the_chats_of_others_alone(here: Receiving) -> None:
    here.put_app(CONFIG, DEFAULT)
    here.put("Receiver", RECEIVER, GLOBAL, conversation={"chatids": [here.old_chat]})
    before = here.cluster.get(here.path("Config", CONFIG))
    assert here.errors() == [""]
    here.apply(dingtalk_robots={"duty": here.add_robot("duty")}, notification_robot="duty", notification_chats=[])
    assert here.errors() == ["", ""]
    assert here.cluster.get(here.path("Config", CONFIG)) == before
    assert not here.apply()["changed"]
    here.apply(state="absent")
    assert here.errors() == [""]


def test_from_chats_to_a_robot_the_app_of_others_is_restored(here: Receiving) -> None:
    here.put_app(CONFIG, DEFAULT)
    before = here.dingtalk_of(CONFIG, "Config")
    here.apply()
    assert here.dingtalk_of(CONFIG, "Config") != before
    here.apply(dingtalk_robots={"duty": here.add_robot("duty")}, notification_robot="duty", notification_chats=[])
    assert here.dingtalk_of(CONFIG, "Config") == before
    assert not here.apply()["changed"]
    here.apply(notification_chats=["ops"])
    assert here.errors() == ["", ""]
    here.apply(state="absent")
    assert here.dingtalk_of(CONFIG, "Config") == before


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("Receiver", {}),
        ("Receiver", {"spec": "text"}),
        ("Receiver", {"spec": {"dingtalk": ["text"]}}),
        ("Receiver", {"spec": {"dingtalk": {"conversation": {"chatids": ["chat1"]}}}}),
        ("Config", {"spec": {"dingtalk": {}}}),
        ("Secret", {"stringData": "text"}),
    ],
)
def test_manifests_under_the_name_of_the_role_need_not_be_those_of_the_role(
    newer: Receiving, kind: str, content: Json
) -> None:
    api_version = "v1" if kind == "Secret" else "notification.kubesphere.io/v2beta2"
    place = {"namespace": newer.secret_namespace} if kind == "Secret" else {}
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "own", **place}, **content}
    options = {"kubeconfig": str(newer.cluster.kubeconfig), "manifests": [body], "name": "notification"}
    result = run(OPERATION, options)
    assert "Traceback" not in str(result)
    assert bool(result.get("failed")) is ("text" in str(content))
