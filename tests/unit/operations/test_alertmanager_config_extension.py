# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ``alertmanager_config`` on KubeSphere 4, where the values of an InstallPlan contain the configuration."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.alertmanager_config import OPERATION
from tests.support import inprocess
from tests.support.testbed import Cluster, ClusterSpec, clusters
from tests.support.testbed.stand_ins.extension_controller import PLANS, ExtensionController, alertmanager_configuration

Json = dict[str, Any]

PLAN = f"{PLANS}/whizard-notification"
SECRETS = "/api/v1/namespaces/kubesphere-monitoring-system/secrets"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Cluster]]:
    specs = {"host": ClusterSpec("4.1", "host"), "east": ClusterSpec("4.1", "member", host="host")}
    with clusters(specs, tmp_path_factory.mktemp("four")) as fleet, ExtensionController(fleet["host"]):
        yield fleet


@pytest.fixture
def host(fleet: Mapping[str, Cluster]) -> Iterator[Cluster]:
    yield fleet["host"]
    run(fleet["host"], state="absent")


def run(cluster: Cluster, check_mode: bool = False, **options: Any) -> Json:
    return inprocess.run(OPERATION, {"kubeconfig": str(cluster.kubeconfig), **options}, check_mode)


def values(cluster: Cluster) -> str:
    return str(cluster.get(PLAN)["spec"].get("config", ""))


def test_extension_values_are_edited_and_their_rollout_awaited(host: Cluster) -> None:
    before = values(host)
    result = run(host, route={"repeat_interval": "2h"}, routes=[{"match": {"severity": "critical"}}])
    assert not result.get("failed"), result["msg"]
    assert [(item["kind"], item["name"], item["action"]) for item in result["objects"]] == [
        ("InstallPlan", "whizard-notification", "updated")
    ]
    running = alertmanager_configuration(host)["route"]
    assert running["repeat_interval"] == "2h"
    assert running["routes"][-2] == {"matchers": ['severity="critical"'], "receiver": "prometheus"}
    assert not run(host, route={"repeat_interval": "2h"}, routes=[{"match": {"severity": "critical"}}])["changed"]
    assert run(host, state="absent")["changed"]
    assert values(host) == before


def test_routes_for_the_same_alerts_lead_to_several_receivers(host: Cluster) -> None:
    before = values(host)
    critical: Json = {"match": {"severity": "critical"}, "repeat_interval": "30m"}
    routes = [{**critical, "receiver": "event", "continue": True}, {**critical, "receiver": "prometheus"}]
    for changed in (True, False):
        result = run(host, routes=routes)
        assert (result.get("msg"), result["changed"], result.get("warnings", [])) == (None, changed, [])
    running = alertmanager_configuration(host)["route"]["routes"]
    assert [route["receiver"] for route in running[-3:]] == ["event", "prometheus", "prometheus"]
    assert run(host, state="absent")["changed"]
    assert values(host) == before


def test_settings_without_the_intended_effect_are_warned_of(host: Cluster) -> None:
    before = values(host)
    [warning] = run(host, check_mode=True, routes=[{"match": {"severity": "error"}, "repeat_interval": "7m"}])[
        "warnings"
    ]
    assert 'the route for severity="error": notifications are repeated after 10m, not 7m, because' in warning
    assert values(host) == before


def test_check_mode_stores_nothing(host: Cluster) -> None:
    before = values(host)
    assert run(host, check_mode=True, route={"repeat_interval": "2h"})["changed"]
    assert values(host) == before


def test_command_receives_the_effective_configuration(host: Cluster, tmp_path: Path) -> None:
    before = values(host)
    script = tmp_path / "refuse.py"
    script.write_text("import sys, yaml; sys.exit(str(yaml.safe_load(open(sys.argv[1]))))")
    result = run(host, route={"repeat_interval": "2h"}, validate=f"{sys.executable} {script} %s")
    assert "'repeat_interval': '2h'" in result["msg"]
    assert "'name': 'prometheus'" in result["msg"]
    assert values(host) == before


def test_backup_contains_the_values(host: Cluster) -> None:
    before = values(host)
    name = run(host, route={"repeat_interval": "2h"}, backup=True)["backup_secret"]
    assert name.startswith("whizard-notification-backup-")
    assert base64.b64decode(host.get(f"{SECRETS}/{name}")["data"]["config"]).decode() == before


def test_member_is_rejected_with_the_place_of_its_alertmanager(fleet: Mapping[str, Cluster]) -> None:
    result = run(fleet["east"], route={"repeat_interval": "2h"})
    assert "a member of KubeSphere 4, whose alerts go through the Alertmanager of its host" in result["msg"]
    assert not run(fleet["east"], state="absent")["changed"]


def test_another_secret_can_be_selected(host: Cluster) -> None:
    result = run(host, route={"repeat_interval": "2h"}, secret="other")
    assert "Secret kubesphere-monitoring-system/other: not found on this cluster" in result["msg"]
