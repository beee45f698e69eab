# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One token per two hours, shared between runs, renewed once when refused."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.clock import SystemClock
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    ACCESS_TOKEN,
    USER_BY_MOBILE,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import DingTalkError
from tests.support.fixtures.dingtalk import APP_KEY, APP_SECRET, Connect, FakeClock
from tests.support.simulators.dingtalk import DingTalk

MOBILE = {"mobile": "13800000001"}


def token_calls(server: DingTalk) -> int:
    return sum(call.api == ACCESS_TOKEN.path for call in server.calls)


def test_runs_share_a_token(server: DingTalk, connect: Connect) -> None:
    for _run in range(3):
        connect().call(USER_BY_MOBILE, body=MOBILE)
    assert token_calls(server) == 1


def test_the_cache_file_is_private_and_its_name_reveals_nothing(connect: Connect, tmp_path: Path) -> None:
    client = connect()
    client.call(USER_BY_MOBILE, body=MOBILE)
    (file,) = (tmp_path / "cache").glob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    assert client.app_key not in file.name
    assert APP_SECRET not in file.read_text()


def test_each_run_without_a_cache_fetches_a_token(server: DingTalk, connect: Connect, tmp_path: Path) -> None:
    for _run in range(2):
        client = connect(cache=False)
        client.call(USER_BY_MOBILE, body=MOBILE)
        client.call(USER_BY_MOBILE, body=MOBILE)
    assert token_calls(server) == 2
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(("later", "fetched"), [(6500, 1), (6700, 2)])
def test_a_token_is_refreshed_ten_minutes_before_its_expiry(
    server: DingTalk, connect: Connect, clock: FakeClock, later: int, fetched: int
) -> None:
    connect().call(USER_BY_MOBILE, body=MOBILE)
    clock.now += later
    connect().call(USER_BY_MOBILE, body=MOBILE)
    assert token_calls(server) == fetched


def test_a_clock_set_back_invalidates_the_token(server: DingTalk, connect: Connect, clock: FakeClock) -> None:
    connect().call(USER_BY_MOBILE, body=MOBILE)
    clock.now -= 86400
    connect().call(USER_BY_MOBILE, body=MOBILE)
    assert token_calls(server) == 2


@pytest.mark.parametrize("strings", [False, True])
def test_an_expired_token_is_renewed_once(server: DingTalk, connect: Connect, strings: bool) -> None:
    server.unclear.strings = strings
    connect().call(USER_BY_MOBILE, body=MOBILE)
    server.expire_tokens()
    client = connect()
    assert client.call(USER_BY_MOBILE, body=MOBILE)["result"]["userid"] == "user-1"
    assert token_calls(server) == 2


def test_a_new_token_that_is_refused_is_an_error_with_advice(server: DingTalk, connect: Connect) -> None:
    server.fail(USER_BY_MOBILE.path, times=None, kind="expired_token")
    client = connect()
    with pytest.raises(DingTalkError, match=r"42001.*Credentials and basic info \(基础信息 > 凭证与基础信息\)"):
        client.call(USER_BY_MOBILE, body=MOBILE)
    assert client.call_counter.report()["by_endpoint"] == {str(USER_BY_MOBILE): 2, str(ACCESS_TOKEN): 2}


def test_a_token_renewed_by_another_run_is_used(server: DingTalk, connect: Connect) -> None:
    first, second = connect(), connect()
    first.call(USER_BY_MOBILE, body=MOBILE)
    second.call(USER_BY_MOBILE, body=MOBILE)
    server.expire_tokens()
    first.call(USER_BY_MOBILE, body=MOBILE)
    second.call(USER_BY_MOBILE, body=MOBILE)
    assert token_calls(server) == 2


def test_a_wrong_secret_uses_no_cached_token_and_reports_the_page(server: DingTalk, connect: Connect) -> None:
    connect().call(USER_BY_MOBILE, body=MOBILE)
    with pytest.raises(DingTalkError, match=r"invalidClientIdOrSecret.*凭证与基础信息") as caught:
        connect(app_secret="another-planted-secret").call(USER_BY_MOBILE, body=MOBILE)
    assert not caught.value.outcome_unknown
    assert "another-planted-secret" not in str(caught.value)


def test_a_corrupted_file_costs_one_call_and_a_warning(
    server: DingTalk, connect: Connect, tmp_path: Path, warnings: list[str]
) -> None:
    connect().call(USER_BY_MOBILE, body=MOBILE)
    (file,) = (tmp_path / "cache").glob("*.json")
    file.write_text("not json")
    connect().call(USER_BY_MOBILE, body=MOBILE)
    assert token_calls(server) == 2
    assert len(set(warnings)) == 1


class ObservedClock(SystemClock):
    """A clock with an event that is set at the first wait."""

    def __init__(self) -> None:
        self.waiting = threading.Event()

    def sleep(self, seconds: float) -> None:
        self.waiting.set()
        super().sleep(seconds)


def test_concurrent_plays_fetch_one_token(
    server: DingTalk, options: dict[str, Any], connect: Connect, warnings: list[str]
) -> None:
    clock, tokens = ObservedClock(), list[str]()
    fetching = server.pause(ACCESS_TOKEN.path)
    second = Client(options, clock, Secrets(), warnings.append)
    plays = [lambda: tokens.append(connect().token()), lambda: tokens.append(second.token())]
    threads = [threading.Thread(target=play) for play in plays]
    threads[0].start()
    fetching.wait()
    threads[1].start()
    assert clock.waiting.wait(20)
    fetching.release()
    for thread in threads:
        thread.join()
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
    assert token_calls(server) == 1


def test_tokens_are_separate_for_each_app_and_endpoint(server: DingTalk, connect: Connect) -> None:
    server.add_app("ding-other", "other-planted-secret")
    first, other = connect(), connect(app_key="ding-other", app_secret="other-planted-secret")
    elsewhere = connect(api_url=None, proxy=server.proxy_url)
    assert len({first.token(), other.token(), elsewhere.token()}) >= 2
    assert token_calls(server) == 3
    assert first.app_key == APP_KEY
