# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented roles and the table of permissions are equivalent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.namespaces import (
    FEDERATED_NAMESPACE,
    MONITORING_NAMESPACE,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.permissions import FACTS, NEEDS
from tests.system.realapi.documented import MANIFESTS, permissions


def names(manifests: Iterable[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]) for item in manifests}


@pytest.mark.parametrize("feature", NEEDS)
def test_the_documented_roles_have_the_permissions_of_the_table(feature: str) -> None:
    roles = MANIFESTS[feature]
    for role in roles:
        suffix = "-credentials" * (role["metadata"].get("namespace") == FEDERATED_NAMESPACE)
        assert role["metadata"]["name"] == f"kubesphere-dingtalk-{feature}{suffix}"
    allowed = list(permissions(roles))
    assert sorted(allowed, key=repr) == sorted(NEEDS[feature], key=repr)


@pytest.mark.parametrize("secret_namespace", [FEDERATED_NAMESPACE, MONITORING_NAMESPACE])
def test_no_documented_manifest_overwrites_another(secret_namespace: str) -> None:
    """In the namespaces of the page, and of KubeSphere 4, whose credentials are where Alertmanager is."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for manifest in (item for manifests in MANIFESTS.values() for item in manifests):
        [(kind, namespace, name)] = names([manifest])
        key = (kind, namespace.replace(FEDERATED_NAMESPACE, secret_namespace), name)
        content = {field: value for field, value in manifest.items() if field != "metadata"}
        assert found.setdefault(key, content) == content, key


def test_every_feature_is_documented() -> None:
    assert set(MANIFESTS) == {*NEEDS, "account", "impersonation"}
    assert {*FEATURES, FACTS} <= set(NEEDS)


def test_the_documented_account_is_bound_to_the_roles_of_the_features() -> None:
    roles = [*MANIFESTS["notification"], *MANIFESTS["alertmanager"]]
    account, *bindings = MANIFESTS["account"]
    assert {(kind.removesuffix("Binding"), *rest) for kind, *rest in names(bindings)} == names(roles)
    subject = {"kind": "ServiceAccount", **account["metadata"]}
    for binding in bindings:
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": binding["kind"].removesuffix("Binding")}
        assert binding["roleRef"] == {**reference, "name": binding["metadata"]["name"]}
        assert binding["subjects"] == [subject]
