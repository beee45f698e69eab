# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random sequences; `make soak` tries many more."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.soak import SHARE
from tests.system.model.machine import Chats


def test_there_is_one_chat_after_any_sequence() -> None:
    examples, steps = (SHARE.part(1000), 40) if SHARE else (20, 15)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        # Ordinary test runs are reproducible.
        derandomize=SHARE is None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Chats, settings=chosen)
