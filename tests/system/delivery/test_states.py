# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of delivery agrees with what happens, in many states of a cluster.

What happens is found out by amtool and a running Alertmanager of the release's version, and by the simulated
notification-manager with its messages to DingTalk.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.closing_lines import closing_lines
from tests.system.delivery.site import Site, cells, expected_of
from tests.system.delivery.states import ALERTS, STATES
from tests.system.delivery.ways import Alertmanagers, arrived


def modelled(outcomes: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Return the channels by which each alert arrives, as the task says."""
    found: dict[str, set[str]] = {alert: set() for alert in ALERTS}
    for outcome in outcomes:
        for text in outcome["alerts"]:
            bare = " bare" if text.endswith("without a namespace") else ""
            alert = text.partition(" ")[0] + bare
            if outcome["result"] == "delivered" and alert in found:
                found[alert] |= {*(["chats"] if outcome["chats"] else []), *(["robot"] if outcome["robot"] else [])}
    return found


@pytest.mark.parametrize(("name", "release"), cells())
def test_state(name: str, release: str, site: Site, alertmanagers: Alertmanagers) -> None:
    state = STATES[name]
    cluster, result = site.play(state, release)

    expected = expected_of(state)
    assert arrived(site, cluster, alertmanagers) == expected
    assert modelled(result["delivery"]) == expected
    causes = [outcome["cause"] for outcome in result["delivery"] if outcome["result"] == "undelivered"]
    assert bool(causes) is bool(state.cause)
    assert all(state.cause in cause for cause in causes), causes
    warned = [text for text in result.get("warnings") or [] if "do not reach" in text or "alertSelector" in text]
    assert bool(warned) is bool(causes)
    assert not [text for text in result.get("warnings") or [] if "It is unknown" in text]
    closing_lines.count("delivery states", f"{name} {release}")
