# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No more calls than DingTalk allows, whoever makes them; none while it punishes; none beyond the budget."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import pytest

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


class StandingClock:
    """Nobody may wait for a second to pass; waiting for a lock takes its time."""

    def time(self) -> float:
        return 1_700_000_000.0

    def sleep(self, seconds: float) -> None:
        if seconds >= 1:
            raise InterruptedError
        time.sleep(seconds)


def call_until_it_would_wait(folder: Path) -> int:
    rates, calls = Rates(StateFiles(folder, print), StandingClock()), 0
    try:
        while True:
            rates.wait("api", 10, 1.0)
            calls += 1
    except InterruptedError:
        return calls


def test_processes_share_the_calls_of_a_second(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        calls = pool.map(call_until_it_would_wait, [tmp_path / "state"] * 8)
    assert sum(calls) == 10


def test_plays_together_call_an_api_ten_times_in_a_second(server: DingTalk, connect: Connect, clock: FakeClock) -> None:
    clients = [connect(), connect()]
    times = []
    for number in range(45):
        clients[number % 2].call(USER_BY_MOBILE, body=MOBILE)
        times.append(clock.now)
    assert all(later - earlier >= 1 for earlier, later in zip(times, times[10:], strict=False))
    assert times[-1] - times[0] < 5
    assert len(received(server, USER_BY_MOBILE)) == 45


def test_another_api_is_not_held_up(server: DingTalk, connect: Connect, clock: FakeClock) -> None:
    client, chat = connect(), server.add_chat("Ops", "user-1", app=APP_KEY).chatid
    for _call in range(10):
        client.call(USER_BY_MOBILE, body=MOBILE)
        client.call(CHAT, query={"chatid": chat})
    assert clock.slept == []


def test_a_clock_set_back_holds_nobody_up(connect: Connect, clock: FakeClock) -> None:
    for _call in range(10):
        connect().call(USER_BY_MOBILE, body=MOBILE)
    clock.now -= 7200
    connect().call(USER_BY_MOBILE, body=MOBILE)
    assert clock.slept == []


def test_a_folder_that_cannot_be_used_is_a_warning_and_the_rate_is_kept(
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


def test_a_robot_speaks_twenty_times_a_minute_whoever_makes_it(
    server: DingTalk, connect: Connect, clock: FakeClock
) -> None:
    robot, begin = webhook(server, connect()), clock.now
    clock.passing = server.clock.advance
    for number in range(41):
        send_to_robot(connect(), robot, Message(str(number)))
    assert 120 <= clock.now - begin < 125
    assert {call.code for call in server.calls if call.api == SEND_TO_ROBOT.path} == {0}


def test_a_silenced_robot_is_left_alone_and_others_are_not(
    server: DingTalk, connect: Connect, clock: FakeClock
) -> None:
    robot, other = webhook(server, connect()), webhook(server, connect())
    server.fail(SEND_TO_ROBOT.path, kind="throttle")
    for _try in range(2):
        with pytest.raises(DingTalkError):
            send_to_robot(connect(), robot, Message("one"))
    assert len(received(server, SEND_TO_ROBOT)) == 1
    send_to_robot(connect(), other, Message("two"))
    clock.now += 601
    send_to_robot(connect(), robot, Message("three"))


@pytest.mark.parametrize("html", [False, True])
def test_a_banned_ip_calls_nothing_for_five_minutes(
    server: DingTalk, connect: Connect, clock: FakeClock, html: bool
) -> None:
    server.unclear.x5_html = html
    server.fail("*", kind="x5")
    with pytest.raises(DingTalkError, match="banned the public IP for 5 minutes"):
        connect().call(USER_BY_MOBILE, body=MOBILE)
    before = len(server.calls)
    clock.now += 299
    for changes in ({}, {"app_key": "ding-other", "app_secret": "other-planted-secret"}):
        with pytest.raises(NotSent, match="nothing is sent until that is over, at") as caught:
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


def test_a_budget_stops_before_the_call_that_would_overrun_it(server: DingTalk, connect: Connect) -> None:
    chat = server.add_chat("Ops", "user-1", app=APP_KEY).chatid
    call = counted(connect, 2, chat)
    call()
    client = call()
    with pytest.raises(BudgetSpent, match="the 2 counted calls that it may make are used up") as caught:
        call()
    assert "dingtalk_call_budget" in caught.value.message
    assert not caught.value.outcome_unknown
    assert client.call_counter.counted == len(server.counted_calls()) == 2
    assert client.call_counter.report()["free"] == 4
