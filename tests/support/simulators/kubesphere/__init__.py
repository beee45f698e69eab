# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulations of KubeSphere's controllers: installers of components, and the rule groups' mutating webhook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from tests.support.simulators.kubesphere.installer import Installer
from tests.support.simulators.kubesphere.rule_webhook import GROUP, RuleWebhook, complete_rules
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.installer.releases import RELEASES
from tests.support.testbed.stand_ins.extension_controller import PLANS, ExtensionController

__all__ = ["Installer", "complete_rules", "controllers"]


@contextmanager
def controllers(clusters: Iterable[Cluster], seconds: float = 0.0) -> Iterator[None]:
    """Run KubeSphere's controllers; an installation takes ``seconds``."""
    with ExitStack() as stack:
        for cluster in clusters:
            if cluster.simulator:
                cluster.simulator.mutate(GROUP, complete_rules)
            elif any(kind.endswith(GROUP) for kind in RELEASES[cluster.version].kinds):
                stack.enter_context(RuleWebhook(cluster))
            if RELEASES[cluster.version].installer:
                stack.enter_context(Installer(cluster, seconds))
            elif cluster.client.send("GET", PLANS).ok:  # members of KubeSphere 4 have no plans
                stack.enter_context(ExtensionController(cluster, seconds))
        yield
