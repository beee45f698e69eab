# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters that have chats of others: a search among them costs a call for each, however many chats seek their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.closing_lines import closing_lines
from tests.support.plays.environment import CONFIG_MAP
from tests.system.quota import month as of
from tests.system.quota.month import Month
from tests.unit.fleet.test_adoption import RECEIVERS, store_in_receiver

OTHERS, WANTED = 20, 20
#: Calls that probe the app's permissions in a first run.
PROBES = 2
#: Calls for a chat to be created: the creation, and a read of the result.
CREATION = 2


@pytest.fixture
def crowded(organisation: Month) -> Iterator[Month]:
    """An organisation that wants 20 chats, and whose clusters send to 20 chats of others."""
    dingtalk = organisation.dingtalk
    dingtalk.add_app("dingother", "secret-of-others")
    chats = [dingtalk.add_chat(f"Of others {number}", "user-0", app="dingother").chatid for number in range(OTHERS)]
    store_in_receiver(organisation.others, *chats)
    organisation.desired(
        {f"chat-{number}": {"name": f"Chat {number}", "owner": of.mobile(number)} for number in range(WANTED)}
    )
    dingtalk.reset_calls()
    yield organisation
    organisation.others.delete(f"{RECEIVERS}/global-dingtalk-receiver")


def start_registry(organisation: Month) -> None:
    """Create the registry, beside which controllers without local state share the check cache."""
    organisation.desired({"first": {"name": "First", "owner": of.mobile(0)}})
    assert organisation.attempt()["changed"]


def test_a_first_run_asks_about_each_chat_of_others_once(crowded: Month) -> None:
    checked = crowded.attempt(check_mode=True)
    assert checked["calls"]["counted"] <= PROBES + OTHERS, checked["calls"]
    real = crowded.attempt()
    assert real["calls"]["counted"] <= PROBES + OTHERS + CREATION * WANTED, real
    assert len([chat for chat in crowded.dingtalk.chats() if chat.app == of.APP_KEY]) == WANTED
    closing_lines.report("counted calls of a search for 20 chats among 20", OTHERS)


def test_later_runs_take_the_names_from_the_check_cache(crowded: Month) -> None:
    wanted = crowded.chats
    start_registry(crowded)
    crowded.desired({**crowded.chats, **wanted})
    first = crowded.attempt(check_mode=False, call_budget=OTHERS)
    assert first["left_to_do"]["chats"], first
    crowded.dingtalk.reset_calls()
    later = crowded.attempt(check_mode=True)
    assert later["calls"]["counted"] == 0, later
    crowded.clock.sleep(86400)
    assert crowded.attempt(check_mode=True)["calls"]["counted"] >= OTHERS


def test_a_chat_that_was_renamed_is_found_when_its_name_is_a_day_old(crowded: Month) -> None:
    crowded.attempt(check_mode=True)
    chat = crowded.dingtalk.add_chat("Not yet", "user-0", app=of.APP_KEY).chatid
    crowded.others.patch(
        f"{RECEIVERS}/global-dingtalk-receiver", {"spec": {"dingtalk": {"conversation": {"chatids": [chat]}}}}
    )
    crowded.dingtalk.rename(chat, "Chat 3")
    assert crowded.attempt()["chats"]["chat-3"]["chat_id"] == chat


def test_a_cached_name_is_asked_again_before_the_chat_is_adopted(crowded: Month) -> None:
    crowded.wiped = False
    chat = crowded.dingtalk.add_chat("Chat 3", "user-0", app=of.APP_KEY).chatid
    crowded.others.patch(
        f"{RECEIVERS}/global-dingtalk-receiver", {"spec": {"dingtalk": {"conversation": {"chatids": [chat]}}}}
    )
    assert crowded.attempt(check_mode=True)["chats"]["chat-3"]["chat_id"] == chat
    crowded.dingtalk.disband(chat)
    assert crowded.attempt()["chats"]["chat-3"]["chat_id"] != chat


def test_names_of_others_are_not_readable_in_the_cache(crowded: Month) -> None:
    start_registry(crowded)
    assert "Of others" not in str(crowded.registry.get(CONFIG_MAP))
