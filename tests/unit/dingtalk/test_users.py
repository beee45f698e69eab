# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookups of users, and errors for each one not found."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import USER_BY_MOBILE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import DingTalkError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.users import User, Users
from tests.support.fixtures.dingtalk import APP_KEY, APP_SECRET, Connect, FakeClock
from tests.support.simulators.dingtalk import DingTalk


def lookups(server: DingTalk) -> int:
    return sum(call.api == USER_BY_MOBILE.path for call in server.calls)


def test_users_are_found_by_mobile_number_and_user_id(client: Client) -> None:
    users = Users(client)
    assert users.by_mobile("13800000001") == User("user-1", mobile="13800000001")
    found = users.by_userid("user-2")
    assert (found.userid, found.name, found.unionid, found.active) == ("user-2", "user-2", "union-user-2", True)


def test_values_may_be_strings(server: DingTalk, client: Client) -> None:
    server.unclear.strings = True
    assert Users(client).by_userid("user-2").active is True


def test_a_dedicated_account_is_found_by_its_mobile_number(server: DingTalk, client: Client) -> None:
    server.add_user("13700000007", "user-7", dedicated=True)
    errors = Errors()
    users = Users(client).resolve(errors, {"a": {"mobile": "13700000007"}})
    assert (users["a"].userid, list(errors)) == ("user-7", [])


def test_an_account_that_is_not_dedicated_takes_precedence(server: DingTalk, client: Client) -> None:
    server.add_user("13800000001", "user-7", dedicated=True)
    assert Users(client).by_mobile("13800000001").userid == "user-1"


def test_several_dedicated_accounts_are_an_error_about_the_person(server: DingTalk, client: Client) -> None:
    for userid in ("user-7", "user-8"):
        server.add_user("13700000007", userid, dedicated=True)
    errors = Errors()
    users = Users(client).resolve(errors, {"a": {"mobile": "13700000007"}, "b": {"mobile": "13800000001"}})
    assert list(users) == ["b"]
    [error] = errors
    assert error.startswith("a: Could not look up the user with the mobile number 13700000007")
    assert "several dedicated accounts: user-7, user-8. " in error
    assert "Choose one by its user ID, {userid: ..}" in error


@pytest.mark.parametrize("code", [60121, 40104])
def test_an_unknown_number_is_an_error_with_its_place(server: DingTalk, client: Client, code: int) -> None:
    server.unclear.unknown_mobile = code
    people = {
        "dingtalk_chats.ops.owner": {"mobile": "13800000001"},
        "dingtalk_chats.ops.members[0]": {"mobile": "13899999999"},
        "dingtalk_chats.ops.members[1]": {"userid": "user-2"},
    }
    errors = Errors()
    users = Users(client).resolve(errors, people)
    assert {place: user.userid for place, user in users.items()} == {
        "dingtalk_chats.ops.owner": "user-1",
        "dingtalk_chats.ops.members[1]": "user-2",
    }
    (error,) = errors
    assert error.startswith("dingtalk_chats.ops.members[0]: Could not look up the user with the mobile number 1389")
    assert str(code) in error
    assert "通讯录 > 成员管理" in error


@pytest.mark.parametrize("code", [50002, 60011, 60121])
def test_a_member_out_of_range_is_an_error_about_that_member(server: DingTalk, client: Client, code: int) -> None:
    server.unclear.out_of_range = code
    server.add_app(APP_KEY, APP_SECRET, visible=["user-1"])
    errors = Errors()
    users = Users(client).resolve(errors, {"a": {"mobile": "13800000002"}, "b": {"mobile": "13800000001"}})
    assert list(users) == ["b"]
    assert [error.startswith("a: ") for error in errors] == [True]


def test_a_missing_permission_fails_the_whole_lookup(server: DingTalk, client: Client) -> None:
    server.add_app(APP_KEY, APP_SECRET, scopes=["qyapi_base"])
    with pytest.raises(DingTalkError, match="qyapi_get_member_by_mobile"):
        Users(client).resolve(Errors(), {"a": {"mobile": "13800000001"}, "b": {"mobile": "13800000002"}})


def test_a_user_is_looked_up_once(server: DingTalk, client: Client) -> None:
    people = {str(place): {"mobile": "13800000001"} for place in range(5)}
    Users(client).resolve(Errors(), people)
    assert lookups(server) == 1


def test_a_number_is_cached_for_a_day(server: DingTalk, connect: Connect, clock: FakeClock) -> None:
    for later, asked in ((0, 1), (3600, 1), (86400, 2)):
        clock.now += later
        client = connect()
        assert Users(client).by_mobile("13800000001").userid == "user-1"
        client.check_cache.save()
        assert lookups(server) == asked


def test_an_unknown_number_is_not_cached(server: DingTalk, connect: Connect) -> None:
    with pytest.raises(DingTalkError):
        Users(connect()).by_mobile("13877777777")
    server.add_user("13877777777", "user-7")
    assert Users(connect()).by_mobile("13877777777").userid == "user-7"


def test_the_cache_can_be_bypassed(server: DingTalk, connect: Connect) -> None:
    for _run in range(2):
        Users(connect(), use_cache=False).by_mobile("13800000001")
    assert lookups(server) == 2
