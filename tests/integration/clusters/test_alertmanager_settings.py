# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager's configuration as wishes change: only what was asked for, in the words that were there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Json, Surroundings, surroundings

TEXT = """\
# The platform team keeps this file; ask before you change it.
global:
  resolve_timeout: "5m"  # agreed with the on-call team

route:
  receiver: 'Default'   # never reached
  group_by: [namespace, alertname]
  repeat_interval: "12h"
  routes:
  - {receiver: theirs, matchers: ['severity = critical']}

receivers:
- name: Default
- name: theirs  # paged by phone
  webhook_configs:
  - url: 'https://example.com/hook?token=theirs'
"""
OURS: Json = {"name": "ours", "webhook_configs": [{"url": "https://example.com/ours"}]}
CHANGED: Json = {"name": "ours", "webhook_configs": [{"url": "https://example.com/changed"}]}
FIRST: Json = {
    "alertmanager_route": {"repeat_interval": "3h", "group_wait": "45s"},
    "alertmanager_global": {"resolve_timeout": "10m"},
    "alertmanager_receivers": [OURS],
}
SECOND: Json = {"alertmanager_route": {"repeat_interval": "4h"}, "alertmanager_global": {}}


@dataclass
class History:
    """The texts after a run with the first wishes, one with the second, and one without any."""

    site: Surroundings
    first: str
    first_run: Run
    second: str
    last: str


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with surroundings(tmp_path_factory.mktemp("alertmanager"), {"shanghai": "3.4"}) as site:
        shanghai = site.clusters["shanghai"]
        of.set_alertmanager(shanghai, TEXT)
        runs, texts = [], []
        for desired_items in (
            FIRST,
            {**SECOND, "alertmanager_receivers": [CHANGED]},
            {**SECOND, "alertmanager_route": {}, "alertmanager_receivers": []},
        ):
            site.controller.vars("shanghai", **desired_items)
            play = {"hosts": "all", "gather_facts": False, "roles": ["kubesphere.dingtalk.alertmanager"]}
            runs.append(site.run(site.controller.playbook([play]), "--diff").must())
            texts.append(of.secret_texts(shanghai, of.ALERTMANAGER)["alertmanager.yaml"])
        yield History(site, texts[0], runs[0], texts[1], texts[2])


def test_only_what_was_asked_for_is_changed_in_the_words_that_were_there(history: History) -> None:
    changed = {words(line) for line in TEXT.splitlines()} ^ {words(line) for line in history.first.splitlines()}
    assert changed == {
        'resolve_timeout: "5m" # agreed with the on-call team',
        'resolve_timeout: "10m" # agreed with the on-call team',
        'repeat_interval: "12h"',
        'repeat_interval: "3h"',
        "group_wait: 45s",
        "- name: ours",
        "- url: https://example.com/ours",
    }


def words(line: str) -> str:
    """A line without its spacing."""
    return " ".join(line.split())


def test_a_receiver_is_added_behind_those_of_others(history: History) -> None:
    names = [receiver["name"] for receiver in yaml.safe_load(history.first)["receivers"]]
    assert names == ["Default", "theirs", "ours"]


def test_the_diff_shows_timing_and_no_receiver(history: History) -> None:
    assert "+    /route/repeat_interval: 3h" in history.first_run.stdout
    assert "example.com" not in history.first_run.output


def test_what_is_no_longer_asked_for_is_what_it_was(history: History) -> None:
    document, before = (yaml.safe_load(text) for text in (history.second, TEXT))
    assert document["global"] == before["global"]
    assert document["route"] == {**before["route"], "repeat_interval": "4h"}
    assert document["receivers"] == [*before["receivers"], CHANGED]


def test_without_any_wish_the_text_is_again_the_same_to_the_byte(history: History) -> None:
    assert history.last == TEXT


def test_a_wish_that_is_true_already_leaves_a_text_of_any_style_alone(single: Surroundings) -> None:
    text = TEXT.replace('repeat_interval: "12h"', "repeat_interval:    12h").replace("[namespace, ", "[ namespace,")
    shanghai = single.clusters["shanghai"]
    of.set_alertmanager(shanghai, text)
    options = {"kubeconfig": str(shanghai.kubeconfig), "route": {"repeat_interval": "12h"}}
    run = single.controller.task("alertmanager_config", options).must()
    assert run.changed == {"shanghai": 0}
    assert of.secret_texts(shanghai, of.ALERTMANAGER)["alertmanager.yaml"] == text


def test_critical_alerts_of_every_release_come_again_sooner_and_the_summary_says_so(site: Surroundings) -> None:
    before = {host: of.alertmanager(cluster)["route"]["routes"] for host, cluster in site.clusters.items()}
    routes = [{"matchers": ["severity = critical"], "repeat_interval": "30m"}]
    site.controller.vars("all", alertmanager_routes=routes)
    run = site.site()
    for host, cluster in site.clusters.items():
        *others, ours, last = of.alertmanager(cluster)["route"]["routes"]
        assert [*others, last] == before[host]
        assert (ours["receiver"], ours["repeat_interval"]) == ("prometheus", "30m")
    critical = 'critical by route severity="critical" to prometheus, again after 30m'
    warning = 'warning by route alerttype=~".*" to prometheus, again after'
    assert f"Alerts of built-in policies on shanghai, beijing: {critical}; {warning} 2h" in run.summary
    assert f"Alerts of built-in policies on lab: {critical}; {warning} 1d" in run.summary
    assert set(site.site().changed.values()) == {0}
    assert site.writes() == []
    site.controller.vars("all", alertmanager_routes=[])
    site.site()
    assert {host: of.alertmanager(cluster)["route"]["routes"] for host, cluster in site.clusters.items()} == before
