# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random sequences; `make soak` plays at least 10,000 steps, and keeps their figures."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.closing_lines import closing_lines
from tests.support.soak import SHARE
from tests.system.ownership import figures
from tests.system.ownership.faults import FAULTS
from tests.system.ownership.machine import MET, Ownership

#: Sequences and their length in a soak run and in an ordinary one.
SOAK, ORDINARY = (700, 20), (50, 14)


def test_what_each_one_put_is_accounted_for_after_any_sequence() -> None:
    sequences, steps = (SHARE.part(SOAK[0]), SOAK[1]) if SHARE else ORDINARY
    chosen = settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        # Ordinary test runs are reproducible.
        derandomize=SHARE is None,
        phases=[Phase.generate, Phase.shrink] if SHARE else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Ownership, settings=chosen)
    if SHARE and SHARE.shares == 1:
        figures.write({**MET, "anomalies": 0})
    closing_lines.report("ownership steps", MET["steps"])


def test_the_docs_show_the_figures_of_the_last_soak_run() -> None:
    known = figures.load()
    assert figures.table_in_docs() == figures.table(known)
    assert known["steps"] >= 10_000
    assert known["anomalies"] == 0
    assert all(known[fault] for fault in FAULTS)
