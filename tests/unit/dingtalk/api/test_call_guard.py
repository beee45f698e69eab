# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The call guard enforces rate limits across processes, cool-downs during bans, and the call budget."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.table import ROBOT_TOO_FAST
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    CHAT,
    SEND_TO_ROBOT,
    USER_BY_MOBILE,
    Endpoint,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import (
    BudgetSpent,
    DingTalkError,
    NotSent,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.rate_limit import Rates
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.robots.messages import (
    Message,
    send_to_robot,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.robots.webhook import Webhook
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.state.files import StateFiles
from tests.support.fixtures.dingtalk import APP_KEY, Connect, FakeClock
from tests.support.simulators.dingtalk import DingTalk

MOBILE = {"mobile": "13800000001"}


def received(server: DingTalk, endpoint: Endpoint) -> list[float]:
    return [call.time for call in server.calls if call.api == endpoint.path]


class StoppedClock:
    """A stopped clock that raises for waits of a second or more; short waits for a lock are real."""

    def time(self) -> float:
        return 1_700_000_000.0

    def sleep(self, seconds: float) -> None:
        if seconds >= 1:
            raise InterruptedError
        time.sleep(seconds)


def count_calls_without_waiting(folder: Path) -> int:
    rates, calls = Rates(StateFiles(folder, print), StoppedClock()), 0
    try:
        while True:
            rates.wait("api", 10, 1.0)
            calls += 1
    except InterruptedError:
        return calls


def test_processes_share_the_rate_limit(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        calls = pool.map(count_calls_without_waiting, [tmp_path / "state"] * 8)
    assert sum(calls) == 10


def test_concurrent_plays_call_an_api_ten_times_per_second(
    server: DingTalk, connect: Connect, clock: FakeClock
) -> None:
    clients = [connect(), connect()]
    times = []
    for number in range(45):
        clients[number % 2].call(USER_BY_MOBILE, body=MOBILE)
        times.append(clock.now)
    assert all(later - earlier >= 1 for earlier, later in zip(times, times[10:], strict=False))
    assert times[-1] - times[0] < 5
    assert len(received(server, USER_BY_MOBILE)) == 45


def test_the_rate_limit_is_per_api(server: DingTalk, connect: Connect, clock: FakeClock) -> None:
    client, chat = connect(), server.add_chat("Ops", "user-1", app=APP_KEY).chatid
    for _call in range(10):
        client.call(USER_BY_MOBILE, body=MOBILE)
        client.call(CHAT, query={"chatid": chat})
    assert clock.slept == []


def test_a_clock_set_back_causes_no_wait(connect: Connect, clock: FakeClock) -> None:
    for _call in range(10):
        connect().call(USER_BY_MOBILE, body=MOBILE)
    clock.now -= 7200
    connect().call(USER_BY_MOBILE, body=MOBILE)
    assert clock.slept == []


def test_an_unusable_folder_is_a_warning_and_the_rate_limit_still_applies(
    connect: Connect, clock: FakeClock, tmp_path: Path, warnings: list[str]
) -> None:
    (tmp_path / "file").touch()
    client = connect(state_path=str(tmp_path / "file"))
    for _call in range(11):
        client.call(USER_BY_MOBILE, body=MOBILE)
    assert sum(clock.slept) >= 1
    assert any("state_path" in text for text in warnings)


def webhook(server: DingTalk, client: Client) -> Webhook:
    url = server.add_custom_robot(server.add_chat("Ops", "user-1").chatid, "alerts")
    return Webhook.from_url(url, secrets=client.secrets)


def test_clients_share_the_rate_limit_of_a_robot(server: DingTalk, connect: Connect, clock: FakeClock) -> None:
    robot, begin = webhook(server, connect()), clock.now
    clock.passing = server.clock.advance
    for number in range(41):
        send_to_robot(connect(), robot, Message(str(number)))
    assert 120 <= clock.now - begin < 125
    assert {call.code for call in server.calls if call.api == SEND_TO_ROBOT.path} == {0}


@pytest.mark.parametrize("code", ROBOT_TOO_FAST)
def test_a_silenced_robot_is_not_called_and_others_are(
    server: DingTalk, connect: Connect, clock: FakeClock, code: str
) -> None:
    robot, other = webhook(server, connect()), webhook(server, connect())
    server.fail(SEND_TO_ROBOT.path, kind="errcode", errcode=int(code))
    for _try in range(2):
        with pytest.raises(DingTalkError):
            send_to_robot(connect(), robot, Message("one"))
    assert len(received(server, SEND_TO_ROBOT)) == 1
    send_to_robot(connect(), other, Message("two"))
    clock.now += 601
    send_to_robot(connect(), robot, Message("three"))


@pytest.mark.parametrize("html", [False, True])
def test_nothing_is_called_for_five_minutes_during_an_ip_ban(
    server: DingTalk, connect: Connect, clock: FakeClock, html: bool
) -> None:
    server.unclear.x5_html = html
    server.fail("*", kind="x5")
    with pytest.raises(DingTalkError, match="banned the public IP for 5 minutes"):
        connect().call(USER_BY_MOBILE, body=MOBILE)
    before = len(server.calls)
    clock.now += 299
    for changes in ({}, {"app_key": "ding-other", "app_secret": "other-planted-secret"}):
        with pytest.raises(NotSent, match="so nothing is sent before") as caught:
            connect(**changes).call(USER_BY_MOBILE, body=MOBILE)
        assert caught.value.concerns_app
        assert not caught.value.outcome_unknown
    assert len(server.calls) == before
    clock.now += 2
    connect().call(USER_BY_MOBILE, body=MOBILE)


def counted(connect: Connect, budget: int | None, chat: str) -> Callable[[], Client]:
    client = connect(call_budget=budget)

    def call() -> Client:
        client.call(USER_BY_MOBILE, body=MOBILE)
        client.call(CHAT, query={"chatid": chat}, subject=chat)
        return client

    return call


def test_a_budget_refuses_the_call_that_would_exceed_it(server: DingTalk, connect: Connect) -> None:
    chat = server.add_chat("Ops", "user-1", app=APP_KEY).chatid
    call = counted(connect, 2, chat)
    call()
    client = call()
    with pytest.raises(BudgetSpent, match="the budget of 2 counted calls is used up") as caught:
        call()
    assert "dingtalk_call_budget" in caught.value.message
    assert not caught.value.outcome_unknown
    assert client.call_counter.counted == len(server.counted_calls()) == 2
    assert client.call_counter.report()["free"] == 4
