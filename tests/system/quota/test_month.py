# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that runs every ten minutes for a month uses a fraction of the quota, with and without local state."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor

import pytest

from tests.support.closing_lines import closing_lines
from tests.system.quota.month import CHATS
from tests.system.quota.spending import Usage, simulate_month

MAX_COUNTED = 650
MAX_TOKENS_PER_DAY = 14


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, Future[Usage]]]:
    """Whether the cache is wiped before each run -> usage of a month; both are simulated concurrently."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield {wiped: pool.submit(simulate_month, tmp_path_factory.mktemp("month"), wiped) for wiped in (False, True)}


@pytest.mark.parametrize("wiped", [False, True], ids=["cache preserved", "cache wiped"])
def test_a_month_of_runs_uses_a_fraction_of_the_quota(months: dict[bool, Future[Usage]], wiped: bool) -> None:
    usage = months[wiped].result()
    assert usage.counted <= MAX_COUNTED
    assert usage.chats == CHATS
    if not wiped:
        assert usage.max_tokens_per_day <= MAX_TOKENS_PER_DAY
    closing_lines.report("counted calls in 30 days", usage.counted)
