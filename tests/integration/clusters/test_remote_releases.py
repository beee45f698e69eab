# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster behind a remote host is configured as one that is accessed from the controller, on every release line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.clusters.test_remote import Twins, comparable, comparable_result, play, prepare
from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Json, environment
from tests.support.testbed import Cluster
from tests.support.testbed.installer.releases import KUBESPHERE_4, RELEASES

#: Their Alertmanager 0.21 has no ``matchers``, so a route for all but one value cannot be written.
WITHOUT_MATCHERS = ("3.1", "3.2")

FEATURES = {"features": ["notification", "alertmanager"]}
CRITICAL = {"matchers": ['severity = "critical"'], "receiver": "Default", "repeat_interval": "30m"}
NOT_INFO = {"matchers": ['severity != "info"'], "receiver": "Default", "repeat_interval": "2h"}


def routes(*items: Json) -> Json:
    return {"vars": {"alertmanager_routes": list(items)}}


def document(route: Json) -> Json:
    """A manifest that edits the document of Alertmanager, without a word about the release."""
    metadata = {"name": "alertmanager-main", "namespace": "kubesphere-monitoring-system"}
    edits = {"alertmanager.yaml": {"route": {"routes": [route]}}}
    return {"manifests": [{"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": edits}]}


def tasks(release: str) -> list[tuple[str, Json, Json]]:
    manifest: tuple[str, Json, Json] = ("cluster_config", document(NOT_INFO), {})
    manifests = [] if release in KUBESPHERE_4 else [manifest]
    return [
        ("cluster_info", {}, {}),
        ("cluster_config", FEATURES, routes(CRITICAL)),
        ("cluster_config", FEATURES, routes(CRITICAL, NOT_INFO)),
        ("cluster_config", FEATURES, routes(CRITICAL)),
        *manifests,
    ]


TEARDOWN: list[tuple[str, Json, Json]] = [("cluster_config", {**FEATURES, "state": "absent"}, {})]


@pytest.fixture(scope="module", params=RELEASES)
def twins(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    release = request.param
    with environment(tmp_path_factory.mktemp("remote"), {"here": release, "there": release}) as site:
        prepare(site)
        site.controller.vars("all", kubesphere_wait_timeout=0)
        before = site.stored()
        run = site.run(site.controller.playbook([play(tasks(release))]), "--diff").must()
        stored = site.stored()
        for cluster in site.clusters.values():
            switch_off(cluster, run)
        teardown = site.run(site.controller.playbook([play(TEARDOWN)])).must()
        twins = Twins(site, run, stored, before, site.stored())
        for item in [*run.results, *teardown.results]:
            twins.results[item.host].append({"outcome": item.outcome, **item.result})
        yield twins


def switch_off(cluster: Cluster, run: Run) -> None:
    """Change a managed field of the Receiver, as an administrator would: teardown warns that it is not removed."""
    version = run.of("cluster_info")["here"]["kubesphere_cluster"]["notification_api_version"]
    receiver = f"/apis/notification.kubesphere.io/{version}/receivers/global-dingtalk-receiver"
    cluster.patch(receiver, {"spec": {"dingtalk": {"enabled": False}}})


def with_warnings(result: Json) -> Json:
    """Return a result without keys that depend on the invocation, warnings included.

    Only the action finds out whether alerts arrive.
    """
    warnings = [str(warning) for warning in result.get("warnings") or []]
    return {
        **comparable_result(result),
        "warnings": [text for text in warnings if not text.startswith("Alerts do not arrive: ")],
    }


def release_of(twins: Twins) -> Any:
    return twins.results["here"][0]["kubesphere_cluster"]["release"]


def test_results_and_warnings_are_the_same(twins: Twins) -> None:
    here, there = ([with_warnings(result) for result in twins.results[host]] for host in ("here", "there"))
    assert there == here


def test_stored_objects_are_the_same(twins: Twins) -> None:
    here, there = (comparable(twins.stored[host]) for host in ("here", "there"))
    assert there == here


def test_a_field_that_others_changed_is_a_warning_of_the_teardown_either_way(twins: Twins) -> None:
    for host in ("here", "there"):
        warnings = [str(warning) for warning in twins.results[host][-1]["warnings"]]
        assert any("not removed: /spec/dingtalk/enabled" in warning for warning in warnings)


def test_a_matcher_that_the_alertmanager_lacks_is_refused_either_way(twins: Twins) -> None:
    expected = "failed" if release_of(twins) in WITHOUT_MATCHERS else "ok"
    for host in ("here", "there"):
        results = twins.results[host]
        by_manifest = [result["outcome"] for result in results[4:-1]]
        assert [results[2]["outcome"], *by_manifest] == [expected] * (1 + len(by_manifest))


def test_no_route_has_matchers_that_the_alertmanager_lacks(twins: Twins) -> None:
    if release_of(twins) in WITHOUT_MATCHERS:
        for host in ("here", "there"):
            found = [*twins.stored[host].values()]
            assert "matchers:" not in str([of.secret_texts(twins.site.clusters[host], of.ALERTMANAGER), found])
