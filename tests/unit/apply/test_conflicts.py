# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conflicts between read and write: a new plan is validated, backed up, masked and recorded like the first one."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import alertmanager_config, cluster_config
from tests.support.fixtures.cluster import Run
from tests.support.simulators.kubernetes import Fault, KubernetesSimulator
from tests.support.testbed import Cluster
from tests.support.testbed.client import APPLY_PATCH

SECRETS = "/api/v1/namespaces/kubesphere-monitoring-system/secrets"
ALERTMANAGER = f"{SECRETS}/alertmanager-main"
MAPS = "/api/v1/namespaces/kubesphere-monitoring-system/configmaps"
ROUTE = {"repeat_interval": "2h"}


def text(cluster: Cluster, path: str = ALERTMANAGER) -> str:
    return base64.b64decode(cluster.get(path)["data"]["alertmanager.yaml"]).decode()


def document(cluster: Cluster) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(text(cluster))
    return parsed


def edit(cluster: Cluster, change: Callable[[dict[str, Any]], object]) -> None:
    """Edit Alertmanager's configuration as an administrator does."""
    content = document(cluster)
    change(content)
    cluster.patch(ALERTMANAGER, {"stringData": {"alertmanager.yaml": yaml.safe_dump(content)}})


def faults(cluster: Cluster) -> Any:
    assert isinstance(cluster.simulator, KubernetesSimulator)
    return cluster.simulator.faults


def edit_concurrently(cluster: Cluster, change: Callable[[dict[str, Any]], object]) -> None:
    """Edit the configuration just before the next write arrives."""
    faults(cluster).add(Fault("PUT", ALERTMANAGER, hook=lambda: edit(cluster, change)))


def test_the_merged_text_is_validated(run: Run, cluster: Cluster, tmp_path: Path) -> None:
    script = tmp_path / "refuse.py"
    script.write_text("import sys; sys.exit('found team-a' if 'team-a' in open(sys.argv[1]).read() else 0)")
    edit_concurrently(cluster, lambda content: content["receivers"].append({"name": "team-a"}))
    result = run(alertmanager_config.OPERATION, route=ROUTE, validate=f"{sys.executable} {script} %s")
    assert "found team-a" in result["msg"]
    assert document(cluster)["route"]["repeat_interval"] == "12h"


def test_the_backup_contains_the_replaced_text(run: Run, cluster: Cluster) -> None:
    edit_concurrently(cluster, lambda content: content["receivers"].append({"name": "team-a"}))
    result = run(alertmanager_config.OPERATION, route=ROUTE, backup=True)
    assert "team-a" in text(cluster, f"{SECRETS}/{result['backup_secret']}")


def test_two_backups_in_one_second_have_different_names(run: Run, cluster: Cluster) -> None:
    intervals = ("2h", "3h")
    names = [
        run(alertmanager_config.OPERATION, route={"repeat_interval": interval}, backup=True)["backup_secret"]
        for interval in intervals
    ]
    assert ["12h" in text(cluster, f"{SECRETS}/{name}") for name in names] == [True, False]


def test_secrets_that_were_added_concurrently_are_masked(run: Run, cluster: Cluster) -> None:
    cluster.post(SECRETS, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}})
    change = {"stringData": {"unmanaged": "planted-secret"}}
    faults(cluster).add(Fault("PUT", f"{SECRETS}/s", hook=lambda: cluster.patch(f"{SECRETS}/s", change)))
    faults(cluster).add(Fault("PUT", f"{SECRETS}/s", skip=1, status=422, message="no planted-secret here"))
    metadata = {"name": "s", "namespace": "kubesphere-monitoring-system"}
    desired = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"managed": "another-one"}}
    result = run(cluster_config.OPERATION, manifests=[desired])
    assert result["failed"]
    assert "planted-secret" not in str(result)


def test_the_replaced_value_is_restored_after_a_conflict_and_an_interrupted_run(run: Run, cluster: Cluster) -> None:
    edit_concurrently(cluster, lambda content: content["route"].update(repeat_interval="6h"))
    faults(cluster).add(Fault("PUT", ALERTMANAGER, skip=1, cut="after"))
    assert run(alertmanager_config.OPERATION, route=ROUTE)["failed"]
    assert document(cluster)["route"]["repeat_interval"] == "2h"
    run(alertmanager_config.OPERATION, state="absent")
    assert document(cluster)["route"]["repeat_interval"] == "6h"


def test_a_receiver_that_others_use_is_not_removed_and_reported(run: Run, cluster: Cluster) -> None:
    receivers = [{"name": "used"}, {"name": "unused"}]
    run(alertmanager_config.OPERATION, receivers=receivers, route=ROUTE)
    edit(cluster, lambda content: content["route"]["routes"].append({"receiver": "used"}))
    result = run(alertmanager_config.OPERATION, state="absent")
    after = document(cluster)
    names = [receiver["name"] for receiver in after["receivers"]]
    assert ("used" in names, "unused" in names) == (True, False)
    assert after["route"]["repeat_interval"] == "12h"
    [warning] = result["warnings"]
    assert "not removed: /data/alertmanager.yaml#/receivers/[name=used]" in warning
    assert "undefined receiver 'used'" in warning


def test_an_object_that_is_repeatedly_created_and_deleted_ends_with_an_error(run: Run, cluster: Cluster) -> None:
    path = f"{MAPS}/a"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}

    def create() -> None:
        cluster.patch(path, body, content_type=APPLY_PATCH, fieldManager="other-editor")

    def delete() -> None:
        cluster.client.send("DELETE", path)

    creations = faults(cluster).add(Fault("POST", MAPS, times=0, hook=create))
    deletions = faults(cluster).add(Fault("PUT", path, times=0, hook=delete))
    metadata = {"name": "a", "namespace": "kubesphere-monitoring-system"}
    result = run(cluster_config.OPERATION, manifests=[{**body, "metadata": metadata, "data": {"k": "v"}}])
    assert "Conflict: ConfigMap kubesphere-monitoring-system/a was modified concurrently" in result["msg"]
    assert creations.hits <= 6
    assert deletions.hits <= 6


def test_a_reference_that_others_changed_is_preserved_as_one_value(run: Run, cluster: Cluster) -> None:
    path = "/apis/notification.kubesphere.io/v2beta2/configs/default-dingtalk-config"

    def conversation(name: str) -> dict[str, Any]:
        return {key: {"valueFrom": {"secretKeyRef": {"name": name, "key": key}}} for key in ("appkey", "appsecret")}

    api_version, metadata = "notification.kubesphere.io/v2beta2", {"name": "default-dingtalk-config"}
    spec = {"dingtalk": {"conversation": conversation("managed")}}
    config = {"apiVersion": api_version, "kind": "Config", "metadata": metadata, "spec": spec}
    run(cluster_config.OPERATION, manifests=[config], name="set")
    cluster.patch(path, {"spec": {"dingtalk": {"conversation": conversation("unmanaged")}}})
    result = run(cluster_config.OPERATION, manifests=[config], name="set", state="absent")
    assert not result.get("failed"), result["msg"]
    assert cluster.get(path)["spec"]["dingtalk"] == {"conversation": conversation("unmanaged")}
