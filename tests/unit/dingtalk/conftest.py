# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation to talk to, a clock that only moves when told, and clients and operations set up for both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.client import DingTalk as Client
from tests import inprocess
from tests.simulators.dingtalk import DingTalk

APP_KEY = "ding-app-key"
APP_SECRET = "planted-app-secret"


class FakeClock:
    """Stands still; sleeping leaps, and tells whom it concerns."""

    def __init__(self) -> None:
        self.now = time.time()
        self.passing: Callable[[float], None] = lambda seconds: None
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.passing(seconds)


class Connect(Protocol):
    def __call__(self, **options: Any) -> Client: ...


class Run(Protocol):
    def __call__(self, operation: Operation, check_mode: bool = False, **params: Any) -> dict[str, Any]: ...


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg-state"))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DingTalk]:
    with DingTalk(tmp_path) as dingtalk:
        dingtalk.add_app(APP_KEY, APP_SECRET, robots={"ding-robot": "Helper"})
        for number in range(1, 4):
            dingtalk.add_user(f"1380000000{number}")
        yield dingtalk


@pytest.fixture
def options(server: DingTalk, tmp_path: Path) -> dict[str, Any]:
    return {
        "app_key": APP_KEY,
        "app_secret": APP_SECRET,
        "api_url": server.api_url,
        "legacy_api_url": server.legacy_api_url,
        "ca_path": server.ca_file,
        "request_timeout": 5,
        "cache_path": str(tmp_path / "cache"),
    }


@pytest.fixture
def connect(options: dict[str, Any], clock: FakeClock, warnings: list[str]) -> Connect:
    def build(**changes: Any) -> Client:
        return Client({**options, **changes}, clock, Secrets(), warnings.append)

    return build


@pytest.fixture
def client(connect: Connect) -> Client:
    return connect()


@pytest.fixture
def run(options: dict[str, Any], clock: FakeClock) -> Run:
    def go(operation: Operation, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        return inprocess.run(operation, {**options, **params}, check_mode, clock)

    return go
