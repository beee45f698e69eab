# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of an alert: where it arrives, or the step that ends its way, with cause and cure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Result(StrEnum):
    """What becomes of an alert at one Receiver."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    #: It arrives once something has happened that this run does not wait for.
    PENDING = "pending"
    #: The account may not read what decides it.
    UNKNOWN = "unknown"
    #: The inventory itself keeps it out, by a selector or by a route to another receiver.
    EXCLUDED = "excluded"


class Step(NamedTuple):
    """One step of an alert's way, with its evidence: an object, a field of it and the value there."""

    stage: str
    object: str
    field: str
    value: str


class WayEnds(Exception):
    """The way of an alert ends here.

    ``cause``: a sentence without a full stop; for a pending alert, what is waited for; for an unknown one, the missing
    permission. ``cure``: what to do, an imperative sentence; empty if there is nothing to do. ``step``: the step that
    ends it, None where a step is missing. ``finding``: the ID of the cause in the catalogue, empty for ``EXCLUDED``.
    """

    def __init__(self, result: Result, cause: str, cure: str = "", step: Step | None = None, finding: str = "") -> None:
        super().__init__(cause)
        self.step = step
        self.finding = finding
        self.result = result
        self.cause = cause
        self.cure = cure


def check_replicas(spec: Mapping[str, Any], stage: str, place: str, consequence: str, finding: str) -> None:
    """Raise ``WayEnds`` if an object asks for no replica; ``consequence``: what does not run then, as a clause."""
    if spec.get("replicas") == 0:
        raise WayEnds(
            Result.UNDELIVERED,
            f"{place}: spec.replicas is 0, so {consequence}",
            f"Set spec.replicas of {place} to 1 or more.",
            Step(stage, place, "spec.replicas", "0"),
            finding,
        )


@dataclass(frozen=True)
class Outcome:
    """What becomes of alerts at a Receiver.

    ``alerts``: their descriptions. ``chats``, ``robot``: keys of the inventory's chats and robot that this is about.
    ``interval``: seconds after which a message is repeated, 0 if the way ends before Alertmanager's route.
    """

    alerts: tuple[str, ...]
    receiver: str
    result: Result
    chats: tuple[str, ...] = ()
    robot: str = ""
    interval: float = 0.0
    cause: str = ""
    cure: str = ""
    steps: tuple[Step, ...] = ()
    finding: str = ""

    @property
    def ends_at(self) -> tuple[str, str]:
        """The object and the field of the last step, empty without steps."""
        return (self.steps[-1].object, self.steps[-1].field) if self.steps else ("", "")

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome for a task's result."""
        return {
            "alerts": list(self.alerts),
            "receiver": self.receiver,
            "result": str(self.result),
            "chats": list(self.chats),
            "robot": self.robot,
            "repeat_interval": int(self.interval),
            "cause": self.cause,
            "cure": self.cure,
            "finding": self.finding,
            "steps": [step._asdict() for step in self.steps],
        }
