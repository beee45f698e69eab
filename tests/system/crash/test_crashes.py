# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""At most one chat, at whichever step a play ends, and however; the plays that follow make all well."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest

from tests.support.closing_lines import closing_lines
from tests.support.soak import SHARE
from tests.system.crash.pairs import pairs, pairwise
from tests.system.crash.performance import ENDINGS, LOSSES, Performance, Scenario, stage
from tests.system.crash.points import APIS, INTERRUPTED, POINTS

HARD = ("SIGKILL", "SIGSTOP and later SIGCONT")
COMPANY = ("alone", "with another")


def meetings(scenario: Scenario) -> set[object]:
    """Every two values, and each kind of chat killed at each point."""
    killed = {(scenario.point, scenario.kind)} if scenario.end == "SIGKILL" else set()
    return {*pairs(scenario), *killed}


COMBINATIONS = [
    Scenario(*values)
    for values in product(POINTS, APIS, COMPANY, ENDINGS, LOSSES)
    if values[1] in POINTS[values[0]].kinds and (values[3] in HARD or values[0] in INTERRUPTED)
]
CHOSEN = SHARE.of(COMBINATIONS) if SHARE else pairwise(COMBINATIONS, meetings)


@pytest.fixture(scope="module")
def performances(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Scenario, Future[None]]]:
    """Those that were asked for, as many at a time as there are cores: a play mostly waits for its own processes."""
    asked = [item.callspec.params.get("scenario") for item in request.session.items if hasattr(item, "callspec")]
    wanted = [scenario for scenario in asked if isinstance(scenario, Scenario)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {scenario: pool.submit(perform, scenario, tmp_path_factory.mktemp("crash")) for scenario in wanted}
        pool.shutdown(cancel_futures=True)


def perform(scenario: Scenario, folder: Path) -> None:
    with stage(folder, scenario.kind) as site:
        Performance(site, scenario).play()


def test_every_step_is_played_for_each_kind_of_chat() -> None:
    assert len(POINTS) >= 12
    chosen = pairwise(COMBINATIONS, meetings)
    killed = {(scenario.point, scenario.kind) for scenario in chosen if scenario.end == "SIGKILL"}
    assert killed == {(name, kind) for name, point in POINTS.items() for kind in point.kinds}


@pytest.mark.parametrize("scenario", CHOSEN, ids=str)
def test_one_chat(scenario: Scenario, performances: dict[Scenario, Future[None]]) -> None:
    performances[scenario].result()
    closing_lines.count("crash points", scenario.point)
