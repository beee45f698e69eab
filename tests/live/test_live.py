# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The app, the doctor and verify against DingTalk itself and a real cluster. They create nothing but one message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import DINGTALK
from tests.support.plays.controller import Controller


def test_the_app_has_the_permissions_of_the_playbooks(live: Controller) -> None:
    result = live.task("app_info", DINGTALK).must().one("app_info")
    assert result["missing"] == []


@pytest.mark.usefixtures("chat")
def test_the_doctor_finds_no_error(live: Controller, tmp_path: Path) -> None:
    path = tmp_path / "doctor.json"
    extra = {"kubesphere_doctor_report": {"json": str(path)}, "kubesphere_doctor_fail_on": "never"}
    live.run("doctor", "--extra-vars", json.dumps(extra)).must()
    report = json.loads(path.read_text(encoding="utf-8"))
    subjects = [report["dingtalk"], *report["clusters"]]
    assert [subject["state"] for subject in subjects] == ["examined", "examined"], report
    errors = [found for subject in subjects for found in subject["findings"] if found["level"] == "error"]
    assert errors == [], errors


@pytest.mark.usefixtures("chat")
def test_one_message_arrives_and_the_test_alert_is_routed(live: Controller) -> None:
    [cluster] = live.run("verify").must().one("verify")["clusters"].values()
    [target] = cluster["targets"]
    alert: dict[str, Any] = cluster["alert"]
    assert (target["kind"], target["key"], target["result"]) == ("chat", "live", "delivered"), target
    assert (alert["result"], alert["second_message"]) == ("delivered", ""), alert
