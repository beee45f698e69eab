# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain chats are read, created with one request, and updated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    CREATE_CHAT,
    UPDATE_CHAT,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import DingTalkError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.changes import (
    Difference,
    apply_difference,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.chat import Chat, DesiredChat
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.creation_request import (
    request_creation,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.plain import ChatGone, Chats
from tests.support.simulators.dingtalk import DingTalk

Create = Callable[..., str]


@pytest.fixture
def chats(client: Client) -> Chats:
    return Chats(client)


def desired_chat(name: str, owner: str, members: Iterable[str] = (), **others: Any) -> DesiredChat:
    people = tuple({"userid": userid} for userid in members)
    return DesiredChat(key="ops", name=name, owner={"userid": owner}, members=people, **others)


@pytest.fixture
def create(client: Client) -> Create:
    """Create a chat and return its ID."""
    return lambda *arguments, **others: request_creation(client, desired_chat(*arguments, **others), 1).chat_id


def updates(server: DingTalk) -> int:
    return sum(call.api == UPDATE_CHAT.path for call in server.calls)


def test_a_created_chat_is_read_back(client: Client, chats: Chats) -> None:
    settings = {"searchable": 1, "management_type": 1}
    made = request_creation(client, desired_chat("Ops", "user-1", ["user-2"], settings=settings), 1)
    assert made.open_conversation_id
    read = chats.get(made.chat_id)
    assert (read.name, read.owner, set(read.members)) == ("Ops", "user-1", {"user-1", "user-2"})
    assert read.settings["searchable"] == read.settings["management_type"] == 1
    assert read.settings["show_history_type"] == 0
    assert chats.open_conversation_id(made.chat_id) == made.open_conversation_id


def test_many_members_are_added_after_the_creation(server: DingTalk, chats: Chats, create: Create) -> None:
    members = tuple(server.add_user(f"139000000{number:02}").userid for number in range(90))
    made = chats.get(create("Ops", "user-1", members))
    assert len(made.members) == 40
    difference = Difference.between(desired_chat("Ops", "user-1", members), made)
    after = apply_difference(chats, made, difference)
    assert updates(server) == 2
    assert set(chats.get(made.chat_id).members) == set(after.members) == {"user-1", *members}


def test_the_owner_is_replaced_and_the_old_one_removed(server: DingTalk, chats: Chats, create: Create) -> None:
    made = chats.get(create("Ops", "user-1", ["user-2"]))
    desired = desired_chat("Operations", "user-3", ["user-2"], settings={"searchable": 1}, purge_members=True)
    after = apply_difference(chats, made, Difference.between(desired, made))
    now = server.chat(made.chat_id)
    assert (now.name, now.owner, now.members, now.options["searchable"]) == (
        "Operations",
        "user-3",
        ["user-2", "user-3"],
        1,
    )
    assert not Difference.between(desired, chats.get(made.chat_id))
    assert after.facts()["members"] == ["user-2", "user-3"]


def test_an_empty_difference_makes_no_call(server: DingTalk, chats: Chats, create: Create) -> None:
    made = chats.get(create("Ops", "user-1"))
    apply_difference(chats, made, Difference())
    assert updates(server) == 0


@pytest.mark.parametrize("dissolved", ["status", 34013, 40016])
def test_a_dissolved_chat_is_gone_however_dingtalk_reports_it(
    server: DingTalk, chats: Chats, create: Create, dissolved: Any
) -> None:
    chat_id = create("Ops", "user-1")
    server.disband(chat_id)
    server.unclear.dissolved = dissolved
    with pytest.raises(ChatGone, match=chat_id):
        chats.get(chat_id)


@pytest.mark.parametrize("strings", [False, True])
@pytest.mark.parametrize("shown", [False, True])
def test_an_existing_chat_is_read_in_every_form(
    server: DingTalk, chats: Chats, create: Create, strings: bool, shown: bool
) -> None:
    server.unclear.strings, server.unclear.status_shown = strings, shown
    chat_id = create("Ops", "user-1", settings={"searchable": 1})
    assert chats.get(chat_id).settings["searchable"] == 1


def test_a_chat_of_another_app_is_an_error_with_advice(server: DingTalk, chats: Chats) -> None:
    server.add_app("other", "other-secret")
    chat = server.add_chat("Ops", "user-1", app="other")
    with pytest.raises(DingTalkError, match="Use the app that created the chat") as caught:
        chats.get(chat.chatid)
    assert caught.value.code == "43007"
    assert not caught.value.concerns_app


def test_an_unknown_outcome_of_a_creation_is_distinguished_from_a_refusal(server: DingTalk, create: Create) -> None:
    server.fail(CREATE_CHAT.path, kind="cut_after")
    with pytest.raises(DingTalkError) as unknown:
        create("Ops", "user-1")
    assert unknown.value.outcome_unknown
    assert len(server.chats()) == 1
    with pytest.raises(DingTalkError) as refused:
        create("Ops", "nobody")
    assert not refused.value.outcome_unknown
    assert len(server.chats()) == 1


def test_a_search_finds_names_but_no_chat_ids(client: Client, chats: Chats, create: Create) -> None:
    made = request_creation(client, desired_chat("Ops", "user-1"), 1)
    create("Ops too", "user-1")
    assert chats.search("Ops", "user-1") == [made.open_conversation_id]


def test_facts_have_all_attributes_of_a_chat() -> None:
    chat = Chat(
        chat_id="chat1",
        name="Ops",
        owner="u1",
        members=("u2", "u1"),
        settings={"searchable": 0},
        open_conversation_id="cid1",
    )
    assert chat.facts() == {
        "chat_id": "chat1",
        "open_conversation_id": "cid1",
        "name": "Ops",
        "owner": "u1",
        "members": ["u1", "u2"],
        "settings": {"searchable": 0},
    }
