# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""At most one chat, at whichever step and however a play ends; later plays reach the desired state."""

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
from tests.system.crash.performance import (
    DIRECT,
    ENDINGS,
    LOSSES,
    PROXY,
    Scenario,
    ScenarioRun,
    prepared_environment,
)
from tests.system.crash.points import APIS, INTERRUPTED, POINTS

HARD = ("SIGKILL", "SIGSTOP and later SIGCONT")
CONCURRENCY = ("alone", "with another")


def coverage(scenario: Scenario) -> set[object]:
    """Return every pair of values, and each kind of chat killed at each point."""
    killed = {(scenario.point, scenario.kind)} if scenario.end == "SIGKILL" else set()
    return {*pairs(scenario), *killed}


ROUTES = (DIRECT, PROXY)
SITUATIONS = [
    values
    for values in product(POINTS, APIS, CONCURRENCY, ENDINGS, LOSSES)
    if values[1] in POINTS[values[0]].kinds and (values[3] in HARD or values[0] in INTERRUPTED)
]
#: Half of the situations, with each value of each axis, go through a proxy.
COMBINATIONS = [Scenario(*values, ROUTES[index % len(ROUTES)]) for index, values in enumerate(SITUATIONS)]
CHOSEN = SHARE.of(COMBINATIONS) if SHARE else pairwise(COMBINATIONS, coverage)


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Scenario, Future[None]]]:
    """Run the selected scenarios, as many in parallel as there are cores: a play mostly waits for its own processes."""
    parameters = [item.callspec.params.get("scenario") for item in request.session.items if hasattr(item, "callspec")]
    selected = [scenario for scenario in parameters if isinstance(scenario, Scenario)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {scenario: pool.submit(run_scenario, scenario, tmp_path_factory.mktemp("crash")) for scenario in selected}
        pool.shutdown(cancel_futures=True)


def run_scenario(scenario: Scenario, folder: Path) -> None:
    with prepared_environment(folder, scenario.kind, scenario.route) as site:
        ScenarioRun(site, scenario).run()


def test_every_step_is_covered_for_each_kind_of_chat() -> None:
    assert len(POINTS) >= 12
    chosen = pairwise(COMBINATIONS, coverage)
    killed = {(scenario.point, scenario.kind) for scenario in chosen if scenario.end == "SIGKILL"}
    assert killed == {(name, kind) for name, point in POINTS.items() for kind in point.kinds}


def test_a_share_of_every_kind_of_crash_goes_through_a_proxy() -> None:
    for attribute in ("point", "kind", "concurrency", "end", "lost"):
        values = {getattr(scenario, attribute) for scenario in COMBINATIONS}
        chosen = pairwise(COMBINATIONS, coverage)
        for each in (DIRECT, PROXY):
            assert {getattr(scenario, attribute) for scenario in chosen if scenario.route == each} == values


@pytest.mark.parametrize("scenario", CHOSEN, ids=str)
def test_there_is_one_chat(scenario: Scenario, runs: dict[Scenario, Future[None]]) -> None:
    runs[scenario].result()
    closing_lines.count("crash points", scenario.point)
