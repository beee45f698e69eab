# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt variables and tags, which Ansible accepts silently, are reported before anything is changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.cores import OLDEST, venv_with
from tests.support.plays.environment import Environment, Json

UNKNOWN = "unknown variable notification_chat, which nothing reads (did you mean notification_chats?)"
MODE = "kubesphere_unknown_variables"


def count(run: Run, text: str) -> int:
    """Return how often a text is in the output, whatever its line breaks."""
    return run.prose.count(text)


@pytest.mark.parametrize("mode", ["warn", None])
def test_site_warns_once_for_all_hosts(site: Environment, mode: str | None) -> None:
    site.controller.vars("all", notification_chat=["lab"], **({MODE: mode} if mode else {}))
    run = site.site()
    assert count(run, f"shanghai, beijing, lab: {UNKNOWN}; rename or remove it, or set {MODE}: ignore") == 1
    assert count(run, UNKNOWN) == 1
    assert run.one("fleet_chats")["unknown_variables"] == ["notification_chat"]
    assert of.chat_ids(site.clusters["shanghai"])


def test_the_oldest_core_reports_the_same(single: Environment) -> None:
    single.controller.venv = venv_with(OLDEST)
    single.controller.vars("all", notification_chat=["lab"], dingtalk_team="ops", team="{{ dingtalk_team }}")
    run = single.site("--skip-tags", "alertmanger")
    assert count(run, UNKNOWN) == count(run, "unknown variable") == 1
    assert count(run, "--skip-tags alertmanger: no task has this tag") == 1


def test_site_fails_before_anything_is_written(single: Environment) -> None:
    before = single.stored()
    single.controller.vars("all", notification_chat=["lab"], **{MODE: "fail"})
    run = single.run("site").must(succeed=False)
    assert run.errors["shanghai"].startswith("1 error in the input, nothing was changed:\n- shanghai: " + UNKNOWN)
    assert single.stored() == before
    assert single.calls == []
    assert single.requests == {"shanghai": []}


def test_site_ignores_it_on_request(single: Environment) -> None:
    single.controller.vars("all", notification_chat=["lab"], **{MODE: "ignore"})
    assert count(single.site(), "notification_chat,") == 0


def test_an_extra_variable_is_reported_by_chats(single: Environment) -> None:
    run = single.run("chats", extra={"dingtalk_forget_intent": "ops"}).must()
    assert count(run, "unknown variable dingtalk_forget_intent, which nothing reads") == 1


def test_an_invalid_mode_is_an_error(single: Environment) -> None:
    single.controller.vars("all", **{MODE: "error"})
    for playbook in ("site", "teardown"):
        run = single.run(playbook).must(succeed=False)
        assert f"{MODE}: invalid value; set warn, fail or ignore" in run.errors["shanghai"]


def test_a_variable_that_another_one_reads_is_not_reported(single: Environment) -> None:
    single.controller.vars("all", notification_chat="ops", notification_chats=["{{ notification_chat }}"])
    assert count(single.site(), "unknown variable") == 0


def test_a_run_with_nothing_misspelt_reports_nothing(single: Environment) -> None:
    run = single.site()
    assert count(run, "did you mean") == 0
    assert run.one("fleet_chats")["unknown_variables"] == []


def test_a_variable_without_effect_on_the_release_is_named(single: Environment) -> None:
    url = "http://192.0.2.10:31093"
    single.controller.vars("all", alerting_alertmanager_url=url, kubesphere_cluster_name="shanghai")
    run = single.site()
    assert (
        count(run, "alerting_alertmanager_url: no effect on this cluster, whose KubeSphere is 3.4 and whose role is ")
        == 1
    )
    assert count(run, "no effect") == 1
    assert count(single.run("site", extra={MODE: "ignore"}).must(), "no effect") == 0


def test_teardown_warns_once_or_fails_per_cluster(site: Environment) -> None:
    site.site()
    site.controller.vars("all", kubesphere_kubeconfg="x")
    site.controller.vars("lab", **{MODE: "fail"})
    run = site.run("teardown").must(succeed=False)
    unknown = "unknown variable kubesphere_kubeconfg, which nothing reads (did you mean kubesphere_kubeconfig?)"
    assert count(run, f"shanghai, beijing: {unknown}") == 1
    assert f"lab: {unknown}" in run.errors["lab"]
    assert set(run.errors) == {"lab"}
    assert of.chat_ids(site.clusters["lab"])


def test_a_variable_of_a_role_or_its_play_is_reported(single: Environment) -> None:
    single.site()
    play: Json = {"hosts": "all", "gather_facts": False, "vars": {"alertmanager_repeat_interval": "1h"}}
    roles: list[Any] = ["kubesphere.dingtalk.dingtalk"]
    roles += [{"role": "kubesphere.dingtalk.alertmanager", "vars": {"notification_chat": ["lab"]}}]
    run = single.run(single.controller.playbook([{**play, "roles": roles}])).must()
    assert count(run, UNKNOWN) == 1
    assert count(run, "alertmanager_repeat_interval, which nothing reads (did you mean alertmanager_route.repeat_") == 1
    run = single.run(single.controller.playbook([{**play, "roles": roles[1:]}])).must()
    assert count(run, UNKNOWN) == 1


def test_a_variable_that_the_play_reads_is_not_reported(single: Environment) -> None:
    play: Json = {"hosts": "all", "gather_facts": False, "vars": {"notification_chat": ["ops"]}}
    task = {"name": "Read it", "ansible.builtin.debug": {"msg": "{{ notification_chat }}"}}
    run = single.run(single.controller.playbook([{**play, "tasks": [task], "roles": ["kubesphere.dingtalk.dingtalk"]}]))
    assert count(run.must(), "unknown variable") == 0


@pytest.mark.parametrize("playbook", ["site", "teardown"])
def test_a_misspelt_tag(single: Environment, playbook: str) -> None:
    single.site()
    before = single.stored(revisions=True)
    run = single.run(playbook, "--tags", "notifications").must()
    assert count(run, "--tags notifications: no task has this tag (did you mean notification?)") == 1
    assert count(run, "--tags notifications: selects no feature, so nothing is applied to the clusters") == 1
    run = single.run(playbook, "--tags", "notifications", extra={MODE: "fail"}).must(succeed=False)
    assert "--tags notifications: no task has this tag" in run.errors["shanghai"]
    assert single.stored(revisions=True) == before
    assert count(single.run(playbook, "--tags", "notifications", extra={MODE: "ignore"}).must(), "no task has") == 0


@pytest.mark.parametrize("playbook", ["site", "teardown"])
def test_a_misspelt_tag_to_skip(single: Environment, playbook: str) -> None:
    before = single.stored()
    run = single.run(playbook, "--skip-tags", "alertmanger", extra={MODE: "fail"}).must(succeed=False)
    assert "--skip-tags alertmanger: no task has this tag (did you mean alertmanager?)" in run.errors["shanghai"]
    assert single.stored() == before


def test_tags_select_the_features_of_a_teardown(single: Environment) -> None:
    single.site()
    run = single.run("teardown", "--tags", "alertmanager").must()
    assert of.alertmanager(single.clusters["shanghai"])["route"]["repeat_interval"] == "12h"
    assert of.chat_ids(single.clusters["shanghai"])
    assert count(run, "did you mean") == 0


def test_a_teardown_without_its_report_fails_at_the_cluster(single: Environment) -> None:
    single.controller.vars("shanghai", kubesphere_kubeconfig="/nowhere/kubeconfig")
    single.run("teardown", "--skip-tags", "always").must(succeed=False)


def test_a_tag_that_the_cluster_excludes_applies_nothing(site: Environment) -> None:
    site.controller.vars("lab", kubesphere_features=["notification"])
    run = site.site("--tags", "alertmanager")
    assert not of.exists(site.clusters["lab"], of.RECEIVER.format(version="v2beta2"))
    assert of.alertmanager(site.clusters["shanghai"])["route"]["repeat_interval"] == "2h"
    assert count(run, "not in kubesphere_features") == 0
    run = site.site("--tags", "alertmanager", extra={"kubesphere_features": ["notification"]})
    assert count(run, "--tags alertmanager: not in kubesphere_features of any cluster") == 1


@pytest.mark.parametrize("playbook", ["site", "teardown"])
def test_no_features_are_reported(single: Environment, playbook: str) -> None:
    single.controller.vars("all", kubesphere_features=[])
    assert count(single.run(playbook).must(), "shanghai: kubesphere_features: empty, so nothing is applied to the") == 1
    single.run(playbook, extra={MODE: "fail"}).must(succeed=False)
    assert count(single.run(playbook, extra={MODE: "ignore"}).must(), "kubesphere_features: empty") == 0
