# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents with a line for each item: JSON and YAML readers agree, and every text can be sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core import yaml_text


@pytest.mark.parametrize(
    "value",
    [
        {"version": 2, "chats": {"https://api": {"ding": {"ops": {"name": '运维 }, "告警": ', "generation": 1}}}}},
        {"empty": {}, "list": [], "text": "a\nb\u2028c", "time": 1767600000.5879986, "none": None, "yes": True},
        {"name": "😀"},
        {"".join(map(chr, range(0x100))): "\u2028\u2029\ufeff\ufffe\uffff"},
    ],
)
@pytest.mark.parametrize("dump", [yaml_text.dump_lines, yaml_text.dump_flow])
def test_the_document_is_read_alike_by_all(dump: Callable[[Any], str], value: Any) -> None:
    text = dump(value)
    assert yaml_text.load_flow(text) == yaml_text.load(text) == yaml.safe_load(text) == json.loads(text) == value


def test_each_item_has_a_line() -> None:
    assert yaml_text.dump_lines({"b": {"d": 1, "c": 2}, "a": "x"}) == '{"a": "x",\n"b": {"c": 2,\n"d": 1}}\n'


def test_a_lone_surrogate_is_escaped_and_not_lost() -> None:
    value = {"name": "运维 😀", "chat_id": "chat\ud800"}
    text = yaml_text.dump_lines(value)
    assert text.encode()
    assert "运维 😀" in text
    assert yaml_text.load_flow(text) == yaml.safe_load(text) == value
