# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""--check --diff stores nothing, and the next run makes exactly the reported changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plays.check_run import CheckRun, run_check_mode
from tests.support.plays.environment import Environment, environment


@pytest.fixture(scope="module", params=["first run", "robot added", "teardown"])
def check_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckRun]:
    with environment(tmp_path_factory.mktemp("check")) as site:
        if request.param != "first run":
            site.site()
            site.add_robot()
        yield run_check_mode(site, "teardown" if request.param == "teardown" else "site")


def test_a_check_run_stores_nothing_on_any_cluster(check_run: CheckRun) -> None:
    assert check_run.between == check_run.before


def test_a_check_run_sends_writes_as_dry_run(check_run: CheckRun) -> None:
    assert [request for request in check_run.requests if request.writes] == []
    assert any(request.dry_run for request in check_run.requests)


def test_a_check_run_changes_nothing_in_dingtalk(check_run: CheckRun) -> None:
    assert check_run.calls == []


def test_the_real_run_has_the_diff_of_the_check_run(check_run: CheckRun) -> None:
    assert check_run.diffs(check_run.checked_run) == check_run.diffs(check_run.real)


def test_the_real_run_changes_exactly_the_objects_of_the_check_run(check_run: CheckRun) -> None:
    assert check_run.predicted == check_run.changed


def test_the_summary_of_the_check_run_says_that_nothing_was_changed(check_run: CheckRun) -> None:
    [counts] = [line for line in check_run.checked_run.summary if "check mode" in line]
    assert counts == (
        check_run.real.summary[0].replace(" changed,", " would change,") + " (check mode: nothing was changed)"
    )


def test_the_real_run_has_the_recap_of_the_check_run(check_run: CheckRun) -> None:
    assert check_run.real.changed == check_run.checked_run.changed


def test_a_chat_to_be_created_has_a_placeholder_for_its_id(single: Environment) -> None:
    run = single.site("--check", "--diff")
    assert run.one("fleet_chats")["chats"]["ops"]["chat_id"] == "<ID of chat ops, once it is created>"
    assert "+      - <ID of chat ops, once it is created>" in run.stdout
    assert "Chat ops (KubeSphere 运维告警): <ID of chat ops, once it is created>" in run.summary
    assert not (single.controller.journal() / "journal.jsonl").exists()


def test_a_check_run_without_changes_has_no_diff(single: Environment) -> None:
    single.site()
    run = single.site("--check", "--diff")
    assert run.changed == {"shanghai": 0}
    assert "+++" not in run.stdout


def test_a_check_run_reports_missing_permissions(single: Environment) -> None:
    cluster = single.clusters["shanghai"]
    everything = {"verbs": ["get", "create", "update"], "apiGroups": ["*"], "resources": ["*"]}
    limited = cluster.limited([{**everything, "verbs": ["get", "create"]}])
    single.controller.vars("shanghai", kubesphere_kubeconfig=str(limited.kubeconfig))
    run = single.run("site", "--check").must(succeed=False)
    assert 'cannot update resource "notificationmanagers"' in run.errors["shanghai"]
