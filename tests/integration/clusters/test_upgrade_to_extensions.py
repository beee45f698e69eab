# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrade from KubeSphere 3.4 to 4: the next run restores the settings, and a teardown leaves no copied secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.plays import environment as of
from tests.support.plays.built_in_alerts import fire_built_in
from tests.support.plays.environment import Environment, Json, environment
from tests.support.testbed import Cluster
from tests.support.testbed.fixtures import BOTH, needing_real_parts
from tests.support.testbed.installer.extensions_upgrade import upgrade_to_extensions
from tests.support.testbed.installer.objects import FEDERATED, MONITORING

RECEIVER = "/apis/notification.kubesphere.io/v2beta2/receivers//global-dingtalk-receiver"
PLANS = "/apis/kubesphere.io/v1alpha1/installplans"
CREDENTIALS = "global-dingtalk-config-secret"


@contextmanager
def upgraded(
    folder: Path, version: str, keeps_configuration: bool = False, real: bool = False
) -> Iterator[Environment]:
    """Yield a cluster of 3.4 with settings, and ``plain`` without any, after their upgrade."""
    with environment(folder, {"shanghai": "3.4", "plain": "3.4"}, real=real) as site:
        of.set_hosts(site.controller, {"shanghai": site.clusters["shanghai"]})
        team = {"chats": ["lab"], "robot": "ops_robot", "alert_selector": {"matchLabels": {"namespace": "team"}}}
        site.run("chats").must()
        site.add_robot()
        site.controller.vars("all", notification_receivers={"team": team}, notification_robot="ops_robot")
        site.controller.vars("all", kubesphere_wait_timeout=0)
        site.site()
        site.clusters = {
            name: upgrade_to_extensions(cluster, version, keeps_configuration)
            for name, cluster in site.clusters.items()
        }
        yield site


def objects(cluster: Cluster) -> dict[str, Json]:
    """Return path -> object, with InstallPlans, in which the cluster has no name, and without the chat registry."""
    plans = {f"{PLANS}/{item['metadata']['name']}": item["spec"] for item in cluster.list(PLANS)}
    text = json.dumps(plans).replace(f'"{cluster.name}"', '"cluster"')
    return {**of.without_registry(of.stored(cluster)), **json.loads(text)}


def secrets(cluster: Cluster) -> list[str]:
    """Return the places of Secrets with credentials of DingTalk."""
    found = [path for path in of.stored(cluster) if path.startswith("/api/v1/secrets/")]
    return sorted(path.removeprefix("/api/v1/secrets/") for path in found if path.endswith("-config-secret"))


@pytest.mark.parametrize("server", BOTH)
@pytest.mark.parametrize(("version", "keeps_configuration"), [("4.1", False), ("4.2", True)])
def test_the_next_run_restores_the_settings_and_a_teardown_removes_them(
    tmp_path: Path, version: str, keeps_configuration: bool, server: str
) -> None:
    with needing_real_parts(), upgraded(tmp_path, version, keeps_configuration, server == "real") as site:
        cluster = site.clusters["shanghai"]
        names = [CREDENTIALS, "team-config-secret"]
        assert secrets(cluster) == [f"{place}/{name}" for place in (FEDERATED, MONITORING) for name in names]
        receiver = of.stored(cluster)[RECEIVER]
        run = site.site()
        facts = run.one("cluster_config")["kubesphere_cluster"]
        assert (facts["release"], facts["role"], facts["assumed_release"]) == (version, "host", "")
        assert secrets(cluster) == [f"{MONITORING}/{name}" for name in names]
        assert of.stored(cluster)[RECEIVER] == receiver
        assert cluster.get(of.MANAGER)["spec"]["receivers"]["options"]["global"] == {"cluster": "shanghai"}
        if server != "real":
            delivered = fire_built_in(site, cluster, "shanghai", is_host=True)
            assert delivered
            assert [item.error for item in delivered if item.error] == []
        repeated = site.site()
        assert repeated.changed == {"shanghai": 0}
        assert site.writes() == []
        site.run("teardown").must()
        assert secrets(cluster) == []
        assert objects(cluster) == objects(site.clusters["plain"])


def test_a_teardown_right_after_the_upgrade_removes_the_copied_secrets(tmp_path: Path) -> None:
    with upgraded(tmp_path, "4.1") as site:
        site.run("teardown").must()
        assert secrets(site.clusters["shanghai"]) == []
        assert objects(site.clusters["shanghai"]) == objects(site.clusters["plain"])


def test_a_copy_that_others_changed_is_preserved(tmp_path: Path) -> None:
    with upgraded(tmp_path, "4.1") as site:
        cluster = site.clusters["shanghai"]
        place = f"/api/v1/namespaces/{MONITORING}/secrets/{CREDENTIALS}"
        cluster.patch(place, {"stringData": {"appsecret": "renewed-by-others", "other": "1"}})
        run = site.run("teardown").must()
        assert set(cluster.get(place)["data"]) == {"appsecret", "other"}
        warnings = json.dumps(run.one("cluster_config")["warnings"])
        assert f"Secret {MONITORING}/{CREDENTIALS}: not removed: /data/appsecret" in warnings
        assert "renewed-by-others" not in run.output
