# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules alone, without an action or a play around them: what each prints of a planted secret, on each core."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.secrets.plants import (
    ROWS,
    Plant,
    every_option,
    may_hold_a_secret,
    module_options,
    plants,
    takes_text,
)
from tests.support.closing_lines import closing_lines
from tests.support.leaks import leaks
from tests.support.plays.controller import COLLECTIONS
from tests.support.plays.cores import NEWEST, OLDEST, venv_with
from tests.support.plays.environment import Environment, environment

Json = dict[str, Any]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with environment(tmp_path_factory.mktemp("alone"), {"here": "3.4"}) as site:
        yield site


def case(plant: Plant, options: dict[str, Json]) -> Json:
    return {"module": plant.module, "options": plant.options(options[plant.module])}


@pytest.mark.parametrize("core", [NEWEST, OLDEST])
def test_no_module_prints_a_planted_secret(site: Environment, tmp_path: Path, core: str) -> None:
    planted = [*plants(), *plants(elsewhere=True)]
    options = module_options(site, tmp_path)
    outputs = run(core, [case(plant, options) for plant in planted], tmp_path)
    pairs = list(zip(planted, outputs, strict=True))
    found = [plant.name for plant, output in pairs if leaks(json.dumps(output), {"it": plant.secret})]
    assert found == []
    # Not even as the name of a file, which a path without a folder would become.
    assert list((tmp_path / "cwd").iterdir()) == []
    assert [(plant.name, output) for plant, output in pairs if not is_answer(output["stdout"])] == []
    ways = [f"{core} alone: {plant.name} in {place}" for plant in planted for place in ("stdout", "stderr")]
    closing_lines.count("secrets planted", *ways)


def run(core: str, cases: list[Json], folder: Path) -> list[dict[str, str]]:
    place = folder / "cwd"
    place.mkdir()
    script = Path(__file__).with_name("modules_alone.py")
    environment = {
        **os.environ,
        "PYTHONPATH": str(COLLECTIONS),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder),
        "HTTPS_PROXY": "",
    }
    command = [str(venv_with(core) / "bin" / "python"), str(script)]
    done = subprocess.run(
        command, input=json.dumps(cases), capture_output=True, text=True, env=environment, cwd=place, check=False
    )
    assert done.returncode == 0, done.stderr
    outputs: list[dict[str, str]] = json.loads(done.stdout)
    return outputs


def is_answer(text: str) -> bool:
    """Return whether a module answered with one JSON object, and not with a traceback."""
    return text.strip().startswith("{") and "Traceback" not in text


def test_every_option_that_may_hold_a_secret_is_a_row() -> None:
    names = {
        path.rpartition(".")[2]
        for module, path, rules in every_option()
        if may_hold_a_secret(module, path, rules) and takes_text(rules)
    }
    assert names == set(ROWS)
    assert {plant.option.rpartition(".")[2] for plant in plants()} == names


def test_every_other_option_that_takes_a_text_is_planted() -> None:
    texts = {(module, path) for module, path, rules in every_option() if takes_text(rules)}
    planted = {(plant.module, plant.option) for plant in [*plants(), *plants(elsewhere=True)]}
    assert planted == texts
    assert len(texts) > 100
