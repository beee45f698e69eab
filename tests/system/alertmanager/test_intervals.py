# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running Alertmanager repeats and mutes notifications as the collection reports."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.timing import effective_repeat_interval
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.warnings.intervals import always, never
from tests.support.realparts.alertmanager import alertmanager
from tests.support.realparts.build import program
from tests.support.realparts.catalog import ALERTMANAGERS
from tests.support.testbed.fixtures import needing_real_parts
from tests.system.alertmanager.test_running import wait_until

Json = dict[str, Any]

GROUP_INTERVAL = "1s"
#: Below the group interval, and no multiple of it; the real interval is not shorter than the expected one.
REPEAT_INTERVALS = ("300ms", "1500ms")
TOLERANCE = 0.8


class Hooks(ThreadingHTTPServer):
    """Webhooks that record when they were called, by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.times: dict[str, list[float]] = defaultdict(list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Hooks

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.times[self.path].append(time.monotonic())
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with Hooks() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def configuration(hooks: Hooks) -> str:
    """Return a configuration with a route and a webhook for each repeat interval."""
    routes = [{"match": {"repeat": text}, "receiver": text, "repeat_interval": text} for text in REPEAT_INTERVALS]
    root = {"receiver": REPEAT_INTERVALS[0], "group_wait": "0s", "group_interval": GROUP_INTERVAL, "routes": routes}
    receivers = [{"name": text, "webhook_configs": [{"url": f"{hooks.url}/{text}"}]} for text in REPEAT_INTERVALS]
    return yaml.safe_dump({"route": root, "receivers": receivers})


def is_repeated_twice(times: list[float]) -> bool:
    return len(times) > 2


@pytest.mark.parametrize("version", ALERTMANAGERS)
def test_notifications_are_repeated_at_multiples_of_the_group_interval(
    version: str, hooks: Hooks, tmp_path: Path
) -> None:
    with needing_real_parts():
        program(ALERTMANAGERS[version])
    with alertmanager(version, tmp_path / "alertmanager", configuration(hooks)) as url:
        session = requests.Session()
        session.trust_env = False
        alerts = [{"labels": {"alertname": "NodeMemoryHigh", "repeat": text}} for text in REPEAT_INTERVALS]
        session.post(f"{url}/api/v2/alerts", json=alerts, timeout=10).raise_for_status()
        for text in REPEAT_INTERVALS:
            times = hooks.times[f"/{text}"]
            wait_until(partial(is_repeated_twice, times), f"{text}: no notification was repeated twice")
            expected = effective_repeat_interval({"repeat_interval": text, "group_interval": GROUP_INTERVAL})
            assert times[2] - times[0] > 2 * expected * TOLERANCE, text


def hours(*ends: str) -> Json:
    """Return an interval of these times of each day."""
    pairs = zip(ends[::2], ends[1::2], strict=True)
    return {"times": [{"start_time": start, "end_time": end} for start, end in pairs]}


#: Whether an interval contains all time, or no time at all.
ALWAYS: dict[str, list[Json]] = {
    "no restriction": [{}],
    "all times": [hours("00:00", "24:00")],
    "all times in parts": [hours("12:00", "24:00", "00:00", "12:30")],
    "all days": [
        {"weekdays": ["sunday:wednesday", "thursday:saturday"], "days_of_month": ["1:-1"], "months": ["1:12"]}
    ],
    "all days from the end": [{"days_of_month": ["-31:-1"]}],
}
NEVER: dict[str, list[Json]] = {
    "another year": [{"years": ["2000"], **hours("00:00", "24:00")}],
    "a day that no month has": [{"days_of_month": ["30:31"], "months": ["february"]}],
}


def muting(hooks: Hooks, field: str) -> str:
    """Return a configuration with a route and a webhook for each interval."""
    names = [*ALWAYS, *NEVER]
    routes = [{"match": {"interval": name}, "receiver": name, field: [name]} for name in names]
    root = {"receiver": names[0], "group_wait": "0s", "group_interval": GROUP_INTERVAL, "routes": routes}
    receivers = [
        {"name": name, "webhook_configs": [{"url": f"{hooks.url}/{name.replace(' ', '-')}"}]} for name in names
    ]
    intervals = [{"name": name, "time_intervals": parts} for name, parts in (ALWAYS | NEVER).items()]
    return yaml.safe_dump({"route": root, "receivers": receivers, "mute_time_intervals": intervals})


@pytest.mark.parametrize(
    ("version", "field", "open_ones"),
    [
        ("0.23.0", "mute_time_intervals", NEVER),
        ("0.27.0", "mute_time_intervals", NEVER),
        ("0.27.0", "active_time_intervals", ALWAYS),
    ],
)
def test_a_route_is_muted_by_its_intervals(
    version: str, field: str, open_ones: Mapping[str, list[Json]], hooks: Hooks, tmp_path: Path
) -> None:
    with needing_real_parts():
        program(ALERTMANAGERS[version])
    with alertmanager(version, tmp_path / "alertmanager", muting(hooks, field)) as url:
        session = requests.Session()
        session.trust_env = False
        alerts = [{"labels": {"alertname": "NodeMemoryHigh", "interval": name}} for name in ALWAYS | NEVER]
        session.post(f"{url}/api/v2/alerts", json=alerts, timeout=10).raise_for_status()
        expected = {f"/{name.replace(' ', '-')}" for name in open_ones}
        wait_until(lambda: expected <= set(hooks.times), "an interval mutes all the time")
        time.sleep(1.5)  # longer than the group interval
        assert set(hooks.times) == expected


def test_intervals_that_contain_all_time_or_none_are_known() -> None:
    assert all(always({"time_intervals": parts}) for parts in ALWAYS.values())
    assert not any(always({"time_intervals": parts}) for parts in NEVER.values())
    assert never({"time_intervals": NEVER["a day that no month has"]})
    assert not any(never({"time_intervals": parts}) for parts in ALWAYS.values())
