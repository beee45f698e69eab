# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of notification settings between both API versions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from tests.contract.expectations import refused
from tests.support.testbed import Cluster

Json = dict[str, Any]

SECRET = "global-dingtalk-config-secret"
_numbers = itertools.count(1)


def old(key: str) -> Json:
    return {"name": SECRET, "namespace": "kubesphere-monitoring-federated", "key": key}


def new(key: str) -> Json:
    return {"valueFrom": {"secretKeyRef": old(key)}}


CONFIG = {"labels": {"a": "b"}, "conversation": {"appkey": old("appkey"), "appsecret": old("appsecret")}}
NEW_CONFIG = {"labels": {"a": "b"}, "conversation": {"appkey": new("appkey"), "appsecret": new("appsecret")}}
COMMON = {
    "enabled": True,
    "alertSelector": {"matchExpressions": [{"key": "severity", "operator": "In", "values": ["error", "critical"]}]},
    "dingtalkConfigSelector": {"matchLabels": {"type": "default"}},
    "conversation": {"chatids": ["chat1", "chat2"]},
}
CHATBOT = {"webhook": old("webhook"), "secret": old("chatbotsecret"), "keywords": ["alert"]}
RECEIVER = {**COMMON, "chatbot": CHATBOT}
NEW_CHATBOT = {"webhook": new("webhook"), "secret": new("chatbotsecret"), "keywords": ["alert"]}
NEW_RECEIVER = {**COMMON, "chatbot": NEW_CHATBOT}

PAIRS = [("Config", CONFIG, NEW_CONFIG), ("Receiver", RECEIVER, NEW_RECEIVER)]


def path(kind: str, version: str) -> str:
    return f"/apis/notification.kubesphere.io/{version}/{kind.lower()}s"


def write(cluster: Cluster, kind: str, version: str, dingtalk: Json) -> str:
    """Create an object and return its name."""
    name = f"converted-{next(_numbers)}"
    metadata = {"name": name, "labels": {"type": "global"}, "annotations": {"note": "text"}}
    body = {"apiVersion": f"notification.kubesphere.io/{version}", "kind": kind, "metadata": metadata}
    answer = cluster.post(path(kind, version), {**body, "spec": {"dingtalk": dingtalk}})
    assert answer["spec"]["dingtalk"] == dingtalk
    return name


def read(cluster: Cluster, kind: str, version: str, name: str) -> Json:
    found = cluster.get(f"{path(kind, version)}/{name}")
    assert found["apiVersion"] == f"notification.kubesphere.io/{version}"
    assert found["metadata"]["labels"] == {"type": "global"}
    assert found["metadata"]["annotations"] == {"note": "text"}
    dingtalk: Json = found["spec"]["dingtalk"]
    return dingtalk


@pytest.mark.parametrize("release", ["older", "newer"])
@pytest.mark.parametrize(("kind", "older_form", "newer_form"), PAIRS)
def test_object_of_the_older_version_is_complete_in_both(
    fleet: Mapping[str, Cluster], release: str, kind: str, older_form: Json, newer_form: Json
) -> None:
    cluster = fleet[release]
    name = write(cluster, kind, "v2beta1", older_form)
    assert read(cluster, kind, "v2beta1", name) == older_form
    assert read(cluster, kind, "v2beta2", name) == newer_form


@pytest.mark.parametrize(("kind", "older_form", "newer_form"), PAIRS)
def test_object_of_the_newer_version_is_complete_in_both(
    cluster: Cluster, kind: str, older_form: Json, newer_form: Json
) -> None:
    name = write(cluster, kind, "v2beta2", newer_form)
    assert read(cluster, kind, "v2beta2", name) == newer_form
    assert read(cluster, kind, "v2beta1", name) == older_form


def test_older_version_omits_plain_values_mentions_and_templates(cluster: Cluster) -> None:
    chatbot = {**NEW_CHATBOT, "secret": {"value": "plain"}, "atAll": True, "atMobiles": ["1"], "atUsers": ["u"]}
    dingtalk = {**NEW_RECEIVER, "chatbot": chatbot, "template": "t", "titleTemplate": "t", "tmplType": "markdown"}
    name = write(cluster, "Receiver", "v2beta2", dingtalk)
    converted = read(cluster, "Receiver", "v2beta1", name)
    assert converted == {**RECEIVER, "chatbot": {"webhook": old("webhook"), "keywords": ["alert"]}}
    assert read(cluster, "Receiver", "v2beta2", name) == dingtalk


def test_every_item_of_a_list_is_converted(older: Cluster) -> None:
    written = {
        write(older, "Config", version, form) for version, form in (("v2beta1", CONFIG), ("v2beta2", NEW_CONFIG))
    }
    found = {item["metadata"]["name"]: item for item in older.list(path("Config", "v2beta1"))}
    assert all(found[name]["spec"]["dingtalk"] == CONFIG for name in written)
    assert all(found[name]["apiVersion"] == "notification.kubesphere.io/v2beta1" for name in written)


def test_patch_and_replacement_work_in_the_version_of_their_path(older: Cluster) -> None:
    name = write(older, "Receiver", "v2beta2", NEW_RECEIVER)
    place = f"{path('Receiver', 'v2beta1')}/{name}"
    patched = older.patch(place, {"spec": {"dingtalk": {"enabled": False}}})
    assert patched["spec"]["dingtalk"] == {**RECEIVER, "enabled": False}
    patched["spec"]["dingtalk"]["conversation"] = {"chatids": ["chat3"]}
    older.put(place, patched)
    changed = read(older, "Receiver", "v2beta2", name)
    assert changed == {**NEW_RECEIVER, "enabled": False, "conversation": {"chatids": ["chat3"]}}


def test_unchanged_replacement_in_the_older_version_has_no_effect(older: Cluster) -> None:
    name = write(older, "Receiver", "v2beta1", RECEIVER)
    found = older.get(f"{path('Receiver', 'v2beta1')}/{name}")
    answer = older.put(f"{path('Receiver', 'v2beta1')}/{name}", found)
    assert answer["metadata"]["resourceVersion"] == found["metadata"]["resourceVersion"]


def test_each_version_has_its_own_schema(older: Cluster) -> None:
    body = {"apiVersion": "notification.kubesphere.io/v2beta1", "kind": "Receiver", "metadata": {"name": "wrong"}}
    status = refused(older.post, path("Receiver", "v2beta1"), {**body, "spec": {"dingtalk": {"conversation": {}}}})
    assert status["message"] == (
        'Receiver.notification.kubesphere.io "wrong" is invalid: spec.dingtalk.conversation.chatids: Required value'
    )
    status = refused(
        older.post, path("Receiver", "v2beta1"), {**body, "spec": {"dingtalk": {"chatbot": {"webhook": {"name": "s"}}}}}
    )
    assert [cause["field"] for cause in status["details"]["causes"]] == ["spec.dingtalk.chatbot.webhook.key"]


def test_dry_run_is_converted_too(older: Cluster) -> None:
    body = {"apiVersion": "notification.kubesphere.io/v2beta1", "kind": "Config", "metadata": {"name": "dry"}}
    answer = older.post(path("Config", "v2beta1"), {**body, "spec": {"dingtalk": CONFIG}}, dryRun="All")
    assert answer["spec"]["dingtalk"] == CONFIG
