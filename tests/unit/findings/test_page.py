# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/findings.md is what the catalogue generates, and both READMEs link to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import ROWS
from tests.support.findings_page import PAGE, page

ROOT = Path(__file__).parents[3]
ROLES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("roles/*/README.md"))
DOCS = ("docs/delivery.md", "docs/exactly-one-chat.md", "docs/permissions.md")


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make findings"


def test_each_finding_has_an_anchor_and_a_link_to_it() -> None:
    # GitHub makes an anchor of each heading: its text in lower case.
    headings = [heading.lower() for heading in re.findall(r"^#+ (.+)$", page(), re.MULTILINE)]
    assert len(set(headings)) == len(headings)
    assert set(re.findall(r"\]\(#([^)]+)\)", page())) == set(headings) - {"findings"}
    assert {row.anchor for row in ROWS} <= set(headings)


@pytest.mark.parametrize("path", ["README.md", "README.zh-CN.md", *DOCS, *ROLES])
def test_what_speaks_of_errors_links_to_the_page(path: str) -> None:
    assert "findings.md" in (ROOT / path).read_text(encoding="utf-8")
