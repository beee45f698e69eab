# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live tests, on simulators in place of DingTalk and a cluster: they pass, and create nothing but one message."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import REPOSITORY
from tests.support.plays.environment import Environment, environment, simulator
from tests.support.simulators.kubernetes import ProxyAnswer, ProxyRequest
from tests.support.testbed.stand_ins.monitoring import NAMESPACE, Monitoring
from tests.support.testbed.stand_ins.notifying import notifying

CHAT = "KubeSphere 运维告警"
RECEIVER = "/apis/notification.kubesphere.io/v2beta2/receivers/global-dingtalk-receiver"


def run_live(variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("LIVE_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "tests/live"]
    return subprocess.run(
        command, cwd=REPOSITORY, env={**clean, **variables}, capture_output=True, text=True, check=False, timeout=240
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """A cluster with the settings of site.yml, whose programs answer."""
    with environment(tmp_path_factory.mktemp("live"), {"shanghai": "3.4"}) as site:
        site.controller.vars("all", notification_robot="", dingtalk_robots={})
        site.site()
        with notifying(site.clusters, site.dingtalk) as programs:
            [cluster], [program] = site.clusters.values(), programs.values()
            monitoring = Monitoring(cluster)

            def answer(request: ProxyRequest) -> ProxyAnswer:
                is_of_verify = request.method == "POST" or request.query
                return (program.alertmanager.answer if is_of_verify else monitoring.answer)(request)

            simulator(cluster).backend(NAMESPACE, monitoring.alertmanager, answer)
            yield site


@pytest.fixture
def variables(site: Environment, tmp_path: Path) -> dict[str, str]:
    """The variables of the environment that a developer sets."""
    addresses = {
        "dingtalk_api_url": site.dingtalk.api_url,
        "dingtalk_legacy_api_url": site.dingtalk.legacy_api_url,
        "dingtalk_ca_path": str(site.dingtalk.ca_file),
    }
    path = tmp_path / "variables.yml"
    path.write_text(yaml.safe_dump(addresses))
    return {
        "LIVE_DINGTALK_APP_KEY": of.APP_KEY,
        "LIVE_DINGTALK_APP_SECRET": of.APP_SECRET,
        "LIVE_DINGTALK_CHAT_ID": site.chat_id(CHAT),
        "LIVE_KUBECONFIG": str(site.clusters["shanghai"].kubeconfig),
        "LIVE_VARIABLES": str(path),
    }


def test_the_live_tests_create_nothing_but_one_message(site: Environment, variables: dict[str, str]) -> None:
    before = site.stored(revisions=True), site.dingtalk.chats()
    done = run_live(variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert (site.stored(revisions=True), site.dingtalk.chats()) == before
    [message] = site.dingtalk.messages()
    assert message.chatid == site.chat_id(CHAT)
    assert of.APP_SECRET not in done.stdout + done.stderr


def test_the_live_tests_fail_where_alerts_do_not_arrive(site: Environment, variables: dict[str, str]) -> None:
    cluster = site.clusters["shanghai"]
    cluster.patch(RECEIVER, {"spec": {"dingtalk": {"enabled": False}}})
    try:
        done = run_live(variables)
    finally:
        cluster.patch(RECEIVER, {"spec": {"dingtalk": {"enabled": True}}})
    assert "2 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "KD604" in done.stdout
    assert of.APP_SECRET not in done.stdout + done.stderr


def test_without_credentials_they_are_skipped_with_the_reason() -> None:
    done = run_live({"LIVE_DINGTALK_APP_KEY": "dingexample"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 skipped" in done.stdout
    assert "LIVE_DINGTALK_APP_SECRET, LIVE_DINGTALK_CHAT_ID, LIVE_KUBECONFIG not set" in done.stdout
