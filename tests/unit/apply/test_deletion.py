# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that finalizers hold: their deletion is pending, and nothing is written to what is about to vanish."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.deletion import GRACE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from tests.support.fixtures.chat_controller import SteppingClock
from tests.support.inprocess import run
from tests.support.testbed import Cluster
from tests.unit.apply.test_apply import MAPS, RECORD, config_map, exists

FINALIZER = "example.org/wait"
REMEDY = "run kubectl -n kubesphere-monitoring-system patch configmap a --type=merge"


class RemovingClock(SteppingClock):
    """A clock whose first pause lets the controller of the finalizer run."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster

    def sleep(self, seconds: float) -> None:
        if not self.slept:
            release(self._cluster)
        super().sleep(seconds)


def apply(cluster: Cluster, *names: str, clock: SteppingClock | None = None, check_mode: bool = False) -> Any:
    """Apply ConfigMaps, and prune those applied before."""
    options: dict[str, Any] = {"host": cluster.server, "api_key": cluster.token, "ca_cert": str(cluster.ca_file)}
    options |= {"manifests": [config_map(name, k="v") for name in names], "name": "set"}
    return run(OPERATION, options, check_mode, clock or SteppingClock())


def protect(cluster: Cluster) -> None:
    cluster.patch(f"{MAPS}/a", {"metadata": {"finalizers": [FINALIZER]}})


def release(cluster: Cluster) -> None:
    cluster.patch(f"{MAPS}/a", {"metadata": {"finalizers": None}})


@pytest.fixture
def protected(cluster: Cluster) -> Cluster:
    """A cluster with an applied object that has a finalizer."""
    apply(cluster, "a", "b")
    protect(cluster)
    return cluster


def test_a_pending_deletion_fails_with_object_finalizer_and_remedy(protected: Cluster) -> None:
    clock = SteppingClock()
    result = apply(protected, "b", clock=clock)
    assert result["failed"]
    assert "ConfigMap kubesphere-monitoring-system/a: its deletion was requested, but it still exists" in result["msg"]
    assert f"Finalizers: {FINALIZER}." in result["msg"]
    assert REMEDY in result["msg"]
    assert clock.slept == GRACE


def test_it_fails_again_until_the_object_is_gone(protected: Cluster) -> None:
    apply(protected, "b")
    assert REMEDY in apply(protected, "b")["msg"]
    release(protected)
    assert not apply(protected, "b").get("failed")
    assert "ConfigMap/kubesphere-monitoring-system/a" not in protected.get(RECORD)["data"]["applied"]
    assert apply(protected, "b")["changed"] is False


def test_the_other_objects_are_written_nevertheless(protected: Cluster) -> None:
    assert apply(protected, "c")["failed"]
    assert exists(protected, f"{MAPS}/c")
    assert not exists(protected, f"{MAPS}/b")
    assert not apply(protected, "c", clock=RemovingClock(protected)).get("failed")


def test_a_controller_that_removes_its_finalizer_in_time_makes_a_deletion(protected: Cluster) -> None:
    clock = RemovingClock(protected)
    result = apply(protected, "b", clock=clock)
    assert [item["action"] for item in result["objects"]] == ["unchanged", "deleted"]
    assert clock.slept < GRACE
    assert apply(protected, "b")["changed"] is False


def test_check_mode_warns_that_a_deletion_would_be_pending(protected: Cluster) -> None:
    result = apply(protected, "b", check_mode=True)
    assert not result.get("failed")
    assert result["warnings"] == [
        "ConfigMap kubesphere-monitoring-system/a: it would exist until its finalizers are removed: "
        f"{FINALIZER} (KD317)"
    ]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("changed", [True, False])
def test_nothing_is_written_to_an_object_that_is_about_to_vanish(
    protected: Cluster, check_mode: bool, changed: bool
) -> None:
    protected.delete(f"{MAPS}/a")
    if changed:
        protected.patch(f"{MAPS}/a", {"data": {"k": "another"}})
    protected.reset_requests()
    result = apply(protected, "a", "new", check_mode=check_mode)
    assert result["failed"]
    assert "ConfigMap kubesphere-monitoring-system/a: it is being deleted since 20" in result["msg"]
    assert REMEDY in result["msg"]
    assert [request for request in protected.requests() if request.writes] == []


def test_the_last_applied_state_is_not_written_to_a_config_map_that_is_about_to_vanish(protected: Cluster) -> None:
    protected.patch(RECORD, {"metadata": {"finalizers": [FINALIZER]}})
    protected.delete(RECORD)
    result = apply(protected, "b", "new")
    assert "ConfigMap kubesphere-system/kubesphere-dingtalk: it is being deleted" in result["msg"]
    assert not exists(protected, f"{MAPS}/new")


def test_an_empty_last_applied_state_is_written_to_a_config_map_that_cannot_be_deleted(cluster: Cluster) -> None:
    apply(cluster, "b")
    cluster.patch(RECORD, {"metadata": {"finalizers": [FINALIZER]}})
    assert apply(cluster)["changed"]
    assert "deletionTimestamp" not in cluster.get(RECORD)["metadata"]
    assert not cluster.get(RECORD).get("data")
