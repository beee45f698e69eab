# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pending deletions: kube-apiserver accepts a DELETE, and the object exists until it has no finalizers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.clock import Clock, Deadline
from .._core.errors import OperationError
from .._kubernetes.metadata import finalizers, is_terminating, metadata
from .._kubernetes.object_ref import ObjectRef
from .._kubernetes.router import ObjectRouter
from .plan import Plan

#: Seconds in which a controller that runs removes its finalizers, for all objects of a task together.
GRACE = 30
POLL_INTERVAL = 1.0


def raise_for_terminating(plan: Plan) -> None:
    """Raise ``OperationError`` if a plan wants an object that is about to vanish."""
    if plan.applied_after is not None and plan.after is not None and is_terminating(plan.before):
        raise OperationError(
            f"{plan.reference}: it is being deleted since {metadata(plan.before)['deletionTimestamp']}, so what is "
            f"written to it would be lost. {_remedy(plan.reference, finalizers(plan.before))} Nothing was changed.",
            finding="KD317",
        )


class Deletions:
    """Follows the deletions of a task until the objects are gone, all of them together for a limited time."""

    def __init__(self, clock: Clock, dry_run: bool) -> None:
        self._clock = clock
        self._dry_run = dry_run
        self._deadline: Deadline | None = None

    def follow(self, router: ObjectRouter, reference: ObjectRef, before: Any, answer: Mapping[str, Any]) -> str:
        """Return what holds an object after its deletion, or in a dry run would hold it; empty if it is gone.

        ``answer``: that of the API server to the DELETE.
        """
        last = answer if is_terminating(answer) else before if self._dry_run and finalizers(before) else None
        if last is not None and not self._dry_run:
            last = self._wait(router, reference, str(metadata(last).get("uid")))
        return "" if last is None else _message(reference, finalizers(last), self._dry_run)

    def _wait(self, router: ObjectRouter, reference: ObjectRef, uid: str) -> dict[str, Any] | None:
        """Return the object if it still exists at the end of the grace period; one of the same name is another."""
        # From the first wait on, as the limit is for all objects together.
        self._deadline = self._deadline or Deadline(self._clock, GRACE, POLL_INTERVAL)
        while True:
            live = router.cluster.get(router.path(reference), fresh=True)
            if live is None or metadata(live).get("uid") != uid:
                return None
            if not self._deadline.wait():
                return live


def _message(reference: ObjectRef, names: list[str], dry_run: bool) -> str:
    if dry_run:
        return f"{reference}: it would exist until its finalizers are removed: {', '.join(names)}"
    return f"{reference}: its deletion was requested, but it still exists. {_remedy(reference, names)}"


def _remedy(reference: ObjectRef, names: list[str]) -> str:
    kind = f"{reference.kind.lower()}.{reference.group}" if reference.group else reference.kind.lower()
    place = f"-n {reference.namespace} " if reference.namespace else ""
    patch = '{"metadata": {"finalizers": null}}'
    return (
        f"Finalizers: {', '.join(names) or 'none'}. The controllers that set them must remove them: check that they "
        f"run. If they no longer exist, run kubectl {place}patch {kind} {reference.name} --type=merge -p '{patch}'. "
        "Then run again."
    )
