# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: each row has an ID of its own, its stage's number and both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import CATALOGUE, ROWS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import (
    Finding,
    Level,
    Stage,
    cited,
)

PLUGINS = Path(__file__).parents[3] / "plugins"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def ids_in_code() -> set[str]:
    """The IDs that code cites, outside of the catalogue."""
    texts = [path.read_text(encoding="utf-8") for path in PLUGINS.rglob("*.py") if path.parent.name != "_findings"]
    return {found for text in texts for found in re.findall(r"\"(KD\d+)\"", text)}


def test_each_row_has_an_id_of_its_own_and_they_are_in_order() -> None:
    assert [row.id for row in ROWS] == sorted(CATALOGUE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(row: Finding) -> None:
    assert re.fullmatch(r"KD[1-7]\d\d", row.id)
    assert int(row.id[2]) == list(Stage).index(row.stage) + 1
    assert row.level in Level
    for text in (row.title, row.cure):
        assert text.en
        assert CHINESE.search(text.zh)
    assert not row.title.en.endswith(".")
    assert not row.title.zh.endswith("。")
    assert row.cure.en.endswith(".")
    assert row.cure.zh.endswith("。")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("No chat. Add one.", "No chat. Add one. (KD602)"),
        ("2 errors:\n- a: b\n- c", "2 errors (KD602):\n- a: b\n- c"),
        ("Is cited. (KD101)", "Is cited. (KD101)"),
        ("1 error (KD101):\n- a", "1 error (KD101):\n- a"),
        ("1 error:\n- a. (KD101)", "1 error:\n- a. (KD101)"),
        ("Cites KD101 (KD101) within.", "Cites KD101 (KD101) within. (KD602)"),
        ("a:\nb\nc:\nd", "a (KD602):\nb\nc:\nd"),
    ],
)
def test_a_message_cites_one_finding_before_its_list(message: str, shown: str) -> None:
    assert cited(message, "KD602") == shown
    assert cited(shown, "KD602") == shown
    assert cited(message, "") == message


def test_what_code_cites_is_in_the_catalogue() -> None:
    assert ids_in_code() - set(CATALOGUE) == set()
    assert [row.id for row in ROWS if row.retired and row.id in ids_in_code()] == []
