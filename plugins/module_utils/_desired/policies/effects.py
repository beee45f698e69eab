# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Valid policies with another effect on a release than they say: warnings, as KubeSphere accepts them silently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..._findings.finding import cited
from .checks import PLACE
from .policy import Policy
from .promql import selectors
from .rules import expression

#: Release line -> metrics of nodes for which KubeSphere's webhook generates the name of a series that does not exist.
WITHOUT_SERIES: dict[str, tuple[str, ...]] = {"3.4": ("disk.throughputWrite",)}


def warnings(policies: Sequence[Policy], release: str) -> list[str]:
    """Return the warnings about policies on a release line."""
    return [
        f"{PLACE}[{index}] ({policy.name}): {text}"
        for index, policy in enumerate(policies)
        for text in (*_never_fires(policy, release), *_names_other_projects(policy))
    ]


def _never_fires(policy: Policy, release: str) -> Iterator[str]:
    if policy.target == "node" and policy.desired["metric"] in WITHOUT_SERIES.get(release, ()):
        replaced = ["nodes", *(["clusters"] if policy.desired["clusters"] else []), "metric", "comparator"]
        yield cited(
            f"never fires: KubeSphere {release} evaluates {policy.desired['metric']} by a series that does not exist. "
            f"Set expr: '{expression(policy)}' in place of {', '.join(replaced)} and threshold",
            "KD411",
        )


def _names_other_projects(policy: Policy) -> Iterator[str]:
    # From 3.4 on, KubeSphere's controller replaces these matchers (rulegroup_controller.go in pkg/controller/alerting);
    # before, its API does, and so do the rules written here.
    if policy.target or not policy.namespace:
        return
    found = [
        matcher.text
        for item in selectors(str(policy.desired["expr"]))
        for matcher in item.others("namespace", policy.namespace)
    ]
    if found:
        yield cited(
            f"watches project {policy.namespace} alone, although expr has {', '.join(dict.fromkeys(found))}. Remove "
            "that from expr, or remove option namespace for a policy of the cluster",
            "KD416",
        )
