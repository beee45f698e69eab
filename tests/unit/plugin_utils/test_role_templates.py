# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each template of a role begins with a comment that names the variables and the filters that it uses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted(path for path in (ROOT / "roles").glob("*/templates/**/*") if path.is_file())
COMMENT = re.compile(r"\{#.*?\sVariables: (?P<variables>.*?)\.\n   Filters: (?P<filters>.*?)\. #\}\n", re.DOTALL)


def environment() -> Environment:
    found = Environment(autoescape=False)
    found.filters["to_json"] = str
    return found


def names(text: str) -> set[str]:
    """Return the names in a list such as `a (its source), b`."""
    found = re.sub(r"\s*\(.*?\)", "", text, flags=re.DOTALL)
    return set() if found == "none" else set(re.split(r",\s+", found))


def test_there_are_templates() -> None:
    assert len({path.parents[1] for path in TEMPLATES}) == 3


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_first_comment_names_variables_and_filters(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    comment = COMMENT.match(text)
    assert comment, "no comment with the lines `Variables: a (its source), b (…).` and `Filters: x, y.` at the start"
    tree = environment().parse(text)
    assert names(comment["variables"]) == meta.find_undeclared_variables(tree) - set(environment().globals)
    assert names(comment["filters"]) == {node.name for node in tree.find_all(nodes.Filter)}
