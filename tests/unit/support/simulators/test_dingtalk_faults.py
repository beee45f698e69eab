# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults and hooks: failures, their stage, and operations completed in spite of them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from tests.support.simulators.dingtalk import Call, DingTalk
from tests.support.simulators.dingtalk.caller import Caller

pytest_plugins = ("tests.support.simulators.dingtalk.fixtures",)

CREATE = "/v1.0/im/group/create"
GOOD = {"name": "ops", "owner": "user-1", "useridlist": ["user-1"]}


@pytest.mark.parametrize(("kind", "chats"), [("cut_before", 0), ("cut_after", 1)])
def test_a_connection_is_cut_before_or_after_the_operation(
    dingtalk: DingTalk, caller: Caller, kind: Any, chats: int
) -> None:
    dingtalk.fail(CREATE, kind=kind)
    with pytest.raises(requests.ConnectionError):
        caller.new(CREATE, GOOD)
    assert len(dingtalk.chats()) == chats
    assert [(call.status, call.code, call.counted) for call in dingtalk.calls] == [(-1, "cut", chats == 1)]
    caller.create()


@pytest.mark.parametrize(
    ("fault", "status", "chats"),
    [
        ({"kind": "status"}, 503, 0),
        ({"kind": "status", "status": 502, "when": "after"}, 502, 1),
        ({"kind": "errcode", "errcode": "system.error", "status": 500}, 500, 0),
        ({"kind": "errcode", "errcode": "system.busy", "when": "after"}, 400, 1),
        ({"kind": "throttle"}, 403, 0),
        ({"kind": "x5"}, 403, 0),
        ({"kind": "expired_token"}, 400, 0),
        ({"kind": "delay", "seconds": 0.01}, 200, 1),
    ],
)
def test_an_injected_fault_happens_once(
    dingtalk: DingTalk, caller: Caller, fault: dict[str, Any], status: int, chats: int
) -> None:
    dingtalk.fail(CREATE, **fault)
    headers = {"x-acs-dingtalk-access-token": caller.token}
    assert caller.request("POST", dingtalk.api_url + CREATE, json=GOOD, headers=headers).status_code == status
    assert len(dingtalk.chats()) == chats
    caller.login()
    caller.create()


def test_a_fault_can_remain_until_it_is_healed(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.fail("*", times=None, kind="errcode", errcode=-1)
    assert [caller.get("/auth/scopes")["errcode"] for _ in range(3)] == [-1] * 3
    dingtalk.heal()
    assert caller.get("/auth/scopes")["errcode"] == 0


def test_an_expired_token_remains_expired(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.fail("/auth/scopes", kind="expired_token")
    assert [caller.get("/auth/scopes")["errcode"] for _ in range(2)] == [42001, 42001]
    caller.login()
    assert caller.get("/auth/scopes")["errcode"] == 0


def test_throttled_and_lost_calls_are_not_counted(dingtalk: DingTalk, caller: Caller) -> None:
    for kind in ("throttle", "x5", "status"):
        dingtalk.fail("/auth/scopes", kind=kind)
        caller.request("GET", f"{dingtalk.legacy_api_url}/auth/scopes", params={"access_token": caller.token})
    assert dingtalk.counted_calls() == []
    assert dingtalk.limits.used("api") == 0


def test_a_ban_may_be_html(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.unclear.x5_html = True
    dingtalk.fail("*", kind="x5")
    assert "punish" in caller.request("GET", f"{dingtalk.legacy_api_url}/auth/scopes").text


def test_a_request_with_a_late_response_is_executed(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.fail(CREATE, kind="delay", seconds=0.3, when="after")
    headers = {"x-acs-dingtalk-access-token": caller.token}
    with pytest.raises(requests.Timeout):
        caller.request("POST", dingtalk.api_url + CREATE, json=GOOD, headers=headers, timeout=0.1)
    assert len(dingtalk.chats()) == 1


def test_a_request_is_blocked_while_others_pass(dingtalk: DingTalk, caller: Caller) -> None:
    pause = dingtalk.pause(CREATE, "after")
    thread = threading.Thread(target=caller.create)
    thread.start()
    pause.wait()
    assert len(dingtalk.chats()) == 1
    assert dingtalk.calls[-1].status == 0
    other = Caller(dingtalk, "app-1", "app-1-secret")
    assert other.login() == caller.token
    pause.release()
    thread.join(5)
    assert [call.status for call in dingtalk.calls] == [200, 200]


def test_hooks_are_called_before_and_after_the_operation(dingtalk: DingTalk, caller: Caller) -> None:
    seen: list[tuple[str, int]] = []

    def hook(call: Call) -> None:
        seen.append((call.path, len(dingtalk.chats())))

    dingtalk.before("*/group/create", hook)
    dingtalk.after("*/group/create", hook)
    caller.create()
    assert seen == [(CREATE, 0), (CREATE, 1)]


def test_a_failing_hook_fails_the_test(tmp_path: Any) -> None:
    dingtalk = DingTalk(tmp_path)

    def hook(_call: Call) -> None:
        raise ZeroDivisionError("in the hook")

    dingtalk.add_app("app-1", "app-1-secret")
    dingtalk.before("/gettoken", hook)
    dingtalk.__enter__()
    with pytest.raises(requests.JSONDecodeError):
        Caller(dingtalk, "app-1", "app-1-secret").login()
    with pytest.raises(RuntimeError, match="in the hook"):
        dingtalk.__exit__(None, None, None)


def test_an_unknown_kind_is_refused(dingtalk: DingTalk) -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        dingtalk.fail("*", kind="other")  # type: ignore[arg-type]
