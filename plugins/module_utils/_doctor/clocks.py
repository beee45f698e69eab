# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clocks of the controller and of a cluster, whose notification-manager signs messages to robots.

Source: open.dingtalk.com, Robot security: the timestamp of a signed webhook may be an hour off the server's clock.
The API server's clock stands for those of the cluster's nodes, as that of no other node is visible.
"""

from __future__ import annotations

from .._delivery.holdings import mapping, part
from .context import Context
from .examination import Examination

#: Seconds that two clocks may differ without a finding, and from which on DingTalk refuses signed messages.
TOLERATED, REFUSED = 300, 3600
SLOW, REFUSED_FINDING, OF_CONTROLLER = "KD327", "KD326", "KD256"


def examine_cluster(examination: Examination, context: Context) -> None:
    """Examine the clock of a cluster, relative to that of DingTalk as far as it is known."""
    shown = context.cluster.server_time()
    if shown is None:
        return
    ahead = shown - context.task.clock.time() - context.clock_offset
    if abs(ahead) < TOLERATED:
        return
    finding = REFUSED_FINDING if abs(ahead) >= REFUSED and _signs(context) else SLOW
    reference = "DingTalk" if context.clock_offset else "this controller"
    examination.add(finding, "the clock of the API server", f"it is {difference(ahead)} that of {reference}")


def _signs(context: Context) -> bool:
    """Return whether any Receiver of the inventory has a robot with a signing secret."""
    holdings = context.delivery.holdings
    receivers = holdings.receivers.values() if holdings else ()
    return any(part(mapping(item), "spec", "dingtalk", "chatbot").get("secret") for item in receivers)


def examine_controller(examination: Examination, ahead: float) -> None:
    """Examine the clock of the controller; ``ahead``: seconds by which DingTalk's is ahead of it."""
    if abs(ahead) >= TOLERATED:
        examination.add(OF_CONTROLLER, "the clock of this controller", f"it is {difference(-ahead)} that of DingTalk")


def difference(ahead: float) -> str:
    """Return in words by how much a clock is ahead of another, such as ``2.0 h behind``."""
    amount = f"{abs(ahead) / 3600:.1f} h" if abs(ahead) >= 3600 else f"{abs(ahead) / 60:.0f} min"
    return f"{amount} {'ahead of' if ahead > 0 else 'behind'}"
