# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml and teardown.yml on real API servers with the objects of KubeSphere's installer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.plays import environment as of
from tests.support.plays.check_run import CheckRun
from tests.support.plays.environment import Json, environment
from tests.support.simulators.kubernetes import RecordedRequest
from tests.support.testbed.fixtures import needing_real_parts
from tests.system.realsite import console
from tests.system.realsite.history import DUTY, History, SteadyRun, run_history

pytestmark = pytest.mark.real

HOSTS = ("shanghai", "beijing", "lab")
OPS, LAB = "KubeSphere 运维告警", "KubeSphere lab"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """The example: shanghai and beijing (3.4), lab (3.3)."""
    with needing_real_parts(), environment(tmp_path_factory.mktemp("realsite"), real=True) as site:
        yield run_history(site)


@pytest.fixture(params=["setup", "robot", "changes", "teardown"])
def check_run(history: History, request: pytest.FixtureRequest) -> CheckRun:
    return history.check_runs[request.param]


@pytest.fixture(params=["set up", "changed", "torn down", "set up again"])
def unchanged(history: History, request: pytest.FixtureRequest) -> SteadyRun:
    return history.steady[request.param]


@pytest.fixture(params=["set up", "changed", "set up again"])
def steady(history: History, request: pytest.FixtureRequest) -> SteadyRun:
    return history.steady[request.param]


def expected(history: History, chats: dict[str, list[str]], robot: bool) -> Json:
    """Return inventory host -> the expected settings in its console; lab uses no robot."""
    return {
        host: console.expected([history.site.chat_id(name) for name in names], robot and host != "lab")
        for host, names in chats.items()
    }


def test_consoles_of_both_versions_show_the_settings(history: History) -> None:
    wanted = expected(history, {"shanghai": [OPS], "beijing": [OPS], "lab": [LAB]}, robot=False)
    assert history.set_up.console == wanted


def test_consoles_of_both_versions_show_the_robot(history: History) -> None:
    wanted = expected(history, {"shanghai": [OPS], "beijing": [OPS], "lab": [LAB]}, robot=True)
    assert history.with_robot.console == wanted


def test_consoles_of_both_versions_show_the_added_chat(history: History) -> None:
    wanted = expected(history, {"shanghai": [OPS, DUTY], "beijing": [OPS], "lab": [LAB]}, robot=True)
    assert history.changed.console == wanted


def test_a_host_variable_changes_only_its_cluster(history: History) -> None:
    assert history.set_up.intervals == {"shanghai": "2h", "beijing": "2h", "lab": "1d"}
    assert history.changed.intervals == {"shanghai": "2h", "beijing": "5h", "lab": "1d"}
    assert history.set_up.names == {"shanghai": "shanghai", "beijing": "beijing", "lab": "lab (3.3)"}
    assert history.changed.names == {"shanghai": "shanghai", "beijing": "Beijing", "lab": "lab (3.3)"}


def test_a_change_affects_only_its_clusters(history: History) -> None:
    assert history.check_runs["robot"].real.changed == {"shanghai": 1, "beijing": 1, "lab": 0}
    # The recap of the first host includes the chat.
    assert history.check_runs["changes"].real.changed == {"shanghai": 2, "beijing": 1, "lab": 0}


def test_a_change_affects_only_its_objects(history: History) -> None:
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


def test_a_steady_run_changes_nothing(unchanged: SteadyRun) -> None:
    assert unchanged.run.changed == dict.fromkeys(HOSTS, 0)
    assert unchanged.calls == []


def test_a_steady_run_only_reads(unchanged: SteadyRun) -> None:
    requests = [request for found in unchanged.requests.values() for request in found]
    assert {(request.verb, request.method) for request in requests} <= {("get", "GET"), ("list", "GET")}


def test_a_steady_run_reads_each_managed_object_once(steady: SteadyRun) -> None:
    assert {host: reads_of_managed(requests) for host, requests in steady.requests.items()} == {
        "shanghai": dict.fromkeys(managed("v2beta2"), 1),
        "beijing": dict.fromkeys(managed("v2beta2"), 1),
        "lab": dict.fromkeys(managed("v2beta1"), 1),
    }


def test_a_check_run_stores_nothing(check_run: CheckRun) -> None:
    assert check_run.between == check_run.before
    assert check_run.calls == []


def test_a_check_run_sends_writes_as_dry_run(check_run: CheckRun) -> None:
    assert [request for request in check_run.requests if request.writes] == []
    assert any(request.dry_run and request.status in (200, 201) for request in check_run.requests)


def test_the_real_run_has_the_diff_of_the_check_run(check_run: CheckRun) -> None:
    assert check_run.diffs(check_run.checked_run) == check_run.diffs(check_run.real)


def test_the_real_run_changes_exactly_the_objects_of_the_check_run(check_run: CheckRun) -> None:
    assert check_run.predicted == check_run.changed
    assert check_run.checked_run.changed == check_run.real.changed


def test_teardown_restores_the_state_of_the_installer(history: History) -> None:
    before, after = history.installed.stored, history.torn_down.stored
    assert after["lab"] == before["lab"]
    assert after["beijing"] == before["beijing"]
    assert of.without_registry(after["shanghai"]) == before["shanghai"]


def test_the_next_setup_restores_the_settings_with_the_same_chats(history: History) -> None:
    assert history.again.console == history.changed.console
    assert {host: of.without_registry(items) for host, items in history.again.stored.items()} == {
        host: of.without_registry(items) for host, items in history.changed.stored.items()
    }
    assert sorted(chat.name for chat in history.site.dingtalk.chats()) == sorted([OPS, LAB, DUTY])


def managed(version: str) -> tuple[str, ...]:
    """Return the paths of all managed objects of a release with that API version."""
    return (
        of.CONFIG.format(version=version),
        of.RECEIVER.format(version=version),
        of.MANAGER,
        of.CREDENTIALS,
        of.ALERTMANAGER,
    )


def reads_of_managed(requests: list[RecordedRequest]) -> dict[str, int]:
    """Return path -> number of reads of managed objects, in all API versions."""
    every = {path for version in console.VERSIONS for path in managed(version)}
    return dict(Counter(request.path for request in requests if request.path in every))
