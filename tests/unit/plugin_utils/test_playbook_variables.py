# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extra variables of the playbooks: what would end a run in a later play, or be ignored, is refused by name."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._playbook_variables import (
    _CHECKS,
    check_playbook_variables,
    read_group,
)
from tests.support.closing_lines import closing_lines
from tests.support.input_errors import errors_of
from tests.support.plays.controller import REPOSITORY

#: Variable -> valid values, and invalid ones.
TABLE: dict[str, tuple[list[Any], list[Any]]] = {
    "kubesphere_serial": (
        [1, "1", " 2 ", "25%", "100%", [1, "25%"], "1,10,100%", [1, 10, "100%"]],
        [
            *(0, "0", "0%", -1, "-1", "20%%", "%", "101%", "1000%", "abc", "", None, True, False, 1.5, "1.5"),
            *([], [1, "x"], [1, 0], [1, None], [1, True], [[1]], {"a": 1}, "1;2", "1,", "1 2", "²", "9" * 5000),
        ],
    ),
    "kubesphere_max_fail_percentage": (
        [0, "0", 100, 12.5, "33.3"],
        ["20%", "20%%", "10%", -1, "-1", 100.1, "nan", "inf", "abc", "", None, True, [], [1], {}, "9" * 5000],
    ),
    "kubesphere_install_timeout": (
        [0, "0", 1, "1800", 86400],
        [-1, "-1", "20%%", "abc", "1h", 1.5, "", None, True, [], [1], {}, "²", 86401, "9" * 5000],
    ),
    "kubesphere_doctor_level": (["static", "full"], ["Static", "", None, True, 1, [], {}, "all", "9" * 5000]),
    "kubesphere_doctor_fail_on": (["error", "warning", "never"], ["errors", "", None, False, 0, [], {}, "9" * 5000]),
    **dict.fromkeys(
        ("kubesphere_report", "kubesphere_doctor_report"),
        (
            [{}, {"json": "/tmp/doctor.json"}, {"html": "a.html", "junit": "b.xml"}],
            [
                *("a.html", "", None, True, [], {"pdf": "a.pdf"}, {"json": ""}, {"json": None}, {"json": 1}, {1: "a"}),
                *({"json": "/nowhere/doctor.json"}, {"html": "/tmp"}),
            ],
        ),
    ),
    "kubesphere_inventory_folder": (["my-fleet", "/etc/fleet"], ["", None, True, 1, [], {}]),
    "kubesphere_slice": ([True, False, "yes", "false", 1], ["maybe", "", None, 2, [], {}, "1/3", "9" * 5000]),
    "kubesphere_verify": ([True, False, "true", "no", "1", 0], ["maybe", "", None, 2, [], {}, "tru", "9" * 5000]),
}
VALID = [(name, value) for name, (values, _) in TABLE.items() for value in values]
INVALID = [(name, value) for name, (_, values) in TABLE.items() for value in values]


def shortened(value: Any) -> str:
    return str(value)[:20]


@pytest.mark.parametrize(("name", "value"), VALID, ids=shortened)
def test_valid_values(name: str, value: Any) -> None:
    assert errors_of(check_playbook_variables, {name: value}) == []


@pytest.mark.parametrize(("name", "value"), INVALID, ids=shortened)
def test_invalid_values_are_refused_by_name(name: str, value: Any) -> None:
    [error] = errors_of(check_playbook_variables, {name: value})
    assert error.startswith((f"{name}: ", f"{name}."))
    assert len(error) < 500
    closing_lines.count("invalid inputs", f"{name} {value}")


def test_the_table_has_every_variable() -> None:
    assert set(TABLE) == set(_CHECKS)


def test_every_variable_of_the_playbooks_is_checked() -> None:
    texts = [path.read_text() for path in sorted((REPOSITORY / "playbooks").rglob("*.yml"))]
    used = {name for text in texts for word in yaml_words(text) for name in re.findall(r"\bkubesphere_\w+", word)}
    assert used == {*TABLE, "kubesphere_group"}


def yaml_words(text: str) -> list[str]:
    """Return the words of a playbook without its comments."""
    return yaml.safe_dump(yaml.safe_load(text), width=10_000).split()


@pytest.mark.parametrize("name", ["kubesphere_group", "kubesphere_serial"])
def test_a_variable_of_the_inventory_that_plays_do_not_see_is_refused(name: str) -> None:
    [error] = errors_of(check_playbook_variables, {name: "1"}, of_play=["other"])
    assert error.startswith(f"{name}: has no effect in the inventory")
    assert errors_of(check_playbook_variables, {name: "1"}, of_play=[name]) == []


def test_variables_of_tasks_may_be_in_the_inventory() -> None:
    given = {"kubesphere_max_fail_percentage": 0, "kubesphere_install_timeout": 60}
    assert errors_of(check_playbook_variables, given, of_play=[]) == []


GROUPS = {"all": ["shanghai"], "fleet": ["shanghai"], "nobody": []}


@pytest.mark.parametrize("variables", [{}, {"kubesphere_group": "all"}, {"kubesphere_group": "fleet"}], ids=str)
def test_groups_with_hosts(variables: dict[str, Any]) -> None:
    assert errors_of(read_group, variables, GROUPS) == []


@pytest.mark.parametrize(
    "group", ["flet", "Fleet", "nobody", "", " ", "shanghai", "fleet:all", "9" * 5000, 5, True, None, ["fleet"]]
)
def test_other_groups_are_refused_with_the_groups_there_are(group: Any) -> None:
    [error] = errors_of(read_group, {"kubesphere_group": group}, GROUPS)
    assert error.startswith("kubesphere_group: ")
    assert "(all, fleet)" in error


def test_an_inventory_without_hosts_is_refused() -> None:
    [error] = errors_of(read_group, {}, {"all": []})
    assert error.startswith("the inventory has no hosts; set its path with -i")
