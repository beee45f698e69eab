# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook doctor: quiet over working clusters, a failure that names the cause over broken ones, no change."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.state.files import StateFiles
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.remembered import Remembered
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.targets import CHAT, Target
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.verdict import Result, Verdict
from tests.support.plays import environment as of
from tests.support.plays.environment import Environment, environment
from tests.support.testbed.stand_ins.monitoring import Monitoring

ROOT = Path(__file__).parents[2]
REFUSED = Verdict(Result.REFUSED, "DingTalk returned 34001", "Set another chat ID.", "KD701")
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


@pytest.mark.parametrize("verdict", [Verdict(Result.DELIVERED), REFUSED], ids=["delivered", "refused"])
def test_the_last_verification_says_what_dingtalk_answers(
    working: Environment, tmp_path: Path, verdict: Verdict
) -> None:
    uid = working.site().of("cluster_config")["shanghai"]["kubesphere_cluster"]["cluster_uid"]
    folder, report = working.controller.journal(), tmp_path / "doctor.json"
    target = Target(CHAT, "ops", "", working.chat_id("KubeSphere 运维告警"))
    before = set(folder.iterdir())
    Remembered(StateFiles(folder, pytest.fail), uid).write({target: verdict}, time.time())
    try:
        output = doctor(working, succeed=verdict is not REFUSED, kubesphere_doctor_report={"json": str(report)})
    finally:
        for path in set(folder.iterdir()) - before:
            path.unlink()
    clusters = {cluster["name"]: cluster for cluster in json.loads(report.read_text())["clusters"]}
    assert clusters["shanghai"]["stages"]["egress"] == ("ok" if verdict is not REFUSED else "error")
    assert clusters["beijing"]["stages"]["egress"] == "skipped"
    assert ("chat ops: DingTalk returned 34001, by the verification at 20" in output) is (verdict is REFUSED)


def test_an_unreachable_cluster_hides_no_other(working: Environment) -> None:
    output = doctor(working, succeed=False, kubesphere_host="https://127.0.0.1:9")
    assert "KD301" in output


def test_the_static_level_connects_to_nothing(working: Environment) -> None:
    doctor(working, succeed=True, kubesphere_doctor_level="static")
    assert working.calls == []
    assert not any(working.requests.values())
