# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of a run grows with the number of chats, not with its square: function calls are counted, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.closing_lines import closing_lines
from tests.support.plays.environment import CONFIG_MAP, exists
from tests.support.testbed import Cluster
from tests.system.quota import month as of
from tests.system.quota.month import Month, month
from tests.unit.fleet.test_adoption import RECEIVERS, store_in_receiver

FEW, FACTOR = 20, 4
#: Work that does not depend on the number of chats makes the ratio smaller, a square would make it 16.
LIMIT = 1.2 * FACTOR
#: Label -> function calls with FEW chats and with FACTOR times as many.
Work = dict[str, list[int]]


def counted(organisation: Month, **options: Any) -> int:
    """Run the operation and return the number of function calls in this thread."""
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        result = organisation.attempt(**options)
    finally:
        sys.setprofile(None)
    assert not result.get("failed"), result
    return calls


def desired(count: int) -> dict[str, Any]:
    return {
        f"chat-{number}": {
            "name": f"Chat {number}",
            "owner": of.mobile(number % of.CHATS),
            "members": [of.mobile((number + 1) % of.CHATS)],
        }
        for number in range(count)
    }


def measure(organisation: Month, count: int) -> Iterator[tuple[str, int]]:
    """Yield label and work of runs from an empty organisation to a steady one."""
    organisation.wiped = False
    others = [organisation.dingtalk.add_chat(f"Other {n}", "user-0", app=of.APP_KEY).chatid for n in range(count)]
    store_in_receiver(organisation.others, *others)
    organisation.desired(desired(count))
    yield "new, in check mode", counted(organisation, check_mode=True)
    yield "new", counted(organisation)
    yield "steady", counted(organisation)
    yield "steady, in check mode", counted(organisation, check_mode=True)
    yield "without a cache", counted(organisation, cache_valid_time=0)
    renamed = {key: {**chat, "name": f"{chat['name']} (2)"} for key, chat in desired(count).items()}
    organisation.desired(renamed)
    yield "changed, in check mode", counted(organisation, check_mode=True)
    other_keys = {f"another-{key}": {**chat, "name": f"Another {key}"} for key, chat in desired(count).items()}
    organisation.desired({**renamed, **other_keys})
    yield "as many again, in check mode", counted(organisation, check_mode=True)
    organisation.others.delete(f"{RECEIVERS}/global-dingtalk-receiver")
    if exists(organisation.registry, CONFIG_MAP):
        organisation.registry.delete(CONFIG_MAP)


@pytest.fixture(scope="module")
def work(two: dict[str, Cluster], tmp_path_factory: pytest.TempPathFactory) -> Work:
    found: Work = {}
    for count in (FEW, FACTOR * FEW):
        folder: Path = tmp_path_factory.mktemp(f"chats-{count}")
        with month(folder, two, begin=1_760_000_000.0, wiped=False) as organisation:
            for label, calls in measure(organisation, count):
                found.setdefault(label, []).append(calls)
    return found


@pytest.mark.parametrize(
    "label",
    [
        "new, in check mode",
        "new",
        "steady",
        "steady, in check mode",
        "without a cache",
        "changed, in check mode",
        "as many again, in check mode",
    ],
)
def test_the_work_grows_with_the_number_of_chats(work: Work, label: str) -> None:
    few, many = work[label]
    assert many <= LIMIT * few, f"{label}: {many / few:.1f} times the work for {FACTOR} times the chats"


def test_the_ratio_is_reported(work: Work) -> None:
    ratio = max(many / few for few, many in work.values())
    closing_lines.report(f"work for {FACTOR} times the chats, in tenths", round(10 * ratio))
