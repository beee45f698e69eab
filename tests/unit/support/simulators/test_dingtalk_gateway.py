# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway: error envelopes, permissions, IP lists, frequency limits and quotas, the record of calls, the proxy."""

from __future__ import annotations

import calendar
from typing import Any

import pytest

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.caller import Caller

pytest_plugins = ("tests.support.simulators.dingtalk.fixtures",)

CREATE = "/v1.0/im/group/create"


def restrict(dingtalk: DingTalk, **options: Any) -> None:
    dingtalk.add_app("app-1", "app-1-secret", **options)


def test_a_missing_scope_is_reported_before_invalid_parameters(dingtalk: DingTalk, caller: Caller) -> None:
    restrict(dingtalk, scopes=[])
    status, answer = caller.new(CREATE, {"bad": 1})
    assert (status, answer["code"]) == (403, "Forbidden.AccessDenied.AccessTokenPermissionDenied")
    assert answer["accessdenieddetail"] == {"requiredScopes": ["qyapi_chat_manage"]}


@pytest.mark.parametrize(
    ("spelling", "keys"),
    [
        ("lower", {"code", "message", "requestid", "accessdenieddetail"}),
        ("camel", {"code", "message", "requestId", "accessDeniedDetail"}),
        ("pascal", {"Code", "Message", "RequestId", "AccessDeniedDetail"}),
    ],
)
def test_the_keys_of_a_new_error_vary(dingtalk: DingTalk, caller: Caller, spelling: Any, keys: set[str]) -> None:
    restrict(dingtalk, scopes=[])
    dingtalk.unclear.error_keys = spelling
    assert set(caller.new(CREATE)[1]) == keys


def test_a_missing_scope_has_two_legacy_forms(dingtalk: DingTalk, caller: Caller) -> None:
    restrict(dingtalk, scopes=[])
    first = caller.get("/chat/get")
    dingtalk.unclear.legacy_permission = 60011
    second = caller.get("/chat/get")
    assert (first["errcode"], first["sub_code"], "qyapi_chat_read" in first["sub_msg"]) == (88, "60011", True)
    assert (second["errcode"], "qyapi_chat_read" in second["errmsg"]) == (60011, True)


def test_an_address_outside_the_list_is_in_the_error(dingtalk: DingTalk, caller: Caller) -> None:
    restrict(dingtalk, ips=["198.51.100.*"])
    status, answer = caller.new(CREATE)
    legacy = caller.get("/chat/get")
    assert (status, answer["code"]) == (403, "Forbidden.AccessDenied.IpNotInWhiteList")
    assert legacy["errcode"] == 60020
    assert "request ip=203.0.113.10 appKey(app-1)" in legacy["errmsg"]
    dingtalk.client_ip = "198.51.100.1"
    caller.create()


def test_wrong_verbs_and_paths(dingtalk: DingTalk, caller: Caller) -> None:
    assert caller.post("/chat/get", {})["errcode"] == 43001
    assert caller.get("/chat/send")["errcode"] == 43002
    assert caller.get("/chat/none")["errcode"] == 404
    assert caller.get(CREATE)["errcode"] == 404
    assert caller.new("/v1.0/im/none")[0] == 404
    assert caller.request("GET", dingtalk.api_url + CREATE).status_code == 405


def test_calls_of_one_api_per_second_are_limited_if_enabled(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.clock.freeze()
    dingtalk.limits.qps = 20
    errcodes = [caller.get("/auth/scopes")["errcode"] for _ in range(21)]
    assert errcodes == [0] * 20 + [90018]
    assert caller.new(CREATE, {})[1]["code"] == "parameter.invalid"
    dingtalk.clock.advance(1)
    assert caller.get("/auth/scopes")["errcode"] == 0
    assert len(dingtalk.counted_calls()) == 22


def test_a_flood_bans_the_address_for_five_minutes(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.clock.freeze()
    dingtalk.limits.per_ip = 3
    dingtalk.client_ip = "198.51.100.1"
    answers = [caller.get("/auth/scopes") for _ in range(4)]
    assert [answer.get("punish") for answer in answers] == [None, None, None, "deny"]
    dingtalk.clock.advance(299)
    assert caller.get("/auth/scopes")["status"] == 1111
    dingtalk.clock.advance(1)
    assert caller.get("/auth/scopes")["errcode"] == 0


def test_the_monthly_quota_is_used_up_and_reset(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.clock.set(calendar.timegm((2026, 1, 31, 23, 0, 0)))
    caller.login()
    dingtalk.limits.monthly["api"] = dingtalk.limits.used("api") + 1
    caller.create()
    assert caller.new(CREATE)[1]["code"] == "Forbidden.AccessDenied.ApiCountLimitForOrg"
    assert caller.get("/chat/get")["errcode"] == 90020
    assert caller.post("/topapi/v2/user/get", {"userid": "user-1"})["errcode"] == 0
    dingtalk.clock.advance(3600)
    assert dingtalk.limits.used("api") == 0
    caller.create()
    assert [call.counted for call in dingtalk.calls if call.path == CREATE] == [True, False, True]


def test_every_call_is_recorded(dingtalk: DingTalk, caller: Caller) -> None:
    caller.create()
    caller.get("/chat/get", chatid="chat0")
    first, second = dingtalk.calls
    assert (first.method, first.path, first.app, first.status, first.code, first.counted) == (
        "POST",
        CREATE,
        "app-1",
        200,
        0,
        True,
    )
    assert first.body["name"] == "ops"
    assert (second.path, second.query, second.code) == ("/chat/get", {"access_token": "***", "chatid": "chat0"}, 40016)
    dingtalk.reset_calls()
    assert dingtalk.calls == []


def test_the_proxy_forwards_dingtalks_host_names(dingtalk: DingTalk, caller: Caller) -> None:
    proxies = {"https": dingtalk.proxy_url}
    query = {"appkey": "app-1", "appsecret": "app-1-secret"}
    answer = caller.request("GET", "https://oapi.dingtalk.com/gettoken", params=query, proxies=proxies)
    assert answer.json()["access_token"] == caller.token
    new = caller.request("POST", "https://api.dingtalk.com/v1.0/im/group/create", proxies=proxies)
    assert new.json()["code"] == "InvalidAuthentication"
