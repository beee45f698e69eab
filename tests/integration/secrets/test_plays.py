# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No planted secret is written anywhere: each kind, by each way in, in each verbosity and callback, on each core."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.integration.secrets.field import PLACES, WAYS, Answer, Field, Way
from tests.support.closing_lines import closing_lines
from tests.support.leaks import leaks
from tests.support.plays.cores import NEWEST, OLDEST, venv_with
from tests.support.plays.environment import environment

CORES = (NEWEST, OLDEST)


@dataclass(frozen=True)
class Played:
    """The plays of one core, and what each way of running them wrote, by place."""

    field: Field
    written: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Played]]:
    folder = tmp_path_factory.mktemp("secrets")
    with environment(folder, {"here": "3.4", "quoting": "3.4"}) as site:
        answer = Answer(site)
        fields = {core: Field(site, answer, folder / core, venv_with(core)) for core in CORES}

        def play(core: str) -> Played:
            return Played(fields[core], {way.name: fields[core].run(way) for way in WAYS})

        with ThreadPoolExecutor(len(CORES)) as pool:
            yield dict(zip(CORES, pool.map(play, CORES), strict=True))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("core", CORES)
def test_no_planted_secret_is_written(played: dict[str, Played], core: str, way: Way) -> None:
    field, written = played[core].field, played[core].written[way.name]
    planted = field.of(way)
    secrets = {item.name: item.secret for item in planted}
    assert {place: leaks(written[place], secrets) for place in PLACES} == {place: [] for place in PLACES}
    assert "Traceback (most recent call last)" not in written["stdout"] + written["stderr"]
    ways = [f"{core} {way.name}: {item.name} in {place}" for item in planted for place in PLACES]
    closing_lines.count("secrets planted", *ways)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("core", CORES)
def test_each_place_has_something_to_search(played: dict[str, Played], core: str, way: Way) -> None:
    field, written = played[core].field, played[core].written[way.name]
    hosts = {item.host for item in field.of(way)}
    assert set(written["played"].split()) == hosts
    for place in ("stdout", "log", "results", "tree"):
        assert written[place].count("\n") >= len(hosts) / 2, place
    assert "<testcase" in written["junit"]


@pytest.mark.parametrize("core", CORES)
def test_the_answers_of_others_are_quoted_without_their_secrets(played: dict[str, Played], core: str) -> None:
    written = played[core].written["default"]
    quoted = f"{Answer.START} https://oapi.dingtalk.com/robot/send?access_token=********"
    assert f"The cluster refused GET /apis: {quoted}" in written["results"]
    assert f"DingTalk returned 60121: {quoted}" in written["results"]
    assert f"exec: process returned 1. {quoted}" in written["log"]


@pytest.mark.parametrize("core", CORES)
def test_verbose_runs_show_the_options(played: dict[str, Played], core: str) -> None:
    for name in ("-vvvvv in YAML", "-vvvvv over ssh"):
        assert "invocation" in played[core].written[name]["stdout"]
        assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in played[core].written[name]["stdout"]
    assert "AnsiballZ_cluster_info.py" in played[core].written["-vvvvv over ssh"]["stdout"]
