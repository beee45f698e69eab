# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inline credentials in a Config instead of a Secret: replaced, and neither shown nor recorded."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from tests.support.fixtures.cluster import Run
from tests.support.testbed import Cluster

CONFIGS = "/apis/notification.kubesphere.io/v2beta2/configs"
PATH = f"{CONFIGS}/default-dingtalk-config"
RECORD = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"

SECRET = "planted-app-secret"
MAIL = {"from": "alerts@example.invalid", "smartHost": {"host": "mail.example.invalid", "port": 25}}
INLINE = {"appkey": {"value": "ding-app-key"}, "appsecret": {"value": SECRET}}


def reference(name: str, key: str) -> dict[str, Any]:
    return {"valueFrom": {"secretKeyRef": {"name": name, "key": key}}}


def conversation(name: str) -> dict[str, Any]:
    return {key: reference(name, key) for key in ("appkey", "appsecret")}


def config(content: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": "default-dingtalk-config"}
    head = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Config", "metadata": metadata}
    return {**head, "spec": {"dingtalk": {"conversation": content}}}


def test_inline_credentials_are_not_shown(run: Run, cluster: Cluster) -> None:
    cluster.post(CONFIGS, config(INLINE))
    result = run(OPERATION, manifests=[config(conversation("managed"))])
    assert result["changed"]
    assert SECRET not in str(result)
    assert "ding-app-key" in str(result)


def test_replaced_credentials_are_not_recorded_and_reported_as_not_restored(run: Run, cluster: Cluster) -> None:
    cluster.post(CONFIGS, config(INLINE))
    run(OPERATION, manifests=[config(conversation("managed"))], name="set")
    assert SECRET not in cluster.get(RECORD)["data"]["applied"]
    result = run(OPERATION, manifests=[config({})], name="set", state="absent")
    assert cluster.get(PATH)["spec"]["dingtalk"]["conversation"] == conversation("managed")
    assert "the previous value may be secret" in result["warnings"][0]


def test_applied_credentials_are_not_recorded(run: Run, cluster: Cluster) -> None:
    email = {"email": {**MAIL, "authPassword": {"value": SECRET}, "authUsername": "user-1"}}
    run(OPERATION, manifests=[{**config({}), "spec": email}], name="set")
    recorded = cluster.get(RECORD)["data"]["applied"]
    assert "authPassword/value" in recorded
    assert SECRET not in recorded


@pytest.mark.parametrize("before", [conversation("unmanaged"), None])
def test_references_are_restored(run: Run, cluster: Cluster, before: dict[str, Any] | None) -> None:
    if before:
        cluster.post(CONFIGS, config(before))
    else:
        cluster.post(CONFIGS, {**config({}), "spec": {"email": MAIL}})
    first = cluster.get(PATH)["spec"]
    run(OPERATION, manifests=[config(conversation("managed"))], name="set")
    run(OPERATION, manifests=[config({})], name="set", state="absent")
    assert cluster.get(PATH)["spec"] == first
