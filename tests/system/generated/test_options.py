# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever an option's value is, the result is one that an operator can read, and a failed task changed nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.system.generated import values
from tests.system.generated.actions import operation_of, run_action
from tests.system.generated.inputs import check, for_each
from tests.system.generated.world import World

ROOT = Path(__file__).parents[3]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))

#: Options that exclude each other: module and option -> the option that is left out.
EXCLUDED = {
    ("cluster_config", "features"): ("manifests", "name"),
    ("message", "open_conversation_id"): ("webhook",),
    ("robot", "open_conversation_id"): ("chat_id",),
    ("robot", "robot_code"): ("webhook",),
    ("robot", "type"): ("webhook",),
}


def options_of(options: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each option and suboption."""
    for name, rules in options.items():
        yield (*path, name)
        if rules.get("options"):
            yield from options_of(rules["options"], (*path, name))


ROWS = [(module, path) for module in MODULES for path in options_of(operation_of(module).spec.options)]


def with_value(options: dict[str, Any], path: tuple[str, ...], rules: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """Return options with a value at a path; a list of maps gets it in its first item."""
    changed = copy.deepcopy(options)
    parent = changed
    for name in path[:-1]:
        is_list = rules[name].get("type") == "list"
        rules = rules[name]["options"]
        if not parent.get(name):
            parent[name] = [{}] if is_list else {}
        parent = parent[name][0] if is_list else parent[name]
    parent[path[-1]] = value
    return changed


@pytest.mark.parametrize(("module", "path"), ROWS, ids=["-".join((module, *path)) for module, path in ROWS])
def test_option(module: str, path: tuple[str, ...], world: World) -> None:
    base = {
        name: value for name, value in world.base(module).items() if name not in EXCLUDED.get((module, path[0]), ())
    }

    def run(value: Any) -> None:
        options = with_value(base, path, operation_of(module).spec.options, value)
        check(world, lambda: run_action(module, options, world.variables()))

    for_each("-".join((module, *path)), values.values, run)


@pytest.mark.parametrize("module", MODULES)
def test_the_options_without_a_generated_value_are_valid(module: str, world: World) -> None:
    result = run_action(module, world.base(module), world.variables())
    assert not result.get("failed"), result["msg"]
