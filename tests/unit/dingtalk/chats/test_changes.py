# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The difference between a chat and its desired state, and the order of the changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    ADD_SCENE_MEMBERS,
    REMOVE_SCENE_MEMBERS,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats import scene_groups
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.changes import Difference
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.chat import Chat, DesiredChat


class Step(NamedTuple):
    """The changes of one request; ``owner`` is the new owner."""

    added: list[str]
    owner: str | None
    removed: list[str]


CHAT = Chat(
    chat_id="chat1",
    name="Ops",
    owner="u1",
    members=("u1", "u2", "u3"),
    settings={"searchable": 0, "management_type": 1},
)


def desired_chat(owner: str | None = None, members: Iterable[str] = (), **others: Any) -> DesiredChat:
    people = tuple({"userid": userid} for userid in members)
    return DesiredChat(
        **{"key": "ops", "name": "Ops", "owner": {"userid": owner} if owner else None, "members": people, **others}
    )


def between(**desired: Any) -> Difference:
    return Difference.between(desired_chat(**desired), CHAT)


def test_a_chat_in_its_desired_state_has_no_difference() -> None:
    desired = {"name": "Ops", "owner": "u1", "members": ("u3", "u2"), "settings": {"searchable": 0}}
    assert not between(purge_members=True, **desired)


def test_unset_attributes_are_left_unchanged() -> None:
    assert not between()


def test_every_attribute_is_compared() -> None:
    difference = between(name="New", owner="u2", members=("u4",), settings={"searchable": 1, "management_type": 1})
    assert difference == Difference("New", "u2", ("u4",), (), {"searchable": 1})


def test_members_are_removed_only_with_purge() -> None:
    assert between(members=("u2",)).remove == ()
    assert between(purge_members=True, members=("u2",)).remove == ("u3",)


def test_an_unlisted_owner_stays_a_member() -> None:
    assert between(purge_members=True).remove == ("u2", "u3")
    assert between(purge_members=True, owner="u9").add == ("u9",)


def test_changes_share_one_request_where_possible() -> None:
    difference = between(purge_members=True, name="New", members=("u2", "u4"), settings={"searchable": 1})
    assert difference.steps() == [
        {"name": "New", "settings": {"searchable": 1}, "add_useridlist": ["u4"], "del_useridlist": ["u3"]}
    ]


def test_a_new_owner_is_added_before_and_the_old_one_removed_after_the_handover() -> None:
    assert between(purge_members=True, owner="u9", members=("u8",)).steps() == [
        {"add_useridlist": ["u9", "u8"]},
        {"owner": "u9"},
        {"del_useridlist": ["u1", "u2", "u3"]},
    ]


def test_a_member_becomes_owner_in_the_first_request() -> None:
    assert between(owner="u2", members=("u4",)).steps() == [{"owner": "u2", "add_useridlist": ["u4"]}]


IDS = st.integers(0, 12).map("u{}".format)


def plain_steps(difference: Difference, batch: int) -> list[Step]:
    return [
        Step(step.get("add_useridlist", []), step.get("owner"), step.get("del_useridlist", []))
        for step in difference.steps(batch)
    ]


def scene_steps(difference: Difference, batch: int) -> list[Step]:
    found = []
    for endpoint, fields in scene_groups.steps(difference, batch):
        userids = fields.get("user_ids", [])
        added, removed = (userids if endpoint is own else [] for own in (ADD_SCENE_MEMBERS, REMOVE_SCENE_MEMBERS))
        found.append(Step(added, fields.get("owner_user_id"), removed))
    return found


@pytest.mark.parametrize("steps", [plain_steps, scene_steps])
@given(
    members=st.lists(IDS, min_size=1, unique=True),
    desired_members=st.lists(IDS, unique=True),
    owner=st.none() | IDS,
    purge=st.booleans(),
    batch=st.integers(1, 4),
)
def test_steps_reach_the_predicted_state_within_dingtalks_rules(
    steps: Callable[[Difference, int], list[Step]],
    members: list[str],
    desired_members: list[str],
    owner: str | None,
    purge: bool,
    batch: int,
) -> None:
    chat = Chat(chat_id="chat1", name="Ops", owner=members[0], members=tuple(members))
    desired = desired_chat(owner, desired_members, purge_members=purge)
    difference = Difference.between(desired, chat)
    present, current_owner = set(members), members[0]
    changed_members: list[str] = []
    for step in steps(difference, batch):
        assert max(len(step.added), len(step.removed)) <= batch
        if step.owner:
            assert step.owner in present
        current_owner = step.owner or current_owner
        assert current_owner not in step.removed
        changed_members += step.added + step.removed
        present = (present | set(step.added)) - set(step.removed)
    # no user ID twice, so none is both added and removed
    assert len(changed_members) == len(set(changed_members))
    predicted = difference.predict(chat)
    assert (present, current_owner) == (set(predicted.members), predicted.owner)
    assert set(desired_members) <= present
    assert not Difference.between(desired, predicted)
