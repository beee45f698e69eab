# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real clusters that go away, are slow or busy, or refuse: how a run ends, and what the next one makes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plays import environment as of
from tests.support.plays.environment import Surroundings, surroundings
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed.fixtures import needing_real_parts
from tests.support.testbed.stand_ins.gateway import Gateway
from tests.system.realsite import faults
from tests.system.realsite.trial import Trial, Trouble, hold, record

pytestmark = pytest.mark.real

RECEIVER_PLACE = "/apis/notification.kubesphere.io/v2beta2/receivers//global-dingtalk-receiver"
ALERTMANAGER_PLACE = "/api/v1/secrets/kubesphere-monitoring-system/alertmanager-main"
NETWORK = "Check host or kubeconfig, the network and the proxy"
UNTRUSTED = "The server's certificate is not trusted: give ca_cert, or correct the server in kubeconfig"
#: What is asked for, the answer to it first, and the one that follows; the Receiver is not there yet.
ASKED_TO_WAIT = (
    ("GET", "/receivers/global-dingtalk-receiver", 429, 404),
    ("PUT", "/notificationmanagers/notification-manager", 503, 200),
    ("PUT", "/secrets/alertmanager-main", 429, 200),
)

#: host -> what happens to it, and how its run has to end
TROUBLES = {
    "leaving": Trouble(
        faults.while_writing_the_receiver(lambda way: way.cut()),
        ("cannot be reached (POST /apis/notification.kubesphere.io/v2beta2/receivers)", NETWORK),
    ),
    "stalling": Trouble(
        faults.while_writing_the_receiver(faults.become_slow),
        (
            "cannot be reached (POST /apis/notification.kubesphere.io/v2beta2/receivers)",
            "no answer within 2 s (request_timeout)",
            NETWORK,
        ),
        timeout=2,
    ),
    "severed": Trouble(
        faults.faulty(Fault("PUT", "alertmanager-main", times=0, cut="before")),
        ("cannot be reached (PUT", "alertmanager-main", "closed connection without response", NETWORK),
    ),
    "jammed": Trouble(
        faults.faulty(Fault("PUT", "alertmanager-main", times=0, status=503, retry_after=0, message="no leader")),
        ("The cluster refused PUT", "alertmanager-main: no leader.", "is not available; run again later"),
    ),
    "closed": Trouble(
        faults.closed,
        (
            "refused POST",
            'failed calling webhook "receivers.notification.kubesphere.io"',
            "look at the workload behind",
        ),
    ),
    "busy": Trouble(
        faults.faulty(*(Fault(method, path, status=status, retry_after=1) for method, path, status, _ in ASKED_TO_WAIT))
    ),
    "slow": Trouble(
        faults.slow,
        ("cannot be reached (GET", "no answer within 2 s (request_timeout)", NETWORK),
        writes=False,
        timeout=2,
    ),
    "throttled": Trouble(
        faults.faulty(Fault(times=0, status=429, retry_after=0, message="too many requests")),
        ("The cluster refused GET", "too many requests", "is busy; run again later or with fewer forks"),
        writes=False,
    ),
    "expired": Trouble(
        faults.expired, ("The cluster refused GET", "Unauthorized", "renew the token or certificate"), writes=False
    ),
    "mismatched": Trouble(faults.mismatched, ("certificate is not valid for '127.0.0.1'", UNTRUSTED), writes=False),
    "mistrusted": Trouble(faults.mistrusted, ("certificate verify failed", UNTRUSTED), writes=False),
}
FAILING = [name for name, trouble in TROUBLES.items() if trouble.says]
WRITING = [name for name, trouble in TROUBLES.items() if trouble.writes]
READING = [name for name, trouble in TROUBLES.items() if not trouble.writes]
#: One host for each cluster.
MENDED = ["good", *WRITING, "expired"]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A good cluster, one for each trouble in which something is written, and one for all others."""
    wanted = dict.fromkeys(["good", *WRITING, "untouched"], "3.4")
    with needing_real_parts(), surroundings(tmp_path_factory.mktemp("faults"), wanted, real=True) as site:
        untouched = site.clusters.pop("untouched")
        site.clusters |= dict.fromkeys(READING, untouched)
        settle(site)
        yield hold(site, TROUBLES, MENDED)


def settle(site: Surroundings) -> None:
    """All hosts want the same, a chat that is known by its ID."""
    of.set_hosts(site.controller, site.clusters)
    site.controller.environment["ANSIBLE_FORKS"] = "6"
    chat = site.dingtalk.add_chat("ops", "user-1", app=of.APP_KEY).chatid
    chats = {"ops": {"name": "ops", "chat_id": chat}}
    desired_items = {"dingtalk_robots": {}, "notification_robot": "", "notification_cluster_name": "production"}
    site.controller.vars("all", dingtalk_chats=chats, **desired_items)
    for name, trouble in TROUBLES.items():
        site.controller.vars(name, kubesphere_request_timeout=trouble.timeout)
    # A chat registry is looked for on all clusters, unless the first one has it.
    site.run("chats").must()


@pytest.mark.parametrize("name", FAILING)
def test_a_failed_host_says_why_and_what_to_do(trial: Trial, name: str) -> None:
    message = trial.troubled.errors[name]
    assert [words for words in TROUBLES[name].says if words not in message] == [], message


@pytest.mark.parametrize("name", FAILING)
def test_a_failed_host_is_named_at_the_end(trial: Trial, name: str) -> None:
    assert any(line.startswith(f"FAILED {name}: ") for line in trial.troubled.summary)


def test_the_others_are_done(trial: Trial) -> None:
    assert sorted(trial.troubled.must(succeed=False).errors) == sorted(FAILING)
    for name in ("good", "busy"):
        assert trial.troubled.changed[name] == 1
        assert of.without_registry(trial.after_trouble[name]) == of.without_registry(trial.after_mending[name])
        assert record(trial.after_trouble[name]) == record(trial.after_mending[name])
    assert trial.troubled.summary[0] == f"{len(TROUBLES) + 1} clusters: 2 changed, 0 unchanged, {len(FAILING)} failed"


def test_retry_after_is_honoured(trial: Trial) -> None:
    """Each request is refused once and then done, a second later at the earliest."""
    way = trial.met["busy"]
    assert isinstance(way, Gateway)
    for method, path, refusal, answer in ASKED_TO_WAIT:
        first, second = [request for request in way.passed if request.method == method and path in request.path]
        assert (first.status, second.status) == (refusal, answer)
        assert 1 <= second.at - first.at < 10


@pytest.mark.parametrize(("name", "method"), [("jammed", "PUT"), ("throttled", "GET")])
def test_a_server_that_never_has_time_is_asked_a_few_times(trial: Trial, name: str, method: str) -> None:
    way = trial.met[name]
    assert isinstance(way, Gateway)
    refused = [request.path for request in way.passed if request.method == method and request.status in (429, 503)]
    assert 1 <= max(refused.count(path) for path in refused) <= 5


@pytest.mark.parametrize("name", READING)
def test_trouble_with_reading_is_found_before_any_write(trial: Trial, name: str) -> None:
    assert [request for request in trial.troubled_requests[name] if request.writes] == []
    assert trial.after_trouble[name] == trial.before[name]


def test_a_write_whose_answer_came_too_late_was_done_all_the_same(trial: Trial) -> None:
    assert RECEIVER_PLACE in trial.after_trouble["stalling"]


@pytest.mark.parametrize(
    ("name", "place"),
    [("closed", RECEIVER_PLACE), ("jammed", ALERTMANAGER_PLACE), ("severed", ALERTMANAGER_PLACE)],
)
def test_a_write_that_is_refused_was_not_done(trial: Trial, name: str, place: str) -> None:
    assert trial.after_trouble[name].get(place) == trial.before[name].get(place)


@pytest.mark.parametrize("name", WRITING)
def test_what_an_interrupted_run_wrote_is_on_record_and_can_be_taken_back(trial: Trial, name: str) -> None:
    trial.torn_down.must()
    assert trial.after_trouble[name] != trial.before[name]
    assert trial.after_teardown[name] == trial.before[name]


@pytest.mark.parametrize("name", WRITING)
def test_the_next_run_completes_what_was_interrupted(trial: Trial, name: str) -> None:
    trial.mended.must()
    assert of.without_registry(trial.after_mending[name]) == of.without_registry(trial.after_mending["good"])


@pytest.mark.parametrize("name", WRITING)
def test_the_record_is_that_of_a_run_without_trouble(trial: Trial, name: str) -> None:
    assert record(trial.after_mending[name]) == record(trial.after_mending["good"])


def test_a_renewed_token_lets_the_run_through(trial: Trial) -> None:
    assert trial.mended.changed["expired"] == 1
    assert record(trial.after_mending["expired"]) == record(trial.after_mending["good"])


def test_once_mended_nothing_is_left_to_do(trial: Trial) -> None:
    assert trial.steady.must().changed == dict.fromkeys(MENDED, 0)
    assert {request.verb for name in MENDED for request in trial.steady_requests[name]} == {"get"}


def test_no_token_is_shown(trial: Trial) -> None:
    tokens = {cluster.token for cluster in trial.site.clusters.values()}
    runs = (trial.troubled, trial.torn_down, trial.mended, trial.steady)
    assert [token for token in tokens for run in runs if token in run.output] == []
