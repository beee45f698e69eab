# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Safe retries, the call counter, and error messages."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import InputError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    CHAT_ROBOTS,
    CREATE_CHAT,
    USER_BY_MOBILE,
    Endpoint,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import DingTalkError
from tests.support.fixtures.dingtalk import APP_KEY, Connect, FakeClock
from tests.support.simulators.dingtalk import DingTalk

MOBILE = {"mobile": "13800000001"}
NEW_CHAT = {"name": "Ops", "owner": "user-1", "useridlist": ["user-1"]}


def received(server: DingTalk, endpoint: Endpoint) -> int:
    return sum(call.api == endpoint.path for call in server.calls)


def look_up(client: Client) -> str:
    return str(client.call(USER_BY_MOBILE, body=MOBILE)["result"]["userid"])


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 500},
        {"kind": "errcode", "errcode": -1},
        {"kind": "throttle"},
        {"kind": "cut_before"},
        {"kind": "cut_after"},
    ],
)
def test_a_read_is_retried_twice(server: DingTalk, client: Client, clock: FakeClock, fault: dict[str, str]) -> None:
    server.fail(USER_BY_MOBILE.path, times=2, **fault)  # type: ignore[arg-type]
    assert look_up(client) == "user-1"
    assert received(server, USER_BY_MOBILE) == 3
    assert len(clock.slept) == 2
    assert all(1 <= seconds <= 5 for seconds in clock.slept)


def test_a_read_fails_after_three_attempts(server: DingTalk, client: Client) -> None:
    server.fail(USER_BY_MOBILE.path, times=None, status=503)
    with pytest.raises(DingTalkError, match=r"the answer \(HTTP status 503\) is a web page") as caught:
        look_up(client)
    assert caught.value.outcome_unknown
    assert received(server, USER_BY_MOBILE) == 3


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 500, "when": "after"},
        {"kind": "errcode", "errcode": "system.error"},
        {"kind": "cut_before"},
        {"kind": "cut_after"},
    ],
)
def test_a_write_of_unknown_outcome_is_never_repeated(server: DingTalk, client: Client, fault: dict[str, str]) -> None:
    server.fail(CREATE_CHAT.path, times=1, **fault)  # type: ignore[arg-type]
    with pytest.raises(DingTalkError) as caught:
        client.call(CREATE_CHAT, body=NEW_CHAT)
    assert caught.value.outcome_unknown
    assert received(server, CREATE_CHAT) == 1


def test_a_write_that_timed_out_is_never_repeated(server: DingTalk, connect: Connect) -> None:
    paused = server.pause(CREATE_CHAT.path, when="after")
    with pytest.raises(DingTalkError, match="did not answer in time") as caught:
        connect(request_timeout=1).call(CREATE_CHAT, body=NEW_CHAT)
    paused.release()
    assert caught.value.outcome_unknown
    assert caught.value.code == ""
    assert received(server, CREATE_CHAT) == 1


def test_a_write_throttled_by_the_gateway_is_repeated(server: DingTalk, client: Client) -> None:
    server.fail(CREATE_CHAT.path, times=2, kind="throttle")
    assert client.call(CREATE_CHAT, body=NEW_CHAT)["chatid"]
    assert len(server.chats()) == 1


def test_a_limit_per_minute_delays_the_retry_by_a_minute(server: DingTalk, client: Client, clock: FakeClock) -> None:
    code = "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi"
    server.fail(CHAT_ROBOTS.path, kind="errcode", errcode=code)
    with pytest.raises(DingTalkError, match="illegal"):
        client.call(CHAT_ROBOTS, body={"openConversationId": "cid"})
    assert 60 <= clock.slept[0] <= 61


@pytest.mark.parametrize("html", [False, True])
def test_a_call_is_not_repeated_during_an_ip_ban(server: DingTalk, client: Client, html: bool) -> None:
    server.unclear.x5_html = html
    server.fail(USER_BY_MOBILE.path, kind="x5")
    with pytest.raises(DingTalkError, match="banned the public IP for 5 minutes") as caught:
        look_up(client)
    assert caught.value.outcome_unknown is html
    assert received(server, USER_BY_MOBILE) == 1


@pytest.mark.parametrize(("form", "keys"), [(88, "lower"), (60011, "camel"), (88, "pascal")])
def test_a_missing_permission_error_has_scope_and_page(server: DingTalk, client: Client, form: int, keys: str) -> None:
    server.unclear.legacy_permission = form  # type: ignore[assignment]
    server.unclear.error_keys = keys  # type: ignore[assignment]
    server.add_app(APP_KEY, "planted-app-secret", scopes=["qyapi_base"])
    for endpoint, body in ((USER_BY_MOBILE, MOBILE), (CREATE_CHAT, NEW_CHAT)):
        with pytest.raises(
            DingTalkError, match=rf"permission {endpoint.scope}\. Search for the name .*开发配置 > 权限管理"
        ) as caught:
            client.call(endpoint, body=body)
        assert not caught.value.outcome_unknown
        assert received(server, endpoint) == 1
        assert caught.value.request_id


def test_a_refused_ip_error_has_the_ip_and_the_page(server: DingTalk, client: Client) -> None:
    server.add_app(APP_KEY, "planted-app-secret", ips=["198.51.100.*"])
    server.client_ip = "203.0.113.9"
    for endpoint, body in ((USER_BY_MOBILE, MOBILE), (CREATE_CHAT, NEW_CHAT)):
        with pytest.raises(DingTalkError, match=r"Add the IP 203\.0\.113\.9 .*开发配置 > 安全设置") as caught:
            client.call(endpoint, body=body)
        assert caught.value.concerns_app


def test_an_exhausted_quota_is_not_retried(server: DingTalk, client: Client, clock: FakeClock) -> None:
    server.limits.monthly["api"] = 0
    with pytest.raises(DingTalkError, match=r"used up.*资源管理"):
        client.call(CREATE_CHAT, body=NEW_CHAT)
    assert clock.slept == []


def test_the_call_counter_matches_that_of_dingtalk(server: DingTalk, client: Client) -> None:
    look_up(client)
    client.call(CREATE_CHAT, body=NEW_CHAT)
    server.fail(CREATE_CHAT.path, kind="throttle")
    client.call(CREATE_CHAT, body=NEW_CHAT)
    report = client.call_counter.report()
    assert report["counted"] == server.limits.used("api") == 2
    assert report["free"] == 2
    assert report["by_endpoint"][str(CREATE_CHAT)] == 2


def test_nothing_is_called_without_an_app(server: DingTalk, connect: Connect) -> None:
    with pytest.raises(InputError, match="app_key and app_secret are required"):
        look_up(connect(app_key=None, app_secret=None))
    assert server.calls == []


def test_an_error_has_facts_for_the_result(server: DingTalk, client: Client) -> None:
    with pytest.raises(DingTalkError) as caught:
        client.call(USER_BY_MOBILE, body={"mobile": "13899999999"}, subject="13899999999")
    error = caught.value
    assert str(error).startswith(
        "Could not look up the user with the mobile number 13899999999 (POST /topapi/v2/user/getbymobile): "
        "DingTalk returned 60121: "
    )
    assert error.facts["dingtalk"]["code"] == "60121"
    assert error.facts["dingtalk"]["advice"] in str(error)
