# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook doctor: quiet over working clusters, a failure that names the cause over broken ones, no change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plays import environment as of
from tests.support.plays.environment import Environment, environment
from tests.support.testbed.stand_ins.monitoring import Monitoring

ROOT = Path(__file__).parents[2]
RECEIVER = "/apis/notification.kubesphere.io/v2beta2/receivers/global-dingtalk-receiver"


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """The example with its robot, whose clusters answer questions about alerts."""
    with environment(tmp_path_factory.mktemp("doctor")) as site:
        site.site().must()
        site.add_robot()
        site.site().must()
        for cluster in site.clusters.values():
            Monitoring(cluster)
        yield site


def doctor(site: Environment, succeed: bool, **extra: object) -> str:
    before = site.stored(), site.dingtalk.messages(), site.dingtalk.chats()
    run = site.run("doctor", "-e", json.dumps(extra)).must(succeed)
    assert (site.stored(), site.dingtalk.messages(), site.dingtalk.chats()) == before
    assert of.APP_SECRET not in run.output
    return run.output


def test_a_working_fleet_has_no_finding(working: Environment, tmp_path: Path) -> None:
    report = tmp_path / "doctor.json"
    output = doctor(working, succeed=True, kubesphere_doctor_report={"json": str(report)})
    assert "DingTalk" in output
    assert "KD" not in output.partition("PLAY RECAP")[0].replace("KD408", "")
    assert json.loads(report.read_text())["success"] is True


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_sample_of_the_readme_is_the_output(working: Environment, readme: str) -> None:
    cluster = working.clusters["shanghai"]
    cluster.patch(RECEIVER, {"spec": {"dingtalk": {"alertSelector": {"matchLabels": {"severity": "critical"}}}}})
    try:
        output = doctor(working, succeed=False)
    finally:
        cluster.patch(RECEIVER, {"spec": {"dingtalk": {"alertSelector": None}}})
    sample = (ROOT / readme).read_text(encoding="utf-8").split("kubesphere.dingtalk.doctor\n```\n\n```text\n")[1]
    assert sample.partition("```")[0] in output


def test_a_broken_cluster_fails_with_its_first_broken_link(working: Environment, tmp_path: Path) -> None:
    cluster = working.clusters["shanghai"]
    receiver = cluster.get(RECEIVER)
    cluster.patch(RECEIVER, {"spec": {"dingtalk": {"enabled": False}}})
    report = tmp_path / "doctor.json"
    try:
        output = doctor(working, succeed=False, kubesphere_doctor_report={"json": str(report)})
    finally:
        cluster.patch(RECEIVER, {"spec": receiver["spec"]})
    assert "KD604" in output
    assert "shanghai" in output
    assert json.loads(report.read_text())["success"] is False


def test_an_unreachable_cluster_hides_no_other(working: Environment) -> None:
    output = doctor(working, succeed=False, kubesphere_host="https://127.0.0.1:9")
    assert "KD301" in output


def test_the_static_level_connects_to_nothing(working: Environment) -> None:
    doctor(working, succeed=True, kubesphere_doctor_level="static")
    assert working.calls == []
    assert not any(working.requests.values())
