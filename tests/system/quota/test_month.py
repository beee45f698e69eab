# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that runs every ten minutes all month stays far inside the quota, whatever its controller remembers."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor

import pytest

from tests.support.closing_lines import closing_lines
from tests.system.quota.month import CHATS
from tests.system.quota.spending import Spent, spend

MOST_COUNTED = 650
MOST_TOKENS_A_DAY = 14


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, Future[Spent]]]:
    """Whether the cache is wiped before each run -> a month of that; both pass at the same time."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield {wiped: pool.submit(spend, tmp_path_factory.mktemp("month"), wiped) for wiped in (False, True)}


@pytest.mark.parametrize("wiped", [False, True], ids=["cache kept", "cache wiped"])
def test_a_month_of_runs_stays_far_inside_the_quota(months: dict[bool, Future[Spent]], wiped: bool) -> None:
    spent = months[wiped].result()
    assert spent.counted <= MOST_COUNTED
    assert spent.chats == CHATS
    if not wiped:
        assert spent.most_tokens_a_day <= MOST_TOKENS_A_DAY
    closing_lines.tell("counted calls in 30 days", spent.counted)
