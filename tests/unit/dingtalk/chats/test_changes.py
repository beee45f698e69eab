# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chat and a wish: what differs, and in which order it is made so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    ADD_SCENE_MEMBERS,
    REMOVE_SCENE_MEMBERS,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats import scene_groups
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.changes import (
    Difference,
    ResolvedChat,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chats.plain import Chat


class Step(NamedTuple):
    """What one request does; ``owner`` is who becomes owner."""

    added: list[str]
    owner: str | None
    removed: list[str]


CHAT = Chat("chat1", "Ops", "u1", ("u1", "u2", "u3"), {"searchable": 0, "management_type": 1})


def between(purge: bool = False, **desired: Any) -> Difference:
    return Difference.between(ResolvedChat(**desired), CHAT, purge)


def test_a_chat_as_wished_does_not_differ() -> None:
    desired = {"name": "Ops", "owner": "u1", "members": ("u3", "u2"), "settings": {"searchable": 0}}
    assert not between(purge=True, **desired)


def test_what_is_not_wished_is_left_alone() -> None:
    assert not between()


def test_every_attribute_is_compared() -> None:
    difference = between(name="New", owner="u2", members=("u4",), settings={"searchable": 1, "management_type": 1})
    assert difference == Difference("New", "u2", ("u4",), (), {"searchable": 1})


def test_members_go_only_when_purged() -> None:
    assert between(members=("u2",)).remove == ()
    assert between(purge=True, members=("u2",)).remove == ("u3",)


def test_an_owner_stays_a_member_when_nobody_wished_so() -> None:
    assert between(purge=True).remove == ("u2", "u3")
    assert between(purge=True, owner="u9").add == ("u9",)


def test_one_request_does_all_that_one_request_can() -> None:
    difference = between(purge=True, name="New", members=("u2", "u4"), settings={"searchable": 1})
    assert difference.steps() == [
        {"name": "New", "settings": {"searchable": 1}, "add_useridlist": ["u4"], "del_useridlist": ["u3"]}
    ]


def test_a_new_owner_joins_before_and_the_old_one_leaves_after() -> None:
    assert between(purge=True, owner="u9", members=("u8",)).steps() == [
        {"add_useridlist": ["u9", "u8"]},
        {"owner": "u9"},
        {"del_useridlist": ["u1", "u2", "u3"]},
    ]


def test_a_member_becomes_owner_at_once() -> None:
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
        people = fields.get("user_ids", [])
        added, removed = (people if endpoint is wanted else [] for wanted in (ADD_SCENE_MEMBERS, REMOVE_SCENE_MEMBERS))
        found.append(Step(added, fields.get("owner_user_id"), removed))
    return found


@pytest.mark.parametrize("steps", [plain_steps, scene_steps])
@given(
    members=st.lists(IDS, min_size=1, unique=True),
    desired_value=st.lists(IDS, unique=True),
    owner=st.none() | IDS,
    purge=st.booleans(),
    batch=st.integers(1, 4),
)
def test_steps_end_where_predicted_within_dingtalks_rules(
    steps: Callable[[Difference, int], list[Step]],
    members: list[str],
    desired_value: list[str],
    owner: str | None,
    purge: bool,
    batch: int,
) -> None:
    chat = Chat("chat1", "Ops", members[0], tuple(members))
    desired = ResolvedChat(owner=owner, members=tuple(desired_value))
    difference = Difference.between(desired, chat, purge)
    present, boss = set(members), members[0]
    everybody: list[str] = []
    for step in steps(difference, batch):
        assert max(len(step.added), len(step.removed)) <= batch
        if step.owner:
            assert step.owner in present
        boss = step.owner or boss
        assert boss not in step.removed
        everybody += step.added + step.removed
        present = (present | set(step.added)) - set(step.removed)
    # nobody twice, and so nobody who is added and removed
    assert len(everybody) == len(set(everybody))
    predicted = difference.predict(chat)
    assert (present, boss) == (set(predicted.members), predicted.owner)
    assert set(desired_value) <= present
    assert not Difference.between(desired, predicted, purge)
