# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of inputs, their seed, and what holds for the result of each."""

from __future__ import annotations

import os
import random
import time
import zlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.printable import printable
from tests.support.closing_lines import closing_lines
from tests.support.soak import SHARE
from tests.system.generated.world import World

#: Inputs of each row: an option, a variable, a field, a document, an answer.
EXAMPLES = SHARE.part(300) if SHARE else 10
#: Inputs of rows that take several tasks each.
FEWER = EXAMPLES // 2
#: Ordinary test runs are reproducible; ``SEED=…`` repeats a soak test.
SEED = int(os.environ.get("SEED") or (random.SystemRandom().randrange(10**9) if SHARE else 1))
#: Seconds that an input may take: some time-outs of requests.
LIMIT = 20


def for_each(row: str, strategy: st.SearchStrategy[Any], test: Callable[[Any], None], examples: int = EXAMPLES) -> None:
    """Run a test with the inputs of a row."""
    inputs = 0

    @seed(zlib.crc32(f"{SEED} {row}".encode()))
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(value: Any) -> None:
        nonlocal inputs
        inputs += 1
        test(value)

    run()
    assert inputs >= examples
    # Other processes have other rows.
    closing_lines.count("generated inputs", *(f"{row}, {number}" for number in range(inputs)))
    closing_lines.report("seed of the generated inputs", SEED)


def check(world: World, run: Callable[[], dict[str, Any]], is_unchanged: bool = True) -> dict[str, Any]:
    """Run a task: its result is a message that an operator can read, in time, and a failure has changed nothing."""
    world.clock.sleep(60)  # the limits of DingTalk are not the subject
    world.writes()
    started = time.monotonic()
    result = run()
    assert time.monotonic() - started < LIMIT
    assert "bug in the collection" not in str(result), result
    assert "Traceback" not in str(result), result
    assert printable(result) == result
    if result.get("failed"):
        assert str(result["msg"]).strip(), result
        # A run whose budget of calls is used up keeps what it has done, and names the rest.
        if is_unchanged and "left_to_do" not in result:
            assert world.writes() == [], result
    return result
