# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt names, and what they probably mean."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.texts.near_names import (
    did_you_mean,
    is_misspelling,
    words,
)

KNOWN = ["repeat_interval", "group_wait", "group_interval", "owner", "matchLabels", "severity"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("repeat-interval", "repeat_interval"),
        ("repeatInterval", "repeat_interval"),
        ("Repeat_Interval", "repeat_interval"),
        ("group_intervall", "group_interval"),
        ("group.wait", "group_wait"),
        ("ownr", "owner"),
        ("onwer", "owner"),
        ("severty", "severity"),
        ("matchLabel", "matchLabels"),
        ("match_labels", "matchLabels"),
    ],
)
def test_a_key_that_resembles_a_known_one(name: str, meant: str) -> None:
    assert did_you_mean(name, KNOWN) == f" (did you mean {meant}?)"


@pytest.mark.parametrize("name", ["", "colour", "x", 1, None, "告警", "__"])
def test_a_key_that_resembles_none(name: object) -> None:
    assert did_you_mean(name, KNOWN) == ""


def test_words() -> None:
    assert (
        words("dingtalkAppKey") == words("dingtalk-app_key") == words("DINGTALK.app key") == ("dingtalk", "app", "key")
    )


@pytest.mark.parametrize(
    ("word", "known"), [("chat", "chats"), ("hsot", "host"), ("policy", "policies"), ("polices", "policies")]
)
def test_a_word_with_a_wrong_letter(word: str, known: str) -> None:
    assert is_misspelling(word, known)


@pytest.mark.parametrize(("word", "known"), [("post", "host"), ("zone", "name"), ("api", "app"), ("url", "key")])
def test_another_word(word: str, known: str) -> None:
    assert not is_misspelling(word, known)
