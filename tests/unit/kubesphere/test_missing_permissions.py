# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account lacks is listed once for all features, as roles that grant it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.missing_permissions import missing_roles
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import cluster_info
from tests.support.inprocess import apply_features
from tests.support.inprocess import run as run_operation
from tests.support.testbed import Cluster
from tests.system.realapi.documented import permissions

FEATURES = ["notification", "alertmanager", "alerting", "registry"]
FACTS_ONLY = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]


def info(account: Cluster) -> dict[str, Any]:
    options = {"kubeconfig": str(account.kubeconfig), "check_permissions": True, "features": FEATURES}
    return run_operation(cluster_info.OPERATION, options)


def roles(text: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(text))


def test_each_permission_is_listed_once_for_all_features(cluster: Cluster) -> None:
    found = info(cluster.limited(FACTS_ONLY))["missing_permissions"]
    names = [(item["verb"], item["resource"], item["namespace"], item["name"]) for item in found]
    assert len(names) == len(set(names))
    [create] = [item for item in found if (item["verb"], item["resource"]) == ("create", "configmaps")]
    assert create["features"] == FEATURES


def test_the_roles_have_what_is_missing_and_nothing_else(cluster: Cluster) -> None:
    result = info(cluster.limited(FACTS_ONLY))
    listed = {(item["verb"], item["resource"], item["name"]) for item in result["missing_permissions"]}
    granted = list(permissions(roles(result["missing_roles"])))
    assert {(item.verb, item.resource, item.name) for item in granted} == listed
    assert len(granted) == len(set(granted))
    assert len(result["missing_roles"].splitlines()) < 130


def test_an_account_with_the_roles_lacks_nothing(cluster: Cluster) -> None:
    account = cluster.granted([*roles(info(cluster.limited([]))["msg"].partition("account")[2].partition(":\n")[2])])
    assert [item for item in info(account)["missing_permissions"] if not item["optional"]] == []


def test_without_missing_permissions_there_are_no_roles(cluster: Cluster) -> None:
    assert (info(cluster)["missing_permissions"], info(cluster)["missing_roles"]) == ([], "")
    assert missing_roles([]) == ""


@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_refused_run_has_everything_that_its_features_lack(cluster: Cluster, verb: str) -> None:
    other = {"create": "update", "update": "create"}[verb]
    account = cluster.limited([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", other]}])
    options = {"kubeconfig": str(account.kubeconfig), "features": ["notification", "alertmanager"]}
    result = apply_features(options, {"inventory_hostname": "lab", **DESIRED})
    assert result["failed"]
    assert f"cannot {verb} resource" in result["msg"]
    assert result["finding"] == "KD303"
    granted = list(permissions(roles(result["msg"].partition(":\n")[2])))
    assert {item.verb for item in granted} >= {verb}
    assert len(granted) > 1


DESIRED: dict[str, Any] = {
    "dingtalk_app_key": "key",
    "dingtalk_app_secret": "planted-app-secret",
    "dingtalk_chats": {"ops": {"name": "ops", "chat_id": "chat1"}},
    "notification_chats": ["ops"],
    "alertmanager_route": {"repeat_interval": "2h"},
}
