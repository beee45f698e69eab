# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager's configuration after changes of the inventory: minimal changes with the existing formatting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json, environment

TEXT = """\
# The platform team maintains this file; ask before you change it.
global:
  resolve_timeout: "5m"  # agreed with the on-call team

route:
  receiver: 'Default'   # never reached
  group_by: [namespace, alertname]
  repeat_interval: "12h"
  routes:
  - {receiver: on-call, matchers: ['severity = critical']}

receivers:
- name: Default
- name: on-call  # paged by phone
  webhook_configs:
  - url: 'https://example.com/hook?token=on-call'
"""
ADDED: Json = {"name": "managed", "webhook_configs": [{"url": "https://example.com/managed"}]}
CHANGED: Json = {"name": "managed", "webhook_configs": [{"url": "https://example.com/changed"}]}
FIRST: Json = {
    "alertmanager_route": {"repeat_interval": "3h", "group_wait": "45s"},
    "alertmanager_global": {"resolve_timeout": "10m"},
    "alertmanager_receivers": [ADDED],
}
SECOND: Json = {"alertmanager_route": {"repeat_interval": "4h"}, "alertmanager_global": {}}


@dataclass
class History:
    """The texts after a run with the first settings, one with the second, and one without any."""

    site: Environment
    first: str
    first_run: Run
    second: str
    last: str


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with environment(tmp_path_factory.mktemp("alertmanager"), {"shanghai": "3.4"}) as site:
        shanghai = site.clusters["shanghai"]
        of.set_alertmanager(shanghai, TEXT)
        runs, texts = [], []
        for variables in (
            FIRST,
            {**SECOND, "alertmanager_receivers": [CHANGED]},
            {**SECOND, "alertmanager_route": {}, "alertmanager_receivers": []},
        ):
            site.controller.vars("shanghai", **variables)
            play = {"hosts": "all", "gather_facts": False, "roles": ["kubesphere.dingtalk.alertmanager"]}
            runs.append(site.run(site.controller.playbook([play]), "--diff").must())
            texts.append(of.secret_texts(shanghai, of.ALERTMANAGER)["alertmanager.yaml"])
        yield History(site, texts[0], runs[0], texts[1], texts[2])


def test_only_desired_fields_are_changed_and_the_formatting_is_preserved(history: History) -> None:
    changed = {normalized(line) for line in TEXT.splitlines()} ^ {
        normalized(line) for line in history.first.splitlines()
    }
    assert changed == {
        'resolve_timeout: "5m" # agreed with the on-call team',
        'resolve_timeout: "10m" # agreed with the on-call team',
        'repeat_interval: "12h"',
        'repeat_interval: "3h"',
        "group_wait: 45s",
        "- name: managed",
        "- url: https://example.com/managed",
    }


def normalized(line: str) -> str:
    """Return a line with normalized spacing."""
    return " ".join(line.split())


def test_a_receiver_is_added_after_existing_ones(history: History) -> None:
    names = [receiver["name"] for receiver in yaml.safe_load(history.first)["receivers"]]
    assert names == ["Default", "on-call", "managed"]


def test_the_diff_shows_timing_and_no_receiver(history: History) -> None:
    assert "+    /route/repeat_interval: 3h" in history.first_run.stdout
    assert "example.com" not in history.first_run.output


def test_fields_removed_from_the_inventory_are_restored(history: History) -> None:
    document, before = (yaml.safe_load(text) for text in (history.second, TEXT))
    assert document["global"] == before["global"]
    assert document["route"] == {**before["route"], "repeat_interval": "4h"}
    assert document["receivers"] == [*before["receivers"], CHANGED]


def test_without_settings_the_original_text_is_restored_byte_for_byte(history: History) -> None:
    assert history.last == TEXT


def test_a_text_with_the_desired_values_is_unchanged_in_any_format(single: Environment) -> None:
    text = TEXT.replace('repeat_interval: "12h"', "repeat_interval:    12h").replace("[namespace, ", "[ namespace,")
    shanghai = single.clusters["shanghai"]
    of.set_alertmanager(shanghai, text)
    options = {"kubeconfig": str(shanghai.kubeconfig), "route": {"repeat_interval": "12h"}}
    run = single.controller.task("alertmanager_config", options).must()
    assert run.changed == {"shanghai": 0}
    assert of.secret_texts(shanghai, of.ALERTMANAGER)["alertmanager.yaml"] == text


def test_the_repeat_interval_of_critical_alerts_is_set_and_reported_for_all_releases(site: Environment) -> None:
    before = {host: of.alertmanager(cluster)["route"]["routes"] for host, cluster in site.clusters.items()}
    routes = [{"matchers": ["severity = critical"], "repeat_interval": "30m"}]
    site.controller.vars("all", alertmanager_routes=routes)
    run = site.site()
    for host, cluster in site.clusters.items():
        *others, managed, last = of.alertmanager(cluster)["route"]["routes"]
        assert [*others, last] == before[host]
        assert (managed["receiver"], managed["repeat_interval"]) == ("prometheus", "30m")
    lines = {line.partition(":")[0]: line for line in run.summary if line.startswith("Alerts on ")}
    for hosts, interval in (("shanghai, beijing", "2h"), ("lab", "1d")):
        line = lines[f"Alerts on {hosts}"]
        assert line.startswith(
            f"Alerts on {hosts}: critical alerts of built-in policies, alerts of alertmanager_routes[0]"
        )
        parts = line.split("; ")
        assert ", repeated after 30m" in parts[0]
        [warning] = [part for part in parts if part.startswith("warning alerts of built-in policies reach ")]
        assert f", repeated after {interval}" in warning
    assert set(site.site().changed.values()) == {0}
    assert site.writes() == []
    site.controller.vars("all", alertmanager_routes=[])
    site.site()
    assert {host: of.alertmanager(cluster)["route"]["routes"] for host, cluster in site.clusters.items()} == before


TOKEN = "robot-token-of-the-receiver"
ROBOT: Json = {"webhook_configs": [{"url": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"}]}


def test_settings_without_the_intended_effect_are_warned_of_before_anything_is_written(single: Environment) -> None:
    single.controller.vars(
        "shanghai",
        alertmanager_route={"repeat_interval": "7m"},
        alertmanager_routes=[{"matchers": ["severity = critical|error"], "receiver": "robot"}],
        alertmanager_receivers=[{"name": "robot", **ROBOT}],
    )
    for mode in ("--check", "--diff"):
        run = single.site(mode)
        pattern, repeated, webhook = run.of("cluster_config")["shanghai"]["warnings"]
        assert 'severity="critical|error" compares the value with this text' in pattern
        assert "the root route: notifications are repeated after 10m, not 7m" in repeated
        assert "receiver 'robot', webhook_configs[0].url: this is the webhook of a DingTalk robot" in webhook
        assert TOKEN not in run.output
    [line] = [line for line in run.summary if line.startswith("Alerts on shanghai")]
    assert ", repeated after 10m" in line
