# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examination of DingTalk: the app, each chat and each robot, without any change and without a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .._core.errors import OperationError
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task, only_as_action
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.options import dingtalk_spec
from .._dingtalk.api.reporting import reporting_calls
from .._dingtalk.chats.chat import DesiredChat
from .._dingtalk.chats.reconcile import ChatReconciler, ReconciledChat, placeholder
from .._dingtalk.permissions import NEEDED, Permissions, missing
from .._dingtalk.robots.robots import Robots
from .._findings.finding import Stage
from .._fleet.reconcile_robots import reconcile_robot
from .._operations.chat import NO_REGISTRY, open_known_chats, open_registry
from .._operations.fleet_chats import Fleet
from . import clocks
from .examination import Examination
from .flow import LEVEL, OFFLINE, STATIC

SCOPE_MISSING, NOT_CREATED, DIFFERS, NO_ROBOT = "KD202", "KD254", "KD255", "KD250"

#: The finding of a registry that cannot be used; an inventory without one, whose chats have IDs, needs none.
NO_REGISTRY_FINDING = "KD243"

SPEC = dingtalk_spec(app_required=False).merge(
    ArgumentSpec(options={"hosts": {"type": "list", "elements": "str"}, "level": LEVEL})
)


def run_app_doctor(task: Task, fleet: Fleet, errors: Iterable[str]) -> dict[str, Any]:
    """Examine the inventory, whose ``errors`` are findings, and what it has in DingTalk.

    The result has the chats as far as their IDs are known, like that of ``fleet_chats``.
    """
    examination = Examination()
    with examination.stage(Stage.INVENTORY, "the inventory"):
        for error in errors:
            examination.add("KD101", "the inventory", error.rstrip("."))
            examination.skip(Stage.DINGTALK, "the inventory is invalid (KD101)")
        if not fleet.chats and not fleet.robots:
            examination.add("KD102", "the inventory", "dingtalk_chats and dingtalk_robots are empty")
            examination.skip(Stage.DINGTALK, "the inventory has no chat and no robot (KD102)")
    if task.params["level"] == STATIC:
        examination.skip(Stage.DINGTALK, OFFLINE)
    # Results of earlier calls say nothing about now.
    quiet = replace(task, check_mode=True, params={**task.params, "cache_valid_time": 0}, warnings=[])
    known: Mapping[str, Any] = {}
    if not examination.is_skipped(Stage.DINGTALK):
        known = _asked(examination, quiet, fleet)
    for text in (*task.warnings, *quiet.warnings):
        if fleet.registry_host or not text.endswith(f"({NO_REGISTRY_FINDING})"):
            examination.add_warning(text, "the inventory")
    task.warnings.clear()
    chats = {key: {"chat_id": placeholder(key), "name": desired.name} for key, desired in fleet.chats.items()}
    return {
        "changed": False,
        "members": dict(fleet.members),
        **known,
        "chats": {**chats, **known.get("chats", {})},
        **examination.result(),
    }


def _asked(examination: Examination, task: Task, fleet: Fleet) -> dict[str, Any]:
    """Ask DingTalk; return the facts of the chats that it knows, and the calls."""

    def ask(task: Task, dingtalk: DingTalk) -> dict[str, Any]:
        found: dict[str, ReconciledChat] = {}
        ahead = 0.0
        with examination.stage(Stage.DINGTALK, "the app"):
            if fleet.chats:
                _permissions(examination, dingtalk)
                found = _chats(examination, task, dingtalk, fleet)
            _robots(examination, task, dingtalk, fleet, found)
        if shown := dingtalk.server_time():
            ahead = shown - task.clock.time()
            clocks.examine_controller(examination, ahead)
        return {"chats": {key: item.chat.facts() for key, item in found.items()}, "clock_offset": round(ahead)}

    try:
        return reporting_calls(ask)(task)
    except OperationError as error:  # before the first call: the options of the app
        examination.add_error(error, "the app")
        return {}


def _permissions(examination: Examination, dingtalk: DingTalk) -> None:
    for item in missing(Permissions(dingtalk).check(NEEDED)):
        examination.add(SCOPE_MISSING, f"permission {item['scope']}", "the app does not have it", item["advice"])


def _chats(examination: Examination, task: Task, dingtalk: DingTalk, fleet: Fleet) -> dict[str, ReconciledChat]:
    """Return the chats as they would be after a run; what that would change is a finding."""
    access = fleet.registry_access
    registry, why_not = (None, access) if isinstance(access, str) else open_registry(task, dingtalk, access)
    if registry is None and fleet.registry_host:
        examination.add(NO_REGISTRY_FINDING, f"the registry on {fleet.registry_host}", why_not.rstrip("."))
    known_chats = open_known_chats(task, dingtalk, registry, why_not=why_not or NO_REGISTRY, access=access)
    reconciler = ChatReconciler(task, dingtalk, known_chats)
    found: dict[str, ReconciledChat] = {}
    for key, desired in fleet.chats.items():
        if chat := _chat(examination, reconciler, desired):
            found[key] = chat
    return found


def _chat(examination: Examination, reconciler: ChatReconciler, desired: DesiredChat) -> ReconciledChat | None:
    subject = f"chat {desired.key} ({desired.name})"
    try:
        reconciled = dict(reconciler.reconcile_all({desired.key: desired}))[desired.key]
    except OperationError as error:
        if getattr(error, "concerns_app", False):
            raise
        examination.add_error(error, subject)
        return None
    if reconciled.created:
        examination.add(NOT_CREATED, subject, "no chat is known for this key")
        return None
    after = reconciled.chat.facts()
    changed = sorted(name for name, value in after.items() if reconciled.before.get(name) != value)
    if changed:
        examination.add(DIFFERS, subject, f"its {', '.join(changed)} is not that of the inventory")
    return reconciled


def _robots(
    examination: Examination, task: Task, dingtalk: DingTalk, fleet: Fleet, chats: Mapping[str, ReconciledChat]
) -> None:
    for key, desired in fleet.robots.items():
        chat = chats.get(desired.chat or "")
        if chat is None or not chat.chat.open_conversation_id:
            continue  # what is known of its chat is a finding already
        robots = Robots(dingtalk, chat.chat.open_conversation_id, title=chat.chat.name)
        subject = f"robot {key} of chat {desired.chat} ({chat.chat.name})"
        try:
            state = reconcile_robot(task, dingtalk, desired, robots, verify=False)
        except OperationError as error:
            examination.add_error(error, subject)
            continue
        if not state.found:
            cause = "DingTalk does not list it in the chat" if desired.webhook else "it has no webhook yet"
            examination.add(NO_ROBOT, subject, cause, " ".join(state.manual_steps))


OPERATION = Operation(spec=SPEC, run=only_as_action("doctor_app"))
