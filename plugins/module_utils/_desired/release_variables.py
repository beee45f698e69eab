# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a cluster that only some releases of KubeSphere, or clusters of some role, read.

Limits such as ``kubesphere_wait_timeout`` are not among them, as one that is never reached does no harm. What a release
rejects, such as Routers before 3.4, is an error of its feature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .._findings.finding import cited
from .._kubernetes.options import API_OPTIONS
from .._kubesphere.facts import Facts


class _Rule(NamedTuple):
    """Variables, the feature that reads them, the clusters where it does, and what these are called."""

    variables: tuple[str, ...]
    feature: str
    is_read: Callable[[Facts], bool]
    where: str


def _on_member_of_4(facts: Facts) -> bool:
    return facts.is_kubesphere_4_member


RULES = (
    _Rule(
        tuple(f"kubesphere_{name}" for name in API_OPTIONS),
        "alerting",
        # Before KubeSphere 4, by the playbooks doctor (licence) and verify (test messages).
        lambda facts: facts.is_kubesphere_4 or facts.role != "member",
        "on KubeSphere 4, for alerting policies, and before it on clusters that are not members",
    ),
    _Rule(("alerting_alertmanager_url",), "alerting", _on_member_of_4, "on members of KubeSphere 4"),
    _Rule(("kubesphere_cluster_name",), "alerting", _on_member_of_4, "on members of KubeSphere 4"),
    _Rule(
        ("notification_cluster_name",),
        "notification",
        lambda facts: not facts.is_kubesphere_4_member,
        "where KubeSphere does not set the name itself, as it does on members of KubeSphere 4",
    ),
)


def warn_of_unread(feature: str, variables: Mapping[str, Any], facts: Facts) -> list[str]:
    """Return a warning for the variables of a feature that are set, and that are not read on this cluster.

    A variable with the name of the inventory host is not set: that is the default of the names.
    """
    default = variables.get("inventory_hostname")
    return [
        cited(
            f"{', '.join(found)}: no effect on this cluster, whose KubeSphere is {facts.release} and whose role is "
            f"{facts.role}; read only {rule.where}. Set it there only, or set kubesphere_unknown_variables: ignore",
            "KD106",
        )
        for rule in RULES
        if rule.feature == feature and not rule.is_read(facts)
        if (found := [name for name in rule.variables if variables.get(name) not in (None, "", default)])
    ]
