# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A month of runs, a few real plays at its end, and the calls counted by DingTalk."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.system.quota import month as of
from tests.system.quota.month import Month, month, two_clusters

RUNS = of.DAYS * 86400 // of.EVERY


@dataclass(frozen=True)
class Usage:
    """The usage of a month as counted by DingTalk."""

    counted: int
    chats: int
    max_tokens_per_day: int


def simulate_month(folder: Path, wiped: bool) -> Usage:
    """Simulate a month; raises AssertionError if a run is not idempotent or makes too many calls."""
    # the last checks are half a day old when the real plays run
    begin = time.time() - (of.DAYS - 0.5) * 86400
    with two_clusters(folder) as fleet, month(folder, fleet, begin, wiped) as organisation:
        run_for_a_month(organisation, begin)
        usage = Usage(
            counted=len(organisation.dingtalk.counted_calls()),
            chats=len(organisation.dingtalk.chats()),
            max_tokens_per_day=max(organisation.tokens_by_day().values()),
        )
        run_real_plays(organisation)
    return usage


def run_for_a_month(organisation: Month, begin: float) -> None:
    organisation.declare_robots()
    first = organisation.run()
    assert first["changed"], first
    organisation.add_robots(first)
    costs = [first["calls"]["counted"]]
    for number in range(1, RUNS):
        organisation.clock.advance_to(begin + number * of.EVERY)
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
    # chats and robots may be due in two different runs
    assert sum(cost > 0 for cost in costs) <= 2 * (of.DAYS + 1)


def run_real_plays(organisation: Month) -> None:
    """Run a few real plays at the end of the month: they use the stored checks and make no calls to DingTalk."""
    controller = organisation.controller
    write_inventory(organisation)
    organisation.dingtalk.reset_calls()
    for _play in range(3):
        if organisation.wiped:
            organisation.wipe()
        run = controller.run("chats").must()
        assert run.one("fleet_chats")["calls"]["counted"] == 0
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
        # A message through a webhook is none of the calls that are counted here.
        dingtalk_verify_robots="never",
    )
