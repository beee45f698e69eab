# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy: tunnels, forwarded requests, and what DingTalk has done when one of its faults happens."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.dingtalk.caller import Caller

pytest_plugins = ("tests.support.simulators.dingtalk.fixtures",)

CREATE = "/v1.0/im/group/create"
GOOD = {"name": "ops", "owner": "user-1", "useridlist": ["user-1"]}


def create(dingtalk: DingTalk, caller: Caller, base: str) -> requests.Response:
    proxies = {"http": dingtalk.proxy_url, "https": dingtalk.proxy_url}
    headers = {"x-acs-dingtalk-access-token": caller.token}
    return caller.request("POST", base + CREATE, json=GOOD, headers=headers, proxies=proxies)


def test_it_tunnels_https_and_forwards_http(dingtalk: DingTalk, caller: Caller) -> None:
    for base in (dingtalk.api_url, dingtalk.plain_api_url):
        assert create(dingtalk, caller, base).json()["chatid"]
    place = dingtalk.api_url.removeprefix("https://")
    assert dingtalk.proxy.requests == [f"CONNECT {place}", f"POST http://{place}{CREATE}"]
    assert len(dingtalk.chats()) == 2


def test_an_unknown_target_is_refused(dingtalk: DingTalk, caller: Caller) -> None:
    assert create(dingtalk, caller, "http://elsewhere.invalid").status_code == 502


@pytest.mark.parametrize(("kind", "status", "chats"), [("refuse", 407, 0), ("replace", 503, 1)])
def test_a_forwarded_request_is_answered_with_a_page(
    dingtalk: DingTalk, caller: Caller, kind: Any, status: int, chats: int
) -> None:
    dingtalk.proxy.fail(kind, status)
    answer = create(dingtalk, caller, dingtalk.plain_api_url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    assert len(dingtalk.chats()) == chats
    assert create(dingtalk, caller, dingtalk.plain_api_url).status_code == 200


@pytest.mark.parametrize(
    ("kind", "base", "chats"),
    [
        ("refuse", "api_url", 0),
        ("close", "api_url", 0),
        ("broken_tunnel", "api_url", 0),
        ("close", "plain_api_url", 0),
        ("drop", "plain_api_url", 1),
    ],
)
def test_a_connection_fails_before_or_after_the_operation(
    dingtalk: DingTalk, caller: Caller, kind: Any, base: str, chats: int
) -> None:
    dingtalk.proxy.fail(kind)
    with pytest.raises(requests.ConnectionError):
        create(dingtalk, caller, getattr(dingtalk, base))
    assert len(dingtalk.chats()) == chats


@pytest.mark.parametrize("base", ["api_url", "plain_api_url"])
def test_connections_can_be_cut_after_the_operation(dingtalk: DingTalk, caller: Caller, base: str) -> None:
    dingtalk.after(CREATE, dingtalk.proxy.cut)
    with pytest.raises(requests.ConnectionError):
        create(dingtalk, caller, getattr(dingtalk, base))
    assert len(dingtalk.chats()) == 1


def test_healing_removes_the_faults(dingtalk: DingTalk, caller: Caller) -> None:
    dingtalk.proxy.fail("refuse", times=3)
    dingtalk.heal()
    assert create(dingtalk, caller, dingtalk.api_url).status_code == 200
