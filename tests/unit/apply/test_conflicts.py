# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else between our read and our write: what is planned anew gets all that a first plan gets."""

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
    """Change Alertmanager's configuration, as an administrator would."""
    content = document(cluster)
    change(content)
    cluster.patch(ALERTMANAGER, {"stringData": {"alertmanager.yaml": yaml.safe_dump(content)}})


def faults(cluster: Cluster) -> Any:
    assert isinstance(cluster.simulator, KubernetesSimulator)
    return cluster.simulator.faults


def meanwhile(cluster: Cluster, change: Callable[[dict[str, Any]], object]) -> None:
    """Let somebody edit the configuration just before our next write arrives."""
    faults(cluster).add(Fault("PUT", ALERTMANAGER, hook=lambda: edit(cluster, change)))


def test_the_text_that_is_really_written_is_validated(run: Run, cluster: Cluster, tmp_path: Path) -> None:
    script = tmp_path / "refuse.py"
    script.write_text("import sys; sys.exit('theirs is in it' if 'theirs' in open(sys.argv[1]).read() else 0)")
    meanwhile(cluster, lambda content: content["receivers"].append({"name": "theirs"}))
    result = run(alertmanager_config.OPERATION, route=ROUTE, validate=f"{sys.executable} {script} %s")
    assert "theirs is in it" in result["msg"]
    assert document(cluster)["route"]["repeat_interval"] == "12h"


def test_the_backup_is_what_was_really_replaced(run: Run, cluster: Cluster) -> None:
    meanwhile(cluster, lambda content: content["receivers"].append({"name": "theirs"}))
    result = run(alertmanager_config.OPERATION, route=ROUTE, backup=True)
    assert "theirs" in text(cluster, f"{SECRETS}/{result['backup_secret']}")


def test_two_backups_in_one_second_are_two(run: Run, cluster: Cluster) -> None:
    intervals = ("2h", "3h")
    names = [
        run(alertmanager_config.OPERATION, route={"repeat_interval": interval}, backup=True)["backup_secret"]
        for interval in intervals
    ]
    assert ["12h" in text(cluster, f"{SECRETS}/{name}") for name in names] == [True, False]


def test_secrets_that_came_meanwhile_are_hidden(run: Run, cluster: Cluster) -> None:
    cluster.post(SECRETS, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}})
    put = {"stringData": {"theirs": "planted-secret"}}
    faults(cluster).add(Fault("PUT", f"{SECRETS}/s", hook=lambda: cluster.patch(f"{SECRETS}/s", put)))
    faults(cluster).add(Fault("PUT", f"{SECRETS}/s", skip=1, status=422, message="no planted-secret here"))
    metadata = {"name": "s", "namespace": "kubesphere-monitoring-system"}
    desired = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"ours": "another-one"}}
    result = run(cluster_config.OPERATION, manifests=[desired])
    assert result["failed"]
    assert "planted-secret" not in str(result)


def test_a_kill_after_a_lost_race_still_gives_back_what_was_replaced(run: Run, cluster: Cluster) -> None:
    meanwhile(cluster, lambda content: content["route"].update(repeat_interval="6h"))
    faults(cluster).add(Fault("PUT", ALERTMANAGER, skip=1, cut="after"))
    assert run(alertmanager_config.OPERATION, route=ROUTE)["failed"]
    assert document(cluster)["route"]["repeat_interval"] == "2h"
    run(alertmanager_config.OPERATION, state="absent")
    assert document(cluster)["route"]["repeat_interval"] == "6h"


def test_a_receiver_that_others_use_stays_and_is_named(run: Run, cluster: Cluster) -> None:
    receivers = [{"name": "ours"}, {"name": "unused"}]
    run(alertmanager_config.OPERATION, receivers=receivers, route=ROUTE)
    edit(cluster, lambda content: content["route"]["routes"].append({"receiver": "ours"}))
    result = run(alertmanager_config.OPERATION, state="absent")
    after = document(cluster)
    names = [receiver["name"] for receiver in after["receivers"]]
    assert ("ours" in names, "unused" in names) == (True, False)
    assert after["route"]["repeat_interval"] == "12h"
    [warning] = result["warnings"]
    assert "not removed: /data/alertmanager.yaml#/receivers/[name=ours]" in warning
    assert "names receiver 'ours'" in warning


def test_an_object_that_comes_and_goes_ends_with_a_true_message(run: Run, cluster: Cluster) -> None:
    path = f"{MAPS}/a"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}

    def appear() -> None:
        cluster.patch(path, body, content_type=APPLY_PATCH, fieldManager="somebody")

    def vanish() -> None:
        cluster.client.send("DELETE", path)

    came = faults(cluster).add(Fault("POST", MAPS, times=0, hook=appear))
    went = faults(cluster).add(Fault("PUT", path, times=0, hook=vanish))
    metadata = {"name": "a", "namespace": "kubesphere-monitoring-system"}
    result = run(cluster_config.OPERATION, manifests=[{**body, "metadata": metadata, "data": {"k": "v"}}])
    assert "Somebody else keeps changing the object ConfigMap kubesphere-monitoring-system/a" in result["msg"]
    assert came.hits <= 6
    assert went.hits <= 6


def test_a_reference_that_others_changed_stays_whole(run: Run, cluster: Cluster) -> None:
    path = "/apis/notification.kubesphere.io/v2beta2/configs/default-dingtalk-config"

    def conversation(name: str) -> dict[str, Any]:
        return {key: {"valueFrom": {"secretKeyRef": {"name": name, "key": key}}} for key in ("appkey", "appsecret")}

    api_version, metadata = "notification.kubesphere.io/v2beta2", {"name": "default-dingtalk-config"}
    spec = {"dingtalk": {"conversation": conversation("ours")}}
    config = {"apiVersion": api_version, "kind": "Config", "metadata": metadata, "spec": spec}
    run(cluster_config.OPERATION, manifests=[config], name="set")
    cluster.patch(path, {"spec": {"dingtalk": {"conversation": conversation("theirs")}}})
    result = run(cluster_config.OPERATION, manifests=[config], name="set", state="absent")
    assert not result.get("failed"), result["msg"]
    assert cluster.get(path)["spec"]["dingtalk"] == {"conversation": conversation("theirs")}
