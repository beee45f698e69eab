# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens: three ways to get one, their lifetime, and errors of invalid ones."""

from __future__ import annotations

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.caller import Caller

pytest_plugins = ("tests.support.simulators.dingtalk.fixtures",)

KEYS = {"appKey": "app-1", "appSecret": "app-1-secret"}


def test_another_request_returns_the_same_token_and_renews_it(dingtalk: DingTalk, caller: Caller) -> None:
    first = caller.token
    dingtalk.clock.advance(7000)
    assert caller.login() == first
    dingtalk.clock.advance(7000)
    assert caller.get("/auth/scopes")["errcode"] == 0
    dingtalk.clock.advance(201)
    assert caller.get("/auth/scopes")["errcode"] == 42001
    assert caller.login() != first


def test_one_token_serves_both_generations(dingtalk: DingTalk, caller: Caller) -> None:
    status, answer = caller.new("/v1.0/oauth2/accessToken", KEYS)
    assert (status, answer["accessToken"], answer["expireIn"]) == (200, caller.token, 7200)


def test_the_unified_call_requires_the_right_organisation(dingtalk: DingTalk, caller: Caller) -> None:
    body = {"client_id": "app-1", "client_secret": "app-1-secret", "grant_type": "client_credentials"}
    assert caller.new(f"/v1.0/oauth2/{dingtalk.corp_id}/token", body)[1]["access_token"] == caller.token
    status, answer = caller.new("/v1.0/oauth2/dingother/token", body)
    assert (status, answer["code"]) == (401, "unauthorized.client")


def test_a_wrong_secret_is_refused_in_both_styles(dingtalk: DingTalk, caller: Caller) -> None:
    assert caller.get("/gettoken", appkey="app-1", appsecret="wrong")["errcode"] == 40089
    dingtalk.unclear.wrong_secret = 40001
    assert caller.get("/gettoken", appkey="app-2", appsecret="wrong")["errcode"] == 40001
    status, answer = caller.new("/v1.0/oauth2/accessToken", KEYS | {"appSecret": "wrong"})
    assert (status, answer["code"]) == (400, "invalidClientIdOrSecret")


def test_a_token_must_be_where_its_api_generation_expects_it(dingtalk: DingTalk, caller: Caller) -> None:
    in_header = {"x-acs-dingtalk-access-token": caller.token}
    in_query = {"access_token": caller.token}
    legacy = caller.request("GET", f"{dingtalk.legacy_api_url}/auth/scopes", headers=in_header).json()
    new = caller.request("POST", f"{dingtalk.api_url}/v1.0/im/group/create", params=in_query, json={})
    assert legacy["errcode"] == 41001
    assert (new.status_code, new.json()["code"]) == (400, "InvalidAuthentication")


def test_unknown_and_expired_tokens_have_different_errors(dingtalk: DingTalk, caller: Caller) -> None:
    assert caller.get("/auth/scopes", access_token="unknown")["errcode"] == 40014
    dingtalk.expire_tokens()
    assert caller.get("/auth/scopes")["errcode"] == 42001


def test_the_record_of_calls_contains_no_secret(dingtalk: DingTalk, caller: Caller) -> None:
    caller.login()
    caller.new("/v1.0/oauth2/accessToken", KEYS)
    caller.get("/auth/scopes")
    record = repr(dingtalk.calls)
    assert caller.token not in record
    assert "app-1-secret" not in record
    assert [call.path for call in dingtalk.calls] == ["/gettoken", "/v1.0/oauth2/accessToken", "/auth/scopes"]
