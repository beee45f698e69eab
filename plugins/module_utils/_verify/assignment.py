# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster proves which chat: one message per chat and robot in a run, or one per cluster on request.

A cluster whose notification-manager tests single chats proves those that no earlier one proves. The test alert of
another reaches all of its chats at once, so it is sent only if none of them has a message already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .targets import Target

Identity = tuple[str, str]


@dataclass
class Assignment:
    """The clusters that prove each chat and robot. ``each_cluster``: whether every cluster proves all of its own."""

    each_cluster: bool = False
    _provers: dict[Identity, str] = field(default_factory=dict)
    _tried: set[tuple[str, Identity]] = field(default_factory=set)

    def assign(self, host: str, targets: Iterable[Target]) -> list[Target]:
        """Return the targets that a cluster is to prove, each of which is assigned to it from now on."""
        assigned = [target for target in targets if self._is_free(host, target)]
        for target in assigned:
            self._provers.setdefault(target.identity, host)
            self._tried.add((host, target.identity))
        return assigned

    def assign_all(self, host: str, targets: Sequence[Target]) -> bool:
        """Assign all targets to a cluster if it can prove each of them; return whether it can."""
        if not targets or not all(self._is_free(host, target) for target in targets):
            return False
        self.assign(host, targets)
        return True

    def release(self, target: Target) -> None:
        """Let another cluster prove a target, as nothing was sent to it."""
        self._provers.pop(target.identity, None)

    def prover(self, target: Target) -> str:
        """Return the cluster that proves a target, empty if none does."""
        return self._provers.get(target.identity, "")

    def _is_free(self, host: str, target: Target) -> bool:
        if (host, target.identity) in self._tried:
            return False
        return self.each_cluster or target.identity not in self._provers


def in_order(clusters: Mapping[str, Sequence[Target]], assignment: Assignment) -> dict[str, list[Target]]:
    """Return the targets that each cluster is to prove next, the first ones first; empty if there are none left."""
    assigned = {host: assignment.assign(host, targets) for host, targets in clusters.items()}
    return {host: targets for host, targets in assigned.items() if targets}
