# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication, and the permissions of a limited token."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.contract.expectations import config_map, refused, secret
from tests.support.testbed import Cluster
from tests.support.testbed.client import Client

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def with_token(cluster: Cluster, token: str) -> Cluster:
    return dataclasses.replace(cluster, token=token, client=Client(cluster.server, cluster.ca_file, token))


def review(cluster: Cluster, **attributes: str) -> bool:
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    answer = cluster.post(REVIEWS, {**kind, "spec": {"resourceAttributes": attributes}})
    return bool(answer["status"]["allowed"])


def rule(*verbs: str, resources: str, group: str = "", **more: Any) -> dict[str, Any]:
    return {"verbs": list(verbs), "apiGroups": [group], "resources": [resources], **more}


def test_unknown_token_is_unauthorized(cluster: Cluster) -> None:
    status = refused(with_token(cluster, "unknown").get, "/version")
    assert (status["code"], status["reason"], status["message"]) == (401, "Unauthorized", "Unauthorized")


def test_without_token_only_the_version_can_be_read(cluster: Cluster) -> None:
    anonymous = with_token(cluster, "")
    assert anonymous.get("/version")["major"] == "1"
    status = refused(anonymous.get, "/api/v1/secrets")
    assert status["code"] == 403
    assert status["message"] == (
        'secrets is forbidden: User "system:anonymous" cannot list resource "secrets" in API group "" '
        "at the cluster scope"
    )


@pytest.mark.parametrize(
    ("path", "message", "details"),
    [
        (
            "/api/v1/namespaces/default/secrets/one",
            'secrets "one" is forbidden: User "{user}" cannot get resource "secrets" in API group "" '
            'in the namespace "default"',
            {"name": "one", "kind": "secrets"},
        ),
        (
            "/apis/apps/v1/deployments",
            'deployments.apps is forbidden: User "{user}" cannot list resource "deployments" in API group "apps" '
            "at the cluster scope",
            {"group": "apps", "kind": "deployments"},
        ),
        (
            "/api/v1/namespaces/default",
            'namespaces "default" is forbidden: User "{user}" cannot get resource "namespaces" in API group "" '
            'in the namespace "default"',
            {"name": "default", "kind": "namespaces"},
        ),
        (
            "/api/v1/namespaces/default/services/one:80/proxy/",
            'services "one:80" is forbidden: User "{user}" cannot get resource "services/proxy" in API group "" '
            'in the namespace "default"',
            {"name": "one:80", "kind": "services"},
        ),
        ("/metrics", 'forbidden: User "{user}" cannot get path "/metrics"', {}),
    ],
)
def test_forbidden_request_is_described(cluster: Cluster, path: str, message: str, details: dict[str, str]) -> None:
    limited = cluster.limited([])
    status = refused(limited.get, path)
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["message"] == message.format(user=limited.kubeconfig.stem)
    assert status["details"] == details


def test_limited_token_has_the_permissions_of_its_rules_only(cluster: Cluster, namespace: str) -> None:
    limited = cluster.limited([rule("get", "create", resources="configmaps"), rule("get", resources="services/proxy")])
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    limited.post(maps, config_map("one"))
    assert limited.get(f"{maps}/one")["metadata"]["name"] == "one"
    assert refused(limited.list, maps)["code"] == 403
    assert refused(limited.delete, f"{maps}/one")["code"] == 403


def test_rules_can_be_limited_to_objects(cluster: Cluster, namespace: str) -> None:
    secrets = f"/api/v1/namespaces/{namespace}/secrets"
    cluster.post(secrets, secret("allowed"))
    limited = cluster.limited([rule("get", resources="secrets", resourceNames=["allowed"])])
    assert limited.get(f"{secrets}/allowed")["type"] == "Opaque"
    assert refused(limited.get, f"{secrets}/other")["code"] == 403


def test_every_token_permits_discovery(cluster: Cluster) -> None:
    assert cluster.limited([]).get("/apis")["kind"] == "APIGroupList"


def test_access_review_reports_permissions(cluster: Cluster) -> None:
    limited = cluster.limited([rule("get", resources="secrets")])
    assert review(limited, verb="get", resource="secrets", namespace="default")
    assert not review(limited, verb="update", resource="secrets", namespace="default")
    assert review(cluster, verb="update", resource="secrets", namespace="default")


def test_forbidden_precedes_not_found(cluster: Cluster) -> None:
    assert refused(cluster.limited([]).get, "/apis/no.such.group/v1/things")["code"] == 403
