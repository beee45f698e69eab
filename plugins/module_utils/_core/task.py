# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task as an operation sees it, whether an action, a module or a test runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .clock import Clock, SystemClock
from .errors import OperationError
from .masking import Secrets
from .specs import ArgumentSpec


@dataclass
class Task:
    """Validated options and the environment of one run of an operation."""

    params: Mapping[str, Any]
    check_mode: bool = False
    diff_mode: bool = False
    secrets: Secrets = field(default_factory=Secrets)
    clock: Clock = field(default_factory=SystemClock)
    warnings: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        """Add a warning to the result, without duplicates."""
        if text not in self.warnings:
            self.warnings.append(text)


@dataclass(frozen=True)
class Operation:
    """The implementation of a plugin: its argument spec and its function.

    ``run`` returns the task's result without secrets and raises ``OperationError`` for every expected failure.
    """

    spec: ArgumentSpec
    run: Callable[[Task], dict[str, Any]]


def only_as_action(module: str, unknown: str = "Inventory variables") -> Callable[[Task], dict[str, Any]]:
    """Return the ``run`` of an operation that only its action can do, as what it needs is unknown elsewhere."""

    def run(task: Task) -> dict[str, Any]:
        raise OperationError(
            f"{unknown} are known only on the controller; run kubesphere.dingtalk.{module} as an action.",
            finding="KD109",
        )

    return run
