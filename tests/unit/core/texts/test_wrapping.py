# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that fit a terminal."""

from __future__ import annotations

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.texts.wrapping import WIDTH, wrapped_all


def test_long_lines_are_continued_with_an_indentation() -> None:
    text = " ".join(["word"] * 100)
    found = list(wrapped_all([text, "short"]))
    assert max(map(len, found)) <= WIDTH
    assert [line[:6] for line in found[:2]] == ["word w", "     w"]
    assert (" ".join(" ".join(found[:-1]).split()), found[-1]) == (text, "short")


def test_lines_of_a_text_remain_lines_with_their_indentation() -> None:
    text = "2 errors:\n- first\n  rules:\n"
    assert list(wrapped_all([text])) == ["2 errors:", "     - first", "       rules:"]


def test_a_word_is_never_cut() -> None:
    url = "https://open-dev.dingtalk.com/" + "x" * WIDTH
    assert list(wrapped_all([f"Open {url} now"])) == ["Open", f"     {url}", "     now"]
