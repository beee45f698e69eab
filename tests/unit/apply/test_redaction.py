# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inline credentials in a Config instead of a Secret: replaced, and neither shown nor recorded."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.redaction import MANIFESTS, find_in_manifest
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
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


META = {"name": "a-name-of-the-object", "namespace": "kubesphere-monitoring-system"}
HEAD = {"apiVersion": "v1", "kind": "Secret", "metadata": META}


@pytest.mark.parametrize(
    "manifest",
    [
        {**HEAD, "stringData": {"a": SECRET}},
        {**HEAD, "stringData": {"a": {"nested": [SECRET]}}},
        {**HEAD, "stringData": {"alertmanager.yaml": {"receivers": [{"hook": SECRET}]}}},
        {**HEAD, "stringData": {"alertmanager.yaml": f"receivers: [{{hook: {SECRET}}}]"}},
        {**HEAD, "stringData": [SECRET]},
        {**HEAD, "stringData": SECRET},
        {**HEAD, "data": {"a": base64.b64encode(SECRET.encode()).decode()}},
        {**HEAD, "data": {"a": [SECRET]}},
        {"stringData": {"a": SECRET}},
        {"kind": "List", "items": [{**HEAD, "stringData": {"a": SECRET}}]},
        {"kind": "InstallPlan", "spec": {"config": f"auth: {{password: {SECRET}}}"}},
        {"kind": "InstallPlan", "spec": {"config": {"auth": {"clientSecret": SECRET}}}},
        {"kind": "ConfigMap", "data": {"url": f"https://me:{SECRET}@example.invalid"}},
        [SECRET],
        SECRET,
    ],
)
def test_secrets_of_a_manifest_of_any_shape_are_found(manifest: Any) -> None:
    assert any(SECRET in text for text in find_in_manifest(manifest))
    assert SECRET not in Secrets(MANIFESTS.find([manifest])).mask_text(str(MANIFESTS.hide([manifest])))


@pytest.mark.parametrize(
    "manifest",
    [
        {**HEAD, "stringData": {"username": "notification-manager", "namespace": "kubesphere-controls-system"}},
        {**HEAD, "stringData": {"of": META["name"], "in": META["namespace"]}},
        {**HEAD, "data": {"appkey": base64.b64encode(b"dingexampleappkey").decode()}},
        {"kind": "ConfigMap", "data": {"name": "a-value-of-a-config-map"}},
        {"kind": "InstallPlan", "spec": {"config": "existingSecret: a-name-of-a-secret\nsecretName: another-name\n"}},
        {"kind": "InstallPlan", "spec": {"config": {"tokenFile": "/var/run/token", "passwordKey": "a-name-of-a-key"}}},
        {"kind": "Receiver", "spec": {"secretRef": {"name": "a-name-of-a-secret", "key": "a-name-of-a-key"}}},
        {},
        None,
    ],
)
def test_names_in_a_manifest_are_no_secrets(manifest: Any) -> None:
    assert list(find_in_manifest(manifest)) == []


def test_a_value_that_is_too_short_to_be_distinguished_from_text_is_not_masked() -> None:
    manifest = {"kind": "Secret", "stringData": {"pin": "s3cr", "password": "s3cret-longer"}}
    assert "s3cr" not in list(find_in_manifest(manifest))
    assert "s3cret-longer" in list(find_in_manifest(manifest))
