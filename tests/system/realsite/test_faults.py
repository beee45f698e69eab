# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real clusters that disconnect, are slow or busy, or refuse requests: the failed run and the next one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import last_applied
from tests.support.plays import environment as of
from tests.support.plays.environment import Environment, environment
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed.fixtures import needing_real_parts
from tests.support.testbed.stand_ins.gateway import Gateway
from tests.system.realsite import faults
from tests.system.realsite.trial import FaultCase, Trial, run_trial

pytestmark = pytest.mark.real

RECEIVER_PLACE = "/apis/notification.kubesphere.io/v2beta2/receivers//global-dingtalk-receiver"
ALERTMANAGER_PLACE = "/api/v1/secrets/kubesphere-monitoring-system/alertmanager-main"
NETWORK = "Check host or kubeconfig, the network and the proxy"
UNTRUSTED = "The server's certificate is not trusted: set ca_cert, or correct the server in kubeconfig"
MISNAMED = "The server's certificate is for another name"
#: Requests with the status of the first and the second response; the Receiver does not exist yet.
RETRIED = (
    ("GET", "/receivers/global-dingtalk-receiver", 429, 404),
    ("PUT", "/notificationmanagers/notification-manager", 503, 200),
    ("PUT", "/secrets/alertmanager-main", 429, 200),
)

#: Host -> its fault and the expected result of its run.
CASES = {
    "leaving": FaultCase(
        faults.while_writing_the_receiver(lambda passage: passage.cut()),
        ("cannot be reached (POST /apis/notification.kubesphere.io/v2beta2/receivers)", NETWORK),
    ),
    "stalling": FaultCase(
        faults.while_writing_the_receiver(faults.become_slow),
        (
            "cannot be reached (POST /apis/notification.kubesphere.io/v2beta2/receivers)",
            "no answer within 2 s (request_timeout)",
            NETWORK,
        ),
        timeout=2,
    ),
    "severed": FaultCase(
        faults.faulty(Fault("PUT", "alertmanager-main", times=0, cut="before")),
        ("cannot be reached (PUT", "alertmanager-main", "closed connection without response", NETWORK),
    ),
    "jammed": FaultCase(
        faults.faulty(Fault("PUT", "alertmanager-main", times=0, status=503, retry_after=0, message="no leader")),
        ("The cluster refused PUT", "alertmanager-main: no leader.", "is not available; run again later"),
    ),
    "closed": FaultCase(
        faults.closed,
        (
            "refused POST",
            'failed calling webhook "receivers.notification.kubesphere.io"',
            "check the workload behind",
        ),
    ),
    "busy": FaultCase(
        faults.faulty(*(Fault(method, path, status=status, retry_after=1) for method, path, status, _ in RETRIED))
    ),
    "slow": FaultCase(
        faults.slow,
        ("cannot be reached (GET", "no answer within 2 s (request_timeout)", NETWORK),
        writes=False,
        timeout=2,
    ),
    "throttled": FaultCase(
        faults.faulty(Fault(times=0, status=429, retry_after=0, message="too many requests")),
        ("The cluster refused GET", "too many requests", "is busy; run again later or with fewer forks"),
        writes=False,
    ),
    "expired": FaultCase(
        faults.expired, ("The cluster refused GET", "Unauthorized", "renew the token or certificate"), writes=False
    ),
    "mismatched": FaultCase(faults.mismatched, ("certificate is not valid for '127.0.0.1'", MISNAMED), writes=False),
    "mistrusted": FaultCase(faults.mistrusted, ("certificate verify failed", UNTRUSTED), writes=False),
}
FAILING = [name for name, case in CASES.items() if case.message]
WRITING = [name for name, case in CASES.items() if case.writes]
READING = [name for name, case in CASES.items() if not case.writes]
#: One host for each cluster.
REPAIRED = ["good", *WRITING, "expired"]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A cluster without fault, one for each fault during or after writes, and one for all other faults."""
    wanted = dict.fromkeys(["good", *WRITING, "untouched"], "3.4")
    with needing_real_parts(), environment(tmp_path_factory.mktemp("faults"), wanted, real=True) as site:
        untouched = site.clusters.pop("untouched")
        site.clusters |= dict.fromkeys(READING, untouched)
        configure(site)
        yield run_trial(site, CASES, REPAIRED)


def configure(site: Environment) -> None:
    """Set the same desired state for all hosts, with a chat known by its ID."""
    of.set_hosts(site.controller, site.clusters)
    site.controller.environment["ANSIBLE_FORKS"] = "6"
    chat = site.dingtalk.add_chat("ops", "user-1", app=of.APP_KEY).chatid
    chats = {"ops": {"name": "ops", "chat_id": chat}}
    variables = {"dingtalk_robots": {}, "notification_robot": "", "notification_cluster_name": "production"}
    site.controller.vars("all", dingtalk_chats=chats, **variables)
    for name, case in CASES.items():
        site.controller.vars(name, kubesphere_request_timeout=case.timeout)
    # Without a registry on the first cluster, a run searches all clusters for one.
    site.run("chats").must()


@pytest.mark.parametrize("name", FAILING)
def test_the_error_of_a_failed_host_has_cause_and_hint(trial: Trial, name: str) -> None:
    message = trial.failed_run.errors[name]
    assert [part for part in CASES[name].message if part not in message] == [], message


@pytest.mark.parametrize("name", FAILING)
def test_a_failed_host_is_in_the_summary(trial: Trial, name: str) -> None:
    assert any(line.startswith(f"FAILED {name}: ") for line in trial.failed_run.summary)


def test_the_other_hosts_are_completed(trial: Trial) -> None:
    assert sorted(trial.failed_run.must(succeed=False).errors) == sorted(FAILING)
    for name in ("good", "busy"):
        assert trial.failed_run.changed[name] == 1
        assert of.without_registry(trial.after_failure[name]) == of.without_registry(trial.after_repair[name])
        assert last_applied.comparable(trial.after_failure[name]) == last_applied.comparable(trial.after_repair[name])
    assert trial.failed_run.summary[0] == f"{len(CASES) + 1} clusters: 2 changed, 0 unchanged, {len(FAILING)} failed"


def test_retry_after_is_honoured(trial: Trial) -> None:
    """Assert that each request is refused once and succeeds at least a second later."""
    gateway = trial.injected["busy"]
    assert isinstance(gateway, Gateway)
    for method, path, refusal, answer in RETRIED:
        first, second = [request for request in gateway.passed if request.method == method and path in request.path]
        assert (first.status, second.status) == (refusal, answer)
        assert 1 <= second.at - first.at < 10


@pytest.mark.parametrize(("name", "method"), [("jammed", "PUT"), ("throttled", "GET")])
def test_a_busy_server_gets_only_a_few_retries(trial: Trial, name: str, method: str) -> None:
    gateway = trial.injected[name]
    assert isinstance(gateway, Gateway)
    refused = [request.path for request in gateway.passed if request.method == method and request.status in (429, 503)]
    assert 1 <= max(refused.count(path) for path in refused) <= 5


@pytest.mark.parametrize("name", READING)
def test_a_failure_of_reads_prevents_all_writes(trial: Trial, name: str) -> None:
    assert [request for request in trial.failed_requests[name] if request.writes] == []
    assert trial.after_failure[name] == trial.before[name]


def test_a_write_with_a_late_response_was_executed(trial: Trial) -> None:
    assert RECEIVER_PLACE in trial.after_failure["stalling"]


@pytest.mark.parametrize(
    ("name", "place"),
    [("closed", RECEIVER_PLACE), ("jammed", ALERTMANAGER_PLACE), ("severed", ALERTMANAGER_PLACE)],
)
def test_a_refused_write_was_not_executed(trial: Trial, name: str, place: str) -> None:
    assert trial.after_failure[name].get(place) == trial.before[name].get(place)


@pytest.mark.parametrize("name", WRITING)
def test_writes_of_an_interrupted_run_are_recorded_and_can_be_removed(trial: Trial, name: str) -> None:
    trial.torn_down.must()
    assert trial.after_failure[name] != trial.before[name]
    assert trial.after_teardown[name] == trial.before[name]


@pytest.mark.parametrize("name", WRITING)
def test_the_next_run_completes_the_interrupted_one(trial: Trial, name: str) -> None:
    trial.repaired.must()
    assert of.without_registry(trial.after_repair[name]) == of.without_registry(trial.after_repair["good"])


@pytest.mark.parametrize("name", WRITING)
def test_the_last_applied_state_is_that_of_a_run_without_fault(trial: Trial, name: str) -> None:
    assert last_applied.comparable(trial.after_repair[name]) == last_applied.comparable(trial.after_repair["good"])


def test_a_run_with_a_renewed_token_succeeds(trial: Trial) -> None:
    assert trial.repaired.changed["expired"] == 1
    assert last_applied.comparable(trial.after_repair["expired"]) == last_applied.comparable(trial.after_repair["good"])


def test_the_run_after_the_repair_changes_nothing(trial: Trial) -> None:
    assert trial.steady.must().changed == dict.fromkeys(REPAIRED, 0)
    assert {request.verb for name in REPAIRED for request in trial.steady_requests[name]} <= {"get", "list"}


def test_no_token_is_shown(trial: Trial) -> None:
    tokens = {cluster.token for cluster in trial.site.clusters.values()}
    runs = (trial.failed_run, trial.torn_down, trial.repaired, trial.steady)
    assert [token for token in tokens for run in runs if token in run.output] == []
