# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stages of an examination share: the cluster, what the inventory wants, and where alerts go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from .._core.errors import OperationError
from .._core.task import Task
from .._delivery.alerts import Alert, Expectations, Origin
from .._dingtalk.chats.reconcile import placeholder
from .._kubernetes.client import Cluster
from .._kubesphere.facts import Facts
from .._kubesphere.missing_permissions import missing_permissions, required_permissions
from .._kubesphere.permissions import FACTS, READS, names_of
from .._operations.cluster_config import Prepared, Render
from .._verify.delivery import Delivery, find_delivery
from .services import Alertmanager

#: Firing alerts whose way is followed; the alerts that stand for all are followed anyway.
MAX_FIRING = 200


@dataclass(frozen=True)
class Answers:
    """What Alertmanager answered, or the error in place of it."""

    configuration: Mapping[str, Any] = field(default_factory=dict)
    alerts: Sequence[dict[str, Any]] = ()
    silences: Sequence[dict[str, Any]] = ()
    error: OperationError | None = None


@dataclass(frozen=True)
class Context:
    """A cluster under examination. ``clock_offset``: seconds by which DingTalk's clock is ahead of the controller's."""

    task: Task
    cluster: Cluster
    prepared: Prepared
    render: Render
    clock_offset: int = 0

    @property
    def facts(self) -> Facts:
        """The facts of the cluster."""
        return self.prepared.facts

    @cached_property
    def lacking(self) -> list[dict[str, Any]]:
        """The permissions that the features of the inventory require and the account does not have."""
        return missing_permissions(self.cluster, self._features(), self.facts)

    @cached_property
    def is_read_only(self) -> bool:
        """Whether the account may change nothing of the features, as one for the doctor alone."""
        required = required_permissions(self._features(), self.facts)
        changes = sum(not need.is_read for need in required)
        return bool(changes) and changes == sum(item["verb"] not in READS for item in self.lacking)

    def _features(self) -> list[str]:
        """Return what the account is to do, by the names that permissions have for it."""
        desired = [feature for feature, objects in self.prepared.apply_sets.items() if objects]
        return [FACTS, *names_of(desired, self.facts)]

    @cached_property
    def alertmanager(self) -> Answers:
        """What Alertmanager answers now; none on members of KubeSphere 4, whose host has it."""
        if not self.facts.alertmanager_in:
            return Answers()
        asked = Alertmanager(self.cluster, self.facts)
        try:
            return Answers(asked.configuration(), asked.alerts(), asked.silences())
        except OperationError as error:
            return Answers(error=error)

    @cached_property
    def firing(self) -> list[Alert]:
        """The firing alerts whose ways are followed."""
        return _firing(self.alertmanager.alerts)

    @cached_property
    def _expected(self) -> Expectations:
        return self.render.expectations(self.facts)

    @cached_property
    def expectations(self) -> Expectations:
        """Which alerts are expected where, without chats that do not exist yet: they are findings of DingTalk's."""
        receivers = (
            replace(item, chats={chat_id: key for chat_id, key in item.chats.items() if chat_id != placeholder(key)})
            for item in self._expected.receivers
        )
        return replace(self._expected, receivers=tuple(item for item in receivers if item.chats or item.robot))

    @cached_property
    def has_all_chats(self) -> bool:
        """Whether the IDs of all chats are known."""
        return self.expectations.receivers == self._expected.receivers

    @cached_property
    def delivery(self) -> Delivery:
        """Where alerts go by what is stored now: those that stand for all, and those that are firing."""
        alerts = (*self.expectations.alerts, *self.firing)
        return find_delivery(self.prepared.router, (), self.facts, replace(self.expectations, alerts=alerts))


def _firing(alerts: Sequence[Mapping[str, Any]]) -> list[Alert]:
    """Return firing alerts, each combination of labels that differ in more than their instance once."""
    found: dict[tuple[tuple[str, str], ...], Alert] = {}
    for item in alerts:
        labels = item["labels"]
        kind = tuple(sorted((name, text) for name, text in labels.items() if name not in ("pod", "instance")))
        place = f" in namespace {labels['namespace']}" if labels.get("namespace") else ""
        description = f"firing alert {labels.get('alertname', 'without a name')}{place}"
        found.setdefault(kind, Alert(description, labels, Origin.BUILT_IN))
    return list(found.values())[:MAX_FIRING]
