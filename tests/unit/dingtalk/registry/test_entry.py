# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every field of an entry survives a dump and a load, and a load names the field that is damaged."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry.entry import (
    Intent,
    OtherChat,
    RegistryEntry,
    dump,
    load,
)

INTENT = Intent("attempt-1", "laptop", 5.5, "Ops", "user-1", "template-1", 6.5, "found no chat", "{}")
OTHER = OtherChat("chat2", "cid2", 2, resolved=True)
ENTRY = RegistryEntry(3, "Ops", "chat1", "cid1", "template-1", INTENT, (OTHER,), {"later": 1})


@pytest.mark.parametrize("value", [INTENT, OTHER, ENTRY])
def test_the_examples_have_a_value_in_every_field(value: Intent | OtherChat | RegistryEntry) -> None:
    defaults = {
        item.name: item.default_factory() if item.default_factory is not MISSING else item.default
        for item in fields(value)
    }
    assert [name for name, default in defaults.items() if getattr(value, name) == default] == []


@pytest.mark.parametrize("entry", [ENTRY, RegistryEntry(), RegistryEntry(intent=INTENT), RegistryEntry(2, "Ops", "c")])
def test_an_entry_survives_a_dump_and_a_load(entry: RegistryEntry) -> None:
    assert load(dump(entry)) == entry


def test_empty_values_are_not_written() -> None:
    assert dump(RegistryEntry(1, "Ops", other_chats=(OtherChat("chat2"),))) == {
        "generation": 1,
        "name": "Ops",
        "other_chats": [{"chat_id": "chat2", "generation": 1}],
    }


def test_fields_of_later_versions_are_preserved_in_an_entry_only() -> None:
    entry = load({**dump(ENTRY), "new": [1], "intent": {**dump(ENTRY)["intent"], "new": 1}})
    assert entry.extra == {"later": 1, "new": [1]}
    assert entry.intent == INTENT


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ({"name": 7}, "unexpected type or value of name"),
        ({"name": ""}, "unexpected type or value of name"),
        ({"template_id": None}, "unexpected type or value of template_id"),
        ({"chat_id": "a b"}, "unexpected type or value of chat_id"),
        ({"open_conversation_id": 7}, "unexpected type or value of open_conversation_id"),
        ({"generation": True}, "unexpected type or value of generation"),
        ({"generation": 1.0}, "unexpected type or value of generation"),
        ({"intent": []}, "empty, or not a map"),
        ({"intent": {"attempt": "a", "controller": "b", "time": 1, "name": "Ops"}}, "owner is missing"),
        ({"intent": {**dump(ENTRY)["intent"], "time": "now"}}, "unexpected type or value of time"),
        ({"intent": {**dump(ENTRY)["intent"], "searched_at": True}}, "unexpected type or value of searched_at"),
        ({"other_chats": {}}, "other_chats is not a list"),
        ({"other_chats": [{"generation": 1}]}, "chat_id is missing"),
        ({"other_chats": [{"chat_id": "chat2", "resolved": 1}]}, "unexpected type or value of resolved"),
    ],
)
def test_a_damaged_field_is_named(damage: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=f"^{error}$"):
        load({**dump(ENTRY), **damage})
