# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere 3.3 becomes 3.4 under our feet: the next run puts things right, and doubles nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.integration import surroundings as of
from tests.integration.controller import Run
from tests.integration.surroundings import Json, Surroundings, surroundings
from tests.testbed.fixtures import BOTH, needing_real_parts
from tests.testbed.upgrade import upgrade

CRITICAL = 'severity="critical"'
WISHES: Json = {
    "notification_receivers": {"team": {"chats": ["lab"], "alert_selector": {"matchLabels": {"namespace": "team"}}}},
    "alertmanager_routes": [{"matchers": [CRITICAL], "repeat_interval": "30m"}],
}
SECRET = "/api/v1/secrets/kubesphere-monitoring-system/alertmanager-main"


@dataclass
class History:
    """``plain`` was upgraded likewise and never met us; ``before`` and ``after`` are what the runs around it left."""

    site: Surroundings
    before: dict[str, Json]
    upgraded: dict[str, Json]
    after_run: Run
    after: dict[str, Json]
    repeated: Run
    repeated_writes: int
    torn_down: dict[str, Json]
    plain: dict[str, Json]


@pytest.fixture(scope="module", params=BOTH)
def history(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[History]:
    releases = {"shanghai": "3.3", "plain": "3.3"}
    folder = tmp_path_factory.mktemp("upgrade")
    with needing_real_parts(), surroundings(folder, releases, real=request.param == "real") as site:
        of.set_hosts(site.controller, {"shanghai": site.clusters["shanghai"]})
        site.controller.vars("all", **WISHES)
        site.site()
        before = of.stored(site.clusters["shanghai"])
        site.clusters = {name: upgrade(cluster, "3.4") for name, cluster in site.clusters.items()}
        upgraded = of.stored(site.clusters["shanghai"])
        after_run = site.site("--diff")
        after = of.stored(site.clusters["shanghai"])
        repeated, writes = site.site(), len(site.writes())
        site.run("teardown").must()
        stored = site.stored()
        torn_down, plain = of.without_registry(stored["shanghai"]), stored["plain"]
        yield History(site, before, upgraded, after_run, after, repeated, writes, torn_down, plain)


def routes(objects: dict[str, Json]) -> Json:
    """The root route of Alertmanager's configuration."""
    route: Json = of.alertmanager_document(objects[SECRET])["route"]
    return route


def test_the_upgrade_has_restored_the_default_configuration(history: History) -> None:
    assert routes(history.before)["repeat_interval"] == "2h"
    assert routes(history.upgraded)["repeat_interval"] == "12h"
    assert len(routes(history.upgraded)["routes"]) == len(routes(history.before)["routes"])  # InfoInhibitor's for ours


def test_the_next_run_puts_the_configuration_right(history: History) -> None:
    root = routes(history.after)
    assert root["repeat_interval"] == "2h"
    ours = {"matchers": [CRITICAL], "repeat_interval": "30m", "receiver": "prometheus"}
    assert root["routes"] == [*routes(history.upgraded)["routes"][:-1], ours, routes(history.upgraded)["routes"][-1]]


def test_nothing_is_doubled(history: History) -> None:
    assert set(history.after) == set(history.upgraded)
    receiver = "/apis/notification.kubesphere.io/v2beta2/receivers//global-dingtalk-receiver"
    assert history.after[receiver] == history.upgraded[receiver] == history.before[receiver]


def test_the_run_after_that_changes_nothing(history: History) -> None:
    assert history.repeated.changed == {"shanghai": 0}
    assert history.repeated_writes == 0


def test_teardown_leaves_what_the_upgrade_makes_of_a_cluster_without_us(history: History) -> None:
    assert history.torn_down == history.plain
