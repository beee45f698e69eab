# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollouts in batches: a failed cluster fails alone, a canary stops the rollout on request, and a summary ends both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.cores import NEWEST, OLDEST, venv_with
from tests.support.plays.environment import Environment, copy_with_another_address, environment
from tests.support.simulators.kubernetes import Fault

FLEET = ("first", "second", "third", "fourth")
PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
SITE, REPORT = PLAYBOOKS / "site.yml", PLAYBOOKS / "parts" / "report.yml"
NEW_INTERVAL = {"repeat_interval": "7h"}


@pytest.fixture(scope="module")
def clusters_of_a_core(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    with environment(tmp_path_factory.mktemp("rollouts"), dict.fromkeys(FLEET, "3.4")) as site:
        yield site


@pytest.fixture(params=[NEWEST, OLDEST])
def fleet(request: pytest.FixtureRequest, clusters_of_a_core: Environment) -> Iterator[Environment]:
    """Four clusters whose only desired change is Alertmanager's repeat interval, without DingTalk."""
    site = clusters_of_a_core
    site.controller.venv = venv_with(request.param)
    site.controller.vars("all", alertmanager_route=NEW_INTERVAL)
    site.controller.vars("all", dingtalk_chats={}, dingtalk_robots={}, notification_chats=[], notification_robot="")
    texts = {name: of.secret_texts(item, of.ALERTMANAGER)["alertmanager.yaml"] for name, item in site.clusters.items()}
    yield site
    site.controller.environment.clear()
    of.set_hosts(site.controller, site.clusters)
    for name, cluster in site.clusters.items():
        of.simulator(cluster).faults.clear()
        site.controller.vars(name, ansible_connection="local")
        of.set_alertmanager(cluster, texts[name])
        if of.exists(cluster, of.CONFIG_MAP):
            cluster.delete(of.CONFIG_MAP)


def break_cluster(site: Environment, *names: str) -> None:
    for name in names:
        of.simulator(site.clusters[name]).faults.add(Fault("PUT", status=422, times=0, message="refused for the test"))


def behind_ssh(site: Environment, name: str) -> None:
    """Let Ansible itself find a host unreachable, unlike a cluster whose API server does not answer."""
    site.controller.vars(name, ansible_connection="ssh", ansible_host="127.0.0.1", ansible_port=1)


def configured(site: Environment) -> list[str]:
    """Return the clusters that have the new interval."""
    return [
        name
        for name, cluster in site.clusters.items()
        if of.alertmanager(cluster)["route"]["repeat_interval"] == NEW_INTERVAL["repeat_interval"]
    ]


def failed(run: Run) -> list[str]:
    """Return the hosts that the recap, and therefore the retry file, shows as failed."""
    return [host for host, counts in run.stats.items() if counts["failures"] or counts["unreachable"]]


def roll_out(site: Environment, serial: Any, limit: Any = None, playbook: str = "site") -> Run:
    limits = {} if limit is None else {"kubesphere_max_fail_percentage": limit}
    return site.run(playbook, extra={"kubesphere_serial": serial, **limits})


@pytest.mark.parametrize(
    ("serial", "breaking"),
    [(1, break_cluster), ("1", behind_ssh), ([1, 10, "100%"], break_cluster), ("100%", behind_ssh)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_failed_cluster_fails_alone_in_any_batch(
    fleet: Environment, serial: Any, breaking: Callable[[Environment, str], None]
) -> None:
    breaking(fleet, "first")
    run = roll_out(fleet, serial).must(succeed=False)
    assert configured(fleet) == ["second", "third", "fourth"]
    assert failed(run) == ["first"]
    assert run.summary[0] == "4 clusters: 3 changed, 0 unchanged, 1 failed"
    assert any(line.startswith("FAILED first: ") for line in run.summary)


@pytest.mark.parametrize("serial", [1, "100%"], ids=str)
def test_every_failed_cluster_is_in_the_summary_even_if_all_fail(fleet: Environment, serial: Any) -> None:
    break_cluster(fleet, *FLEET)
    run = roll_out(fleet, serial).must(succeed=False)
    assert sorted(failed(run)) == sorted(FLEET)
    assert run.summary[0] == "4 clusters: 0 changed, 0 unchanged, 4 failed"
    assert "refused for the test" in run.errors["fourth"]


@pytest.mark.parametrize("breaking", [break_cluster, behind_ssh], ids=["failed", "unreachable"])
def test_a_failed_canary_stops_the_rollout_on_request(
    fleet: Environment, breaking: Callable[[Environment, str], None]
) -> None:
    breaking(fleet, "first")
    run = roll_out(fleet, [1, "100%"], 0).must(succeed=False)
    assert configured(fleet) == []
    assert failed(run) == ["first"]
    assert run.summary[0] == "4 clusters: 0 changed, 0 unchanged, 1 failed, 3 not attempted"
    assert (
        "STOPPED 1 of 1 clusters of a batch failed (first), which is more than 0 percent "
        "(kubesphere_max_fail_percentage). Not attempted: second, third, fourth (KD111)"
    ) in run.summary


def test_a_canary_without_fault_lets_the_others_follow(fleet: Environment) -> None:
    run = roll_out(fleet, [1, "100%"], 0).must()
    assert configured(fleet) == list(FLEET)
    assert "\n1 of 4 clusters done, 0 failed\n" in run.stdout
    assert "\n4 of 4 clusters done, 0 failed\n" in run.stdout


def test_a_rollout_in_one_batch_needs_no_progress(fleet: Environment) -> None:
    assert "clusters done" not in roll_out(fleet, "100%").must().stdout


def test_a_rollout_stops_after_a_batch_with_more_failures_than_the_limit(fleet: Environment) -> None:
    break_cluster(fleet, "first")
    run = roll_out(fleet, 2, 49).must(succeed=False)
    assert configured(fleet) == ["second"]
    assert run.summary[0] == "4 clusters: 1 changed, 0 unchanged, 1 failed, 2 not attempted"


def test_failures_of_earlier_batches_do_not_add_up(fleet: Environment) -> None:
    # as they do for Ansible's own max_fail_percentage
    break_cluster(fleet, "first", "third")
    run = roll_out(fleet, 2, 50).must(succeed=False)
    assert configured(fleet) == ["second", "fourth"]
    assert failed(run) == ["first", "third"]


def test_settings_of_ansible_do_not_change_the_promise(fleet: Environment) -> None:
    fleet.controller.environment.update(ANSIBLE_ANY_ERRORS_FATAL="true", ANSIBLE_STRATEGY="free")
    break_cluster(fleet, "first")
    run = roll_out(fleet, 2).must(succeed=False)
    assert configured(fleet) == ["second", "third", "fourth"]
    done = [item.action.rpartition(".")[2] for item in run.results if item.outcome != "skipped"]
    assert (done.count("fleet_chats"), done.count("run_summary")) == (1, 1)


def test_hosts_that_are_one_cluster_are_noticed_in_their_batch_and_in_the_summary(fleet: Environment) -> None:
    copy_with_another_address(fleet, "first", "third")
    run = roll_out(fleet, 2).must()
    expected = "first, third: these hosts are one cluster, so each overwrites"
    batches = run.of("check_batch")
    first, second = (batches[host].get("warnings", []) for host in ("first", "third"))
    assert first == []
    assert [warning.startswith(expected) for warning in second] == [True]
    assert any(line.startswith(f"SAME CLUSTER {expected}") for line in run.summary)


def test_the_report_of_a_rollout_has_every_cluster(fleet: Environment) -> None:
    break_cluster(fleet, "first")
    report = fleet.controller.folder / "report.json"
    extra = {
        "kubesphere_serial": [1, 2],
        "kubesphere_max_fail_percentage": 99,
        "kubesphere_report": {"json": str(report)},
    }
    run = fleet.run("site", extra=extra).must(succeed=False)
    content = json.loads(report.read_text())
    assert (content["kind"], content["success"], content["summary"]) == ("run", False, run.summary)
    assert [cluster["name"] for cluster in content["clusters"]] == list(FLEET)
    states = {cluster["state"] for cluster in content["clusters"][1:]}
    assert (content["dingtalk"]["state"], states) == ("examined", {"not-attempted"})
    assert "refused for the test" in json.dumps(content["clusters"][0])


def test_a_report_that_cannot_be_written_is_refused_before_anything(fleet: Environment) -> None:
    run = fleet.run("site", extra={"kubesphere_report": {"html": "/nowhere/report.html"}}).must(succeed=False)
    assert "kubesphere_report.html: the folder /nowhere does not exist" in run.one("fleet_chats")["msg"]
    assert run.summary[0].startswith("FAILED chats and robots: 1 error in the input")
    assert fleet.writes() == []


def test_a_retry_takes_the_failed_clusters_only(fleet: Environment) -> None:
    fleet.controller.environment.update(
        ANSIBLE_RETRY_FILES_ENABLED="true", ANSIBLE_RETRY_FILES_SAVE_PATH=str(fleet.controller.folder)
    )
    break_cluster(fleet, "first", "third")
    roll_out(fleet, 1).must(succeed=False)
    assert (fleet.controller.folder / "site.retry").read_text().split() == ["first", "third"]


def test_a_teardown_goes_on_after_a_failed_cluster_and_stops_on_request(fleet: Environment) -> None:
    roll_out(fleet, "100%").must()
    break_cluster(fleet, "first")
    stopped = roll_out(fleet, 1, 0, playbook="teardown").must(succeed=False)
    assert configured(fleet) == list(FLEET)
    assert "3 not attempted" in stopped.summary[0]
    run = roll_out(fleet, 1, playbook="teardown").must(succeed=False)
    assert configured(fleet) == ["first"]
    assert failed(run) == ["first"]


def test_the_summary_is_printed_if_the_inventory_is_invalid(fleet: Environment) -> None:
    run = fleet.run("site", extra={"alertmanager_route": {"group_wait": "soon"}}).must(succeed=False)
    assert run.summary == [
        "FAILED chats and robots: 1 error in the input, nothing was changed (KD101). No cluster was configured."
    ]
    assert configured(fleet) == []


def tasks_of_site() -> list[str]:
    """Return the names of the tasks in the plays that always have hosts."""
    plays = [*yaml.safe_load(SITE.read_text()), *yaml.safe_load(REPORT.read_text())]
    of_clusters = [play for play in plays if "kubesphere_group" in play.get("hosts", "")]
    return [name for play in of_clusters for name in _names(play["tasks"])]


def _names(tasks: list[dict[str, Any]]) -> Iterator[str]:
    for task in tasks:
        yield from _names(task["block"]) if "block" in task else [task["name"]]
        yield from _names(task.get("always", []))


@pytest.mark.parametrize("task", tasks_of_site()[:-1])
def test_a_run_that_starts_at_any_task_is_clear(single: Environment, task: str) -> None:
    starts_at_the_beginning = task == tasks_of_site()[0]
    run = single.run("site", "--start-at-task", task)
    text = run.output
    assert "undefined" not in text
    assert "Traceback" not in text
    if "cluster_config" in {item.action.rpartition(".")[2] for item in run.results} and not starts_at_the_beginning:
        assert failed(run) == ["shanghai"]
        assert "--start-at-task" in run.errors["shanghai"]
        assert run.summary[0] == "1 cluster: 0 changed, 0 unchanged, 1 failed"
    elif not starts_at_the_beginning:
        assert run.summary == [
            "Nothing was run: no chats, robots or clusters were processed. Run the playbook from its beginning, "
            "without --start-at-task and --step."
        ]


def test_a_run_without_its_first_phase_says_so(single: Environment) -> None:
    run = single.run("site", "--skip-tags", "always").must(succeed=False)
    message = run.of("cluster_config")["shanghai"]["msg"]
    assert "the chat ID of 'ops' is unknown" in message
    assert "--skip-tags always" in message
    assert single.writes() == []


def test_a_failed_cluster_is_no_success_without_the_last_phase(single: Environment) -> None:
    chat = single.dingtalk.add_chat("ops", "user-1", app=of.APP_KEY).chatid
    single.controller.vars("all", dingtalk_chats={"ops": {"name": "ops", "chat_id": chat}}, dingtalk_robots={})
    single.controller.vars("all", notification_robot="")
    break_cluster(single, "shanghai")
    run = single.run("site", "--skip-tags", "always").must(succeed=False)
    assert failed(run) == ["shanghai"]
