# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""--check --diff: stores nothing anywhere, and the run that follows does exactly what was shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.integration import surroundings as of
from tests.integration.controller import Run
from tests.integration.surroundings import Json, Surroundings, surroundings
from tests.simulators.kubernetes import RecordedRequest

Stored = dict[str, dict[str, Json]]


@dataclass
class Rehearsal:
    """A rehearsed run and the real one after it, with what the clusters held before, between and after."""

    site: Surroundings
    rehearsed: Run
    real: Run
    before: Stored
    between: Stored
    after: Stored
    requests: list[RecordedRequest]
    calls: list[str]


@pytest.fixture(scope="module", params=["first run", "robot added", "teardown"])
def rehearsal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with surroundings(tmp_path_factory.mktemp("check")) as site:
        if request.param != "first run":
            site.site()
            site.add_robot()
        yield rehearse(site, "teardown" if request.param == "teardown" else "site")


def rehearse(site: Surroundings, playbook: str) -> Rehearsal:
    before = site.stored(revisions=True)
    rehearsed = site.run(playbook, "--check", "--diff").must()
    requests = [request for requests in site.requests.values() for request in requests]
    calls, between = site.dingtalk_writes(), site.stored(revisions=True)
    real = site.run(playbook, "--diff").must()
    return Rehearsal(site, rehearsed, real, before, between, site.stored(revisions=True), requests, calls)


def test_a_rehearsal_stores_nothing_on_any_cluster(rehearsal: Rehearsal) -> None:
    assert rehearsal.between == rehearsal.before


def test_a_rehearsal_has_the_servers_check_every_write(rehearsal: Rehearsal) -> None:
    assert [request for request in rehearsal.requests if request.writes] == []
    assert any(request.dry_run for request in rehearsal.requests)


def test_a_rehearsal_changes_nothing_in_dingtalk(rehearsal: Rehearsal) -> None:
    assert rehearsal.calls == []


def test_the_real_run_shows_the_diff_of_the_rehearsal(rehearsal: Rehearsal) -> None:
    for action in ("fleet", "apply"):
        shown, done = (diffs(rehearsal.site, run, action) for run in (rehearsal.rehearsed, rehearsal.real))
        assert shown == done


def test_the_real_run_changes_the_objects_of_the_rehearsal_and_no_other(rehearsal: Rehearsal) -> None:
    for host, result in rehearsal.rehearsed.of("apply").items():
        shown = {
            (item["kind"].lower() + "s", item["namespace"] or "", item["name"])
            for item in result["objects"]
            if item["action"] != "unchanged"
        }
        assert changed(rehearsal.between[host], rehearsal.after[host]) == shown


def test_the_real_run_has_the_recap_of_the_rehearsal(rehearsal: Rehearsal) -> None:
    assert rehearsal.real.changed == rehearsal.rehearsed.changed


def test_a_chat_to_be_created_has_a_placeholder_for_its_id(single: Surroundings) -> None:
    run = single.site("--check", "--diff")
    assert run.one("fleet")["chats"]["ops"]["chat_id"] == "<ID of chat ops, once it is created>"
    assert "+      - <ID of chat ops, once it is created>" in run.stdout
    assert "Chat ops (KubeSphere 运维告警): <ID of chat ops, once it is created>" in run.summary
    assert list(single.controller.journal().rglob("*")) == []


def test_a_rehearsal_of_a_steady_state_shows_nothing(single: Surroundings) -> None:
    single.site()
    run = single.site("--check", "--diff")
    assert run.changed == {"shanghai": 0}
    assert "+++" not in run.stdout


def test_a_rehearsal_meets_the_servers_refusal(single: Surroundings) -> None:
    cluster = single.clusters["shanghai"]
    everything = {"verbs": ["get", "create", "update"], "apiGroups": ["*"], "resources": ["*"]}
    limited = cluster.limited([{**everything, "verbs": ["get", "create"]}])
    single.controller.vars("shanghai", kubesphere_kubeconfig=str(limited.kubeconfig))
    run = single.run("site", "--check").must(succeed=False)
    assert 'cannot update resource "notificationmanagers"' in run.errors["shanghai"]


def diffs(site: Surroundings, run: Run, action: str) -> dict[str, list[Json]]:
    """Inventory host -> diffs, with placeholders where the IDs of chats stand."""
    chats = of.registry(site.clusters["shanghai"])
    return {
        host: [{key: _with_placeholders(key, text, chats) for key, text in item.items()} for item in result["diff"]]
        for host, result in run.of(action).items()
    }


def _with_placeholders(key: str, text: str, chats: Json) -> str:
    if key.endswith("_header"):
        return text
    for name, chat in chats.items():
        text = text.replace(chat["chat_id"], f"<ID of chat {name}, once it is created>")
    return re.sub(r"open_conversation_id: cid\S+", "open_conversation_id: ''", text)


def changed(before: dict[str, Json], after: dict[str, Json]) -> set[tuple[str, ...]]:
    """What differs between two states, as plural, namespace and name; without the collection's own ConfigMap."""
    paths = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    places = {tuple(path.split("/")[-3:]) for path in paths}
    return {place for place in places if place[2] != "kubesphere-dingtalk"}
