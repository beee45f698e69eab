# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady run reads what it needs together, so that it waits for a distant cluster as seldom as possible."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes import client
from tests.support.fixtures.alerting import has_component
from tests.support.inprocess import apply_features
from tests.support.plays.policies import NODE
from tests.support.testbed.fleet import clusters

VARIABLES: dict[str, Any] = {
    "inventory_hostname": "lab",
    "dingtalk_app_key": "dingapp",
    "dingtalk_app_secret": "a-secret-of-the-app",
    "dingtalk_chats": {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "chat_id": "chat1"}},
    "notification_chats": ["ops"],
    "dingtalk_robots": {
        "oncall": {"chat": "ops", "webhook": "https://oapi.dingtalk.com/robot/send?access_token=a1", "keywords": ["a"]}
    },
    "notification_robot": "oncall",
    "alertmanager_route": {"repeat_interval": "2h"},
    "alerting_policies": [NODE],
}
FEATURES = ["notification", "alertmanager", "alerting"]
#: What the release is found out by, and what a feature needs by that.
FACTS = {"apis", "ks-installer", "notification-manager", "kubesphere-dingtalk"}
SETTINGS = {"configs", "default-dingtalk-config", "global-dingtalk-receiver", "global-dingtalk-config-secret"}
#: Prometheus and Alertmanager, and ThanosRuler, which sends the alerts of policies.
MONITORING, RULER = {"k8s", "main"}, {"kubesphere"}
OF_POLICIES = {*MONITORING, *RULER, "node-1"}


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The paths of each batch that is read, and of each single object."""
    found: list[list[str]] = []
    prefetch, get = client.Cluster.prefetch, client.Cluster.get

    def prefetching(self: client.Cluster, paths: Iterable[str]) -> None:
        wanted = list(paths)
        found.append([path for path in dict.fromkeys(wanted) if path not in self._cache])
        prefetch(self, wanted)

    def getting(self: client.Cluster, path: str, fresh: bool = False) -> Any:
        found.append([path] if fresh or path not in self._cache else [])
        return get(self, path, fresh)

    monkeypatch.setattr(client.Cluster, "prefetch", prefetching)
    monkeypatch.setattr(client.Cluster, "get", getting)
    return found


def names(batches: list[list[str]]) -> list[set[str]]:
    return [{path.rpartition("/")[2] for path in batch} for batch in batches if batch]


#: Release, features -> the last parts of the paths in each batch after the facts.
BATCHES: dict[tuple[str, tuple[str, ...]], list[set[str]]] = {
    ("3.1", tuple(FEATURES)): [
        {"notification-manager"},  # in the older API version
        {*SETTINGS, "alertmanager-main", "custom-alerting-rule-cluster-kubesphere-dingtalk", *OF_POLICIES},
    ],
    ("3.3", tuple(FEATURES)): [
        {*SETTINGS, "alertmanager-main", "custom-alerting-rule-cluster-kubesphere-dingtalk", *OF_POLICIES}
    ],
    ("3.4", tuple(FEATURES)): [{*SETTINGS, "alertmanager-main", "kubesphere-dingtalk", *OF_POLICIES, "silences"}],
    ("3.4", ("notification",)): [{*SETTINGS, "alertmanager-main", *MONITORING, "silences"}],
    ("3.4", ("alertmanager",)): [{"alertmanager-main"}],
    ("3.4", ("alerting",)): [{"kubesphere-dingtalk"}],
}


@pytest.mark.parametrize(("release", "features"), BATCHES)
def test_a_steady_run_reads_in_few_batches(
    release: str, features: tuple[str, ...], batches: list[list[str]], tmp_path: Path
) -> None:
    with clusters({"lab": release}, tmp_path) as fleet:
        cluster = has_component(fleet["lab"])
        options = {"kubeconfig": str(cluster.kubeconfig), "features": list(features)}
        apply_features(options, VARIABLES)
        batches.clear()
        cluster.reset_requests()
        result = apply_features(options, VARIABLES)
        paths = [request.path for request in cluster.requests()]
    assert result["changed"] is False, result
    assert names(batches) == [FACTS, *BATCHES[release, features]]
    assert sorted(paths) == sorted(path for batch in batches for path in batch), "nothing is read twice"
