# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-test refuses and no linter of `make lint` does; `make conventions` runs ansible-test itself."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUOTES = "\u2018\u2019\u201c\u201d"
TEXTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "docs/**/*.rst", "roles/**/*", "playbooks/**/*", "plugins/**/*.py")
    for path in ROOT.glob(pattern)
    if path.is_file() and path.suffix != ".pyc"
)


def test_quotes_are_those_of_ascii() -> None:
    lines = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(quote in line for quote in QUOTES)
    ]
    assert lines == []


def test_a_value_that_is_not_used_has_a_name() -> None:
    """Ansible's collections leave ``_`` to translations: write ``_rest`` or ``_index``."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "plugins").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)
    ]
    assert found == []
