# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a node or workload to the rule of a policy: KubeSphere accepts the names of what does not exist."""

from __future__ import annotations

from .._core.text import few
from .alerts import Alert
from .holdings import Holdings
from .outcome import Result, Step, WayEnds

STAGE = "policy"


def never_fires(holdings: Holdings, alert: Alert) -> WayEnds | None:
    """Return the end of the way of an alert whose policy names only what does not exist, None for any other alert."""
    if not alert.targets or not holdings.targets.isdisjoint(alert.targets):
        return None
    target, names = alert.targets[0], few([item.name for item in alert.targets])
    is_node = target.kind == "Node"
    kind = "node" if is_node else target.kind
    missing = f"{kind} {names} is not" if len(alert.targets) == 1 else f"none of the {kind}s {names} is"
    place = "on this cluster" if is_node else f"in project {target.namespace} of this cluster"
    return WayEnds(
        Result.UNDELIVERED,
        f"{missing} {place}, so nothing fires",
        "Correct nodes in alerting_policies."
        if is_node
        else "Correct namespace and workload in alerting_policies, or create the workload.",
        Step(STAGE, "alerting_policies", "nodes" if is_node else "workload.names", names),
        finding="KD405",
    )
