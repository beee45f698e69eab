# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that runs every ten minutes all month stays far inside the quota, whatever its controller remembers."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from tests.closing_lines import closing_lines
from tests.quota import month as of
from tests.quota.month import Month, month

MOST_COUNTED = 650
MOST_TOKENS_A_DAY = 14
RUNS = of.DAYS * 86400 // of.EVERY


@pytest.mark.parametrize("wiped", [False, True], ids=["cache kept", "cache wiped"])
def test_a_month_of_runs_stays_far_inside_the_quota(tmp_path: Path, wiped: bool) -> None:
    # the last checks are of half a day ago when the real plays come
    begin = time.time() - (of.DAYS - 0.5) * 86400
    with month(tmp_path, begin, wiped) as organisation:
        run_for_a_month(organisation, begin)
        counted = len(organisation.dingtalk.counted_calls())
        assert sum(organisation.counted_by_day().values()) == counted <= MOST_COUNTED
        assert len(organisation.dingtalk.chats()) == of.CHATS
        if not wiped:
            assert max(organisation.tokens_by_day().values()) <= MOST_TOKENS_A_DAY
        play_for_real(organisation)
    closing_lines.tell("counted calls in 30 days", counted)


def run_for_a_month(organisation: Month, begin: float) -> None:
    organisation.wish_robots()
    first = organisation.run()
    assert first["changed"], first
    organisation.add_robots(first)
    costs = [first["calls"]["counted"]]
    for number in range(1, RUNS):
        organisation.clock.leap(begin + number * of.EVERY)
        organisation.registry.reset_requests()
        result = organisation.run()
        assert result["changed"] is False, result
        assert result["robots"]["robot-chat-0"]["ready"], result
        costs.append(result["calls"]["counted"])
        requests = [request.verb for request in organisation.registry.requests()]
        if not result["calls"]["by_endpoint"]:
            assert requests == ["get"]
        else:
            assert len(requests) <= 3
    assert sum(costs) == len(organisation.dingtalk.counted_calls())
    assert sum(cost > 0 for cost in costs) <= of.DAYS + 1


def play_for_real(organisation: Month) -> None:
    """A few real plays, at the end of the month: they find what the operation has kept, and ask DingTalk nothing."""
    controller = organisation.controller
    write_inventory(organisation)
    organisation.dingtalk.reset_calls()
    for _play in range(3):
        if organisation.wiped:
            organisation.wipe()
        run = controller.run("chats").must()
        assert run.one("fleet")["calls"]["counted"] == 0
        assert "DingTalk calls: 0 counted against the monthly quota, 0 free" in run.summary
    assert organisation.dingtalk.calls == []


def write_inventory(organisation: Month) -> None:
    controller = organisation.controller
    names = [f"cluster-{number}" for number in range(of.CLUSTERS)]
    hosts = {name: {"kubesphere_kubeconfig": str(organisation.others.kubeconfig)} for name in names}
    hosts[of.REGISTRY_HOST] = {"kubesphere_kubeconfig": str(organisation.registry.kubeconfig)}
    controller.inventory.mkdir()
    controller.hosts.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    controller.vars(
        "all",
        dingtalk_app_key=of.APP_KEY,
        dingtalk_app_secret=of.APP_SECRET,
        dingtalk_api_url=organisation.dingtalk.api_url,
        dingtalk_legacy_api_url=organisation.dingtalk.legacy_api_url,
        dingtalk_ca_path=organisation.dingtalk.ca_file,
        dingtalk_registry_host=of.REGISTRY_HOST,
        dingtalk_chats=organisation.chats,
        dingtalk_robots=organisation.robots,
    )
