# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml and teardown.yml on real API servers of each supported release, from an installer's cluster and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.plays import environment as of
from tests.support.plays.check_run import CheckRun
from tests.support.plays.environment import Json, surroundings
from tests.support.simulators.kubernetes import RecordedRequest
from tests.support.testbed.fixtures import needing_real_parts
from tests.system.realsite import console
from tests.system.realsite.history import DUTY, History, Quiet, live

pytestmark = pytest.mark.real

HOSTS = ("shanghai", "beijing", "lab")
OPS, LAB = "KubeSphere 运维告警", "KubeSphere lab"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """The example: shanghai and beijing (3.4), lab (3.3)."""
    with needing_real_parts(), surroundings(tmp_path_factory.mktemp("realsite"), real=True) as site:
        yield live(site)


@pytest.fixture(params=["set-up", "robot", "changes", "teardown"])
def check_run(history: History, request: pytest.FixtureRequest) -> CheckRun:
    return history.check_runs[request.param]


@pytest.fixture(params=["set up", "changed", "torn down", "set up again"])
def quiet(history: History, request: pytest.FixtureRequest) -> Quiet:
    return history.quiet[request.param]


@pytest.fixture(params=["set up", "changed", "set up again"])
def steady(history: History, request: pytest.FixtureRequest) -> Quiet:
    return history.quiet[request.param]


def expected(history: History, chats: dict[str, list[str]], robot: bool) -> Json:
    """Inventory host -> what its console has to read; the lab uses no robot."""
    return {
        host: console.expected([history.site.chat_id(name) for name in names], robot and host != "lab")
        for host, names in chats.items()
    }


def test_consoles_of_both_versions_read_what_was_set_up(history: History) -> None:
    wanted = expected(history, {"shanghai": [OPS], "beijing": [OPS], "lab": [LAB]}, robot=False)
    assert history.set_up.console == wanted


def test_consoles_of_both_versions_read_the_robot(history: History) -> None:
    wanted = expected(history, {"shanghai": [OPS], "beijing": [OPS], "lab": [LAB]}, robot=True)
    assert history.with_robot.console == wanted


def test_consoles_of_both_versions_read_the_chat_that_was_added(history: History) -> None:
    wanted = expected(history, {"shanghai": [OPS, DUTY], "beijing": [OPS], "lab": [LAB]}, robot=True)
    assert history.changed.console == wanted


def test_a_variable_changes_the_cluster_that_it_belongs_to(history: History) -> None:
    assert history.set_up.intervals == {"shanghai": "2h", "beijing": "2h", "lab": "1d"}
    assert history.changed.intervals == {"shanghai": "2h", "beijing": "5h", "lab": "1d"}
    assert history.set_up.names == {"shanghai": "shanghai", "beijing": "beijing", "lab": "lab (3.3)"}
    assert history.changed.names == {"shanghai": "shanghai", "beijing": "Beijing", "lab": "lab (3.3)"}


def test_a_change_touches_the_clusters_that_it_is_for(history: History) -> None:
    assert history.check_runs["robot"].real.changed == {"shanghai": 1, "beijing": 1, "lab": 0}
    # The first host's recap has the chat as well.
    assert history.check_runs["changes"].real.changed == {"shanghai": 2, "beijing": 1, "lab": 0}


def test_a_change_touches_the_objects_that_it_is_for(history: History) -> None:
    receiver = ("receivers", "", "global-dingtalk-receiver")
    manager = ("notificationmanagers", "", "notification-manager")
    credentials = ("secrets", "kubesphere-monitoring-federated", console.SECRET)
    alertmanager = ("secrets", "kubesphere-monitoring-system", "alertmanager-main")
    assert history.check_runs["robot"].changed["beijing"] == {receiver, credentials}
    assert history.check_runs["changes"].changed == {
        "shanghai": {receiver},
        "beijing": {manager, alertmanager},
        "lab": set(),
    }


def test_a_run_with_nothing_to_do_changes_nothing(quiet: Quiet) -> None:
    assert quiet.run.changed == dict.fromkeys(HOSTS, 0)
    assert quiet.calls == []


def test_a_run_with_nothing_to_do_only_reads(quiet: Quiet) -> None:
    requests = [request for found in quiet.requests.values() for request in found]
    assert {(request.verb, request.method) for request in requests} == {("get", "GET")}


def test_a_steady_run_reads_each_managed_object_once(steady: Quiet) -> None:
    assert {host: reads_of_managed(requests) for host, requests in steady.requests.items()} == {
        "shanghai": dict.fromkeys(managed("v2beta2"), 1),
        "beijing": dict.fromkeys(managed("v2beta2"), 1),
        "lab": dict.fromkeys(managed("v2beta1"), 1),
    }


def test_a_rehearsal_stores_nothing(check_run: CheckRun) -> None:
    assert check_run.between == check_run.before
    assert check_run.calls == []


def test_a_rehearsal_has_the_servers_check_every_write(check_run: CheckRun) -> None:
    assert [request for request in check_run.requests if request.writes] == []
    assert any(request.dry_run and request.status in (200, 201) for request in check_run.requests)


def test_the_real_run_shows_the_diff_of_the_rehearsal(check_run: CheckRun) -> None:
    assert check_run.diffs(check_run.checked_run) == check_run.diffs(check_run.real)


def test_the_real_run_changes_the_objects_of_the_rehearsal_and_no_other(check_run: CheckRun) -> None:
    assert check_run.announced == check_run.changed
    assert check_run.checked_run.changed == check_run.real.changed


def test_teardown_leaves_what_the_installer_left(history: History) -> None:
    before, after = history.installed.stored, history.torn_down.stored
    assert after["lab"] == before["lab"]
    assert after["beijing"] == before["beijing"]
    assert of.without_registry(after["shanghai"]) == before["shanghai"]


def test_set_up_again_everything_is_as_it_was_with_the_same_chats(history: History) -> None:
    assert history.again.console == history.changed.console
    assert {host: of.without_registry(items) for host, items in history.again.stored.items()} == {
        host: of.without_registry(items) for host, items in history.changed.stored.items()
    }
    assert sorted(chat.name for chat in history.site.dingtalk.chats()) == sorted([OPS, LAB, DUTY])


def managed(version: str) -> tuple[str, ...]:
    """The paths of all managed objects, where a release's settings are of that API version."""
    return (
        of.CONFIG.format(version=version),
        of.RECEIVER.format(version=version),
        of.MANAGER,
        of.CREDENTIALS,
        of.ALERTMANAGER,
    )


def reads_of_managed(requests: list[RecordedRequest]) -> dict[str, int]:
    """Path -> number of reads, in every API version of managed objects."""
    every = {path for version in console.VERSIONS for path in managed(version)}
    return dict(Counter(request.path for request in requests if request.path in every))
