# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users: look-up by mobile number and details."""

from __future__ import annotations

import pytest

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.caller import Caller

pytest_plugins = ("tests.support.simulators.dingtalk.fixtures",)

BY_MOBILE = "/topapi/v2/user/getbymobile"


def test_a_member_is_found_by_mobile_in_json_and_in_a_form(dingtalk: DingTalk, caller: Caller) -> None:
    assert caller.post(BY_MOBILE, {"mobile": "13800000002"})["result"] == {"userid": "user-2"}
    form = caller.request(
        "POST",
        dingtalk.legacy_api_url + BY_MOBILE,
        params={"access_token": caller.token},
        data={"mobile": "13800000003"},
    )
    assert form.json()["result"] == {"userid": "user-3"}


def test_inactive_and_unknown_users_are_not_found(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.add_user("13900000000", active=False)
    assert caller.post(BY_MOBILE, {"mobile": "13900000000"})["errcode"] == 60121
    dingtalk.unclear.unknown_mobile = 40104
    assert caller.post(BY_MOBILE, {"mobile": "13911111111"})["errcode"] == 40104


def test_dedicated_accounts_are_found_on_request_only(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.add_user("13700000007", "user-7", dedicated=True)
    assert caller.post(BY_MOBILE, {"mobile": "13700000007"})["errcode"] == 60121
    request = {"mobile": "13700000007", "support_exclusive_account_search": True}
    assert caller.post(BY_MOBILE, request)["result"] == {"exclusive_account_userid_list": ["user-7"]}
    dingtalk.add_user("13700000007", "user-8")
    assert caller.post(BY_MOBILE, {"mobile": "13700000007"})["result"] == {"userid": "user-8"}


def test_a_member_outside_the_apps_range_is_refused(dingtalk: DingTalk) -> None:
    dingtalk.add_app("app-2", "app-2-secret", visible=["user-1"])
    caller = Caller(dingtalk, "app-2", "app-2-secret")
    caller.login()
    assert caller.post(BY_MOBILE, {"mobile": "13800000001"})["errcode"] == 0
    assert caller.post(BY_MOBILE, {"mobile": "13800000002"})["errcode"] == 50002
    assert caller.get("/auth/scopes")["auth_org_scopes"]["authed_user"] == ["user-1"]


def test_details_contain_no_mobile_number(caller: Caller) -> None:
    result = caller.post("/topapi/v2/user/get", {"userid": "user-1"})["result"]
    assert result["active"] is True
    assert "mobile" not in result
    assert caller.post("/topapi/v2/user/get", {"userid": "nobody"})["errcode"] == 33012


def test_numbers_and_flags_may_be_strings(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.unclear.strings = True
    answer = caller.post("/topapi/v2/user/get", {"userid": "user-1"})
    assert (answer["errcode"], answer["result"]["active"]) == ("0", "true")


@pytest.mark.parametrize("body", [{}, {"mobile": 13800000001}, {"mobile": "13800000001", "extra": 1}])
def test_invalid_parameters_are_refused(caller: Caller, body: dict[str, object]) -> None:
    assert caller.post(BY_MOBILE, body)["errcode"] == 400002


def test_user_calls_do_not_count_against_the_quota(dingtalk: DingTalk, caller: Caller) -> None:
    caller.login()
    caller.post(BY_MOBILE, {"mobile": "13800000001"})
    caller.post("/topapi/v2/user/get", {"userid": "user-1"})
    assert dingtalk.counted_calls() == []
