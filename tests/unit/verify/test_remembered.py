# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifications are remembered for a day, by cluster, chat and robot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.state.files import VERSION, StateFiles
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.remembered import VALID, Remembered
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.targets import CHAT, ROBOT, Target
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._verify.verdict import Result, Verdict

OPS, DUTY = Target(CHAT, "ops", "global", "chat-ops"), Target(ROBOT, "duty", "global")
DELIVERED, NOT_TRIED = Verdict(Result.DELIVERED), Verdict(Result.NOT_TRIED, "check mode")
REFUSED = Verdict(Result.REFUSED, "DingTalk returned 310000", "Correct the secret.", "KD701")
TIME = 1795939200.0


def remembered(folder: Path, uid: str = "uid-1", warnings: list[str] | None = None) -> Remembered:
    return Remembered(StateFiles(folder, ([] if warnings is None else warnings).append), uid)


def verdicts(of: Remembered, time: float) -> dict[Target, Verdict]:
    return {target: proof.verdict for target, proof in of.read([OPS, DUTY], time).items()}


def test_a_verdict_is_known_for_a_day_on_its_cluster_only(tmp_path: Path) -> None:
    remembered(tmp_path).write({OPS: DELIVERED, DUTY: REFUSED}, TIME)
    assert verdicts(remembered(tmp_path), TIME + VALID - 1) == {OPS: DELIVERED, DUTY: REFUSED}
    assert verdicts(remembered(tmp_path), TIME + VALID) == {}
    assert verdicts(remembered(tmp_path), TIME - 1) == {}
    assert verdicts(remembered(tmp_path, "uid-2"), TIME) == {}


def test_what_was_not_tried_replaces_nothing(tmp_path: Path) -> None:
    remembered(tmp_path).write({OPS: DELIVERED, DUTY: REFUSED}, TIME)
    remembered(tmp_path).write({OPS: NOT_TRIED, DUTY: DELIVERED}, TIME + 60)
    assert verdicts(remembered(tmp_path), TIME + 60) == {OPS: DELIVERED, DUTY: DELIVERED}


def test_nothing_is_written_without_a_message_or_for_an_unknown_cluster(tmp_path: Path) -> None:
    remembered(tmp_path).write({OPS: NOT_TRIED}, TIME)
    remembered(tmp_path, "").write({OPS: DELIVERED}, TIME)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "proofs",
    [
        None,
        [],
        {"chat chat-ops": None},
        {"chat chat-ops": {"time": "now"}},
        {"chat chat-ops": {"time": TIME, "result": "sent", "cause": "", "cure": "", "finding": ""}},
        {"chat chat-ops": {"time": TIME, "result": "delivered"}},
    ],
    ids=str,
)
def test_a_file_with_another_content_proves_nothing(tmp_path: Path, proofs: Any) -> None:
    remembered(tmp_path).write({OPS: DELIVERED}, TIME)
    [file] = tmp_path.iterdir()
    file.write_text(json.dumps({"version": VERSION, "proofs": proofs}))
    assert verdicts(remembered(tmp_path), TIME) == {}
