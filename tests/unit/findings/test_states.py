# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each finding is raised by one state, and not by another."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.outcome import Outcome
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.lookup import Advice
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import CATALOGUE
from tests.support.closing_lines import closing_lines
from tests.system.doctor import app_setups as doctor_app
from tests.system.doctor import setups as doctor
from tests.unit.findings.states import alertmanager, chats, cluster, delivery, dingtalk, inventory
from tests.unit.findings.states.inventory import State

ROOT = Path(__file__).parents[3]
STATES: dict[str, tuple[State, State]] = {
    **inventory.STATES,
    **dingtalk.STATES,
    **chats.STATES,
    **cluster.STATES,
    **delivery.STATES,
    **alertmanager.STATES,
}

#: Cited by the checks of variables, which have a test of their own.
RAISED_BY_VARIABLES = {"KD103", "KD104", "KD105"}
#: Raised by a whole flow -> the test that brings it about, and about its absence.
RAISED_BY_FLOWS = {
    "KD113": "tests/unit/doctor/test_report.py",
    "KD252": "tests/unit/fleet/test_adoption.py",
    "KD407": "tests/unit/kubesphere/test_promtool.py",
    "KD410": "tests/unit/kubesphere/test_incomplete_rules.py",
    "KD509": "tests/unit/delivery/test_model.py",
    "KD703": "tests/unit/verify/test_verdicts.py",
    "KD704": "tests/integration/verification/test_verify.py",
    "KD705": "tests/integration/verification/test_history.py",
    "KD502": "tests/unit/kubesphere/test_alertmanager_rollout.py",
}
#: Found by looking at a running cluster, its clock or expiry dates: the set-ups of the doctor's own tests, of which
#: some have no finding.
RAISED_BY_DOCTOR = (
    {finding for setup in doctor.SETUPS.values() for finding in (setup.finding, *setup.notes)}
    | {setup.finding for setup in doctor_app.SETUPS.values()}
) - {"", *STATES, *RAISED_BY_VARIABLES, *RAISED_BY_FLOWS}


def findings(state: State) -> set[str]:
    """Return the IDs that a state raises: of its exception, its failed result, or in its texts."""
    try:
        found = state()
    except OperationError as error:
        found = error
    return set(_ids(found))


def _ids(found: Any) -> list[str]:
    if isinstance(found, OperationError | Advice | Outcome):
        return [found.finding]
    if isinstance(found, dict):
        return [found["finding"]] if found.get("failed") else []
    if isinstance(found, str):
        return re.findall(r" \((KD\d{3})\)$", found)
    return [finding for item in found for finding in _ids(item)] if isinstance(found, list) else []


def test_each_finding_has_its_states() -> None:
    elsewhere = [RAISED_BY_DOCTOR, RAISED_BY_VARIABLES, set(RAISED_BY_FLOWS)]
    assert set(STATES).union(*elsewhere) == {row.id for row in CATALOGUE.values() if not row.retired}
    assert sum(map(len, [STATES, *elsewhere])) == len(set(STATES).union(*elsewhere)), "in two of them"
    closing_lines.report("findings", len(CATALOGUE))


@pytest.mark.parametrize("finding", RAISED_BY_FLOWS)
def test_the_test_of_a_flow_is_about_its_finding(finding: str) -> None:
    assert f"{finding}" in (ROOT / RAISED_BY_FLOWS[finding]).read_text(encoding="utf-8")


@pytest.mark.parametrize("finding", STATES)
def test_one_state_raises_it_and_one_does_not(finding: str) -> None:
    raising, other = STATES[finding]
    assert finding in findings(raising)
    assert finding not in findings(other)
