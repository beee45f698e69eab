# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Site under settings of Ansible that change what is printed, cached or run at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.leaks import leaks
from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, environment

#: What is set -> environment variables and arguments.
SETTINGS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "results as JSON": ({"ANSIBLE_STDOUT_CALLBACK": "json"}, ()),
    "results as YAML": ({"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}, ()),
    "callback oneline": ({"ANSIBLE_STDOUT_CALLBACK": "oneline"}, ()),
    "callback minimal": ({"ANSIBLE_STDOUT_CALLBACK": "minimal"}, ()),
    "only what changes": ({"ANSIBLE_DISPLAY_OK_HOSTS": "false", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"}, ()),
    "one process": ({}, ("--forks", "1")),
    "many processes": ({}, ("--forks", "50")),
    "facts in files": ({"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_GATHERING": "smart"}, ()),
    "strategy free": ({"ANSIBLE_STRATEGY": "free"}, ()),
    "strategy host_pinned": ({"ANSIBLE_STRATEGY": "host_pinned"}, ()),
    "a log": ({}, ("-vvv", "--diff")),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """Two clusters with everything that the example sets, which differ from it before each test."""
    with environment(tmp_path_factory.mktemp("settings"), {"shanghai": "3.4", "lab": "3.3"}) as found:
        found.site()
        found.add_robot()
        found.site()
        yield found


def secrets_of(site: Environment) -> dict[str, str]:
    chat = site.chat_id("KubeSphere 运维告警")
    return {
        "app secret": of.APP_SECRET,
        "signing secret": site.dingtalk.secret_of(chat, of.ROBOT),
        "API token": site.clusters["shanghai"].token,
    }


def run(site: Environment, name: str, folder: Path) -> tuple[Run, str]:
    """Run site with a change for each cluster; return it, and all that was written besides."""
    variables, arguments = SETTINGS[name]
    log = folder / "log"
    cache = folder / "facts"
    site.controller.environment = {
        "ANSIBLE_LOG_PATH": str(log),
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(cache),
        **variables,
    }
    done = site.site(*arguments)
    cached = "".join(path.read_text() for path in cache.rglob("*") if path.is_file())
    return done, log.read_text() + cached


@pytest.mark.parametrize("name", SETTINGS)
def test_site_is_the_same_under_any_setting(site: Environment, name: str, tmp_path: Path) -> None:
    interval = f"{len(SETTINGS) + list(SETTINGS).index(name)}h"
    for host in site.clusters:
        site.controller.vars(host, alertmanager_route={"repeat_interval": interval})
    first, written = run(site, name, tmp_path)
    assert first.changed == {"shanghai": 1, "lab": 1}
    assert {of.alertmanager(cluster)["route"]["repeat_interval"] for cluster in site.clusters.values()} == {interval}
    assert first.summary[0] == "2 clusters: 2 changed, 0 unchanged, 0 failed"
    assert leaks(first.output + written, secrets_of(site)) == []
    # The summary is printed, whatever else is not.
    assert "2 clusters: 2 changed, 0 unchanged, 0 failed" in first.stdout
    second, _ = run(site, name, tmp_path)
    assert second.changed == {"shanghai": 0, "lab": 0}
    assert len(second.of("fleet_chats")) == 1


def test_each_result_is_json(site: Environment, tmp_path: Path) -> None:
    done, _ = run(site, "results as JSON", tmp_path)
    printed = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert {"shanghai", "lab"} == {item["host"] for item in printed if "kubesphere_cluster" in item["result"]}
