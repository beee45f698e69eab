# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk state of a whole inventory: check the app, reconcile chats and robots for all clusters at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.clock import DAY
from .._core.errors import OperationError
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task, only_as_action
from .._desired.chats import DesiredRobot
from .._desired.robot_verification import NEVER
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.errors import BudgetSpent
from .._dingtalk.api.options import dingtalk_spec
from .._dingtalk.api.reporting import reporting_calls
from .._dingtalk.chats.backends import ChatBackends, calls_of_a_check
from .._dingtalk.chats.chat import DesiredChat
from .._dingtalk.chats.operator_actions import OperatorActions
from .._dingtalk.chats.reconcile import ChatReconciler, ReconciledChat
from .._dingtalk.permissions import NEEDED, Permissions, missing
from .._dingtalk.registry.registry import Registry
from .._dingtalk.state.check_cache import CHATS, RETENTION, ROBOTS
from .._findings.finding import cited
from .._fleet.adoption import HINT, ExistingChatSearch, first_unreachable
from .._fleet.chat_listing import list_chats
from .._fleet.existing_chats import ExistingChats, read_existing_chats
from .._fleet.quota_forecast import Forecast, Sends
from .._fleet.reconcile_robots import ReconciledRobot, manual_steps, reconcile_robots
from .._fleet.registered_chats import WHOLE, read_registered_chats, warnings_of_absent_hosts
from .chat import NO_REGISTRY, chat_diff, open_journal, open_known_chats, open_registry


@dataclass(frozen=True)
class Fleet:
    """Validated desired state of an inventory.

    ``clusters``: host -> access options, or why it cannot be reached from the controller. ``sends``: messages of
    each per alert.
    ``users``: chat key -> the hosts that send to it.
    """

    chats: Mapping[str, DesiredChat] = field(default_factory=dict)
    robots: Mapping[str, DesiredRobot] = field(default_factory=dict)
    clusters: Mapping[str, Mapping[str, Any] | str] = field(default_factory=dict)
    registry_host: str = ""
    #: Access options of the registry from variables of its own, which have precedence over those of its host.
    own_registry_access: Mapping[str, Any] | None = None
    sends: tuple[Sends | None, ...] = ()
    verify_robots: str = NEVER
    start_registry: bool = False
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    operator_actions: OperatorActions = field(default_factory=OperatorActions)
    #: Host cluster -> its members.
    members: Mapping[str, list[str]] = field(default_factory=dict)
    list_chats: bool = False
    #: Whether the hosts are a slice of the inventory, so that chats are only read from the registry.
    is_slice: bool = False

    @property
    def registry_access(self) -> Mapping[str, Any] | str | None:
        """Access options of the registry, why it cannot be reached from the controller, or None without a registry."""
        return self.own_registry_access or self.clusters.get(self.registry_host)


NOTHING: dict[str, Any] = {"changed": False, "chats": {}, "robots": {}, "manual_steps": [], "permissions": []}


def run_fleet(task: Task, fleet: Fleet) -> dict[str, Any]:
    """Reconcile chats and robots; the result has the chat IDs by key and the remaining manual steps."""
    common = {"members": dict(fleet.members), "slice": fleet.is_slice}
    for warning in warnings_of_absent_hosts(fleet.members, fleet.clusters):
        task.warn(warning)
    if not fleet.chats and not fleet.robots:
        return {**NOTHING, **common}
    if fleet.list_chats:
        return reporting_calls(lambda task, dingtalk: _list(task, dingtalk, fleet))(task)
    if fleet.is_slice:
        return {**reporting_calls(lambda task, dingtalk: _read(task, dingtalk, fleet))(task), **common}
    result = reporting_calls(lambda task, dingtalk: _reconcile(task, dingtalk, fleet))(task)
    return {**result, "forecast": _forecast(task, fleet), **common}


def _read(task: Task, dingtalk: DingTalk, fleet: Fleet) -> dict[str, Any]:
    """Return the known chats for a slice of the inventory, without any call to DingTalk."""
    registry, why_not, _existing = _open(task, dingtalk, fleet)
    registered = registry.chats() if registry else {}
    used = [key for key, hosts in fleet.users.items() if hosts]
    return {**NOTHING, "chats": read_registered_chats(fleet.chats, registered, used, "" if registry else why_not)}


def _list(task: Task, dingtalk: DingTalk, fleet: Fleet) -> dict[str, Any]:
    """List the chats of the inventory and of the registry, without any change."""
    registry, why_not, _existing = _open(task, dingtalk, fleet)
    if registry is None:
        task.warn(cited(why_not, "KD243"))
    registered = registry.chats() if registry else {}
    items = list_chats(
        ChatBackends(dingtalk),
        fleet.chats,
        registered,
        journal=open_journal(task),
        identity=(dingtalk.endpoint, dingtalk.app_key),
        registry=registry,
    )
    return {"changed": False, "chat_list": items}


def _forecast(task: Task, fleet: Fleet) -> dict[str, int]:
    checked = sum(calls_of_a_check(desired.template_id, desired.needs_settings) for desired in fleet.chats.values())
    checked += sum(robot.chat is not None for robot in fleet.robots.values())
    forecast = Forecast.of(fleet.sends, checked, task.params.get("cache_valid_time", DAY))
    for text in forecast.warnings():
        task.warn(text)
    return forecast.facts()


def _reconcile(task: Task, dingtalk: DingTalk, fleet: Fleet) -> dict[str, Any]:
    """Reconcile chats and robots; the error of a spent budget names those that are left."""
    # When an error ends an iteration, they have what it yielded before.
    chats: dict[str, ReconciledChat] = {}
    robots: dict[str, ReconciledRobot] = {}
    permissions: list[dict[str, Any]] = []
    try:
        if fleet.chats:
            opened = _open(task, dingtalk, fleet)
            permissions = _check_app(dingtalk)
            chats.update(_reconcile_chats(task, dingtalk, fleet, *opened))
        robots.update(reconcile_robots(task, dingtalk, fleet.robots, chats, fleet.verify_robots))
    except BudgetSpent as error:
        left = {"chats": fleet.chats.keys() - chats.keys(), "robots": fleet.robots.keys() - robots.keys()}
        raise _unfinished(error, {kind: sorted(keys) for kind, keys in left.items() if keys}) from error
    checked_at = dingtalk.check_cache.checked_at
    return {
        "changed": any(chat.changed for chat in chats.values())
        or any(robot.state.added for robot in robots.values())
        or bool(fleet.operator_actions.dissolve),
        "chats": {key: {**chat.chat.facts(), "checked": checked_at(CHATS, key)} for key, chat in chats.items()},
        "robots": {key: {**robot.facts(), "checked": checked_at(ROBOTS, key)} for key, robot in robots.items()},
        "manual_steps": manual_steps(robots),
        "permissions": permissions,
        "notices": [chat.notice for chat in chats.values() if chat.notice],
        "diff": [chat_diff(key, chat) for key, chat in chats.items() if chat.changed],
    }


def _unfinished(error: BudgetSpent, left_to_do: Mapping[str, list[str]]) -> OperationError:
    listed = "; ".join(f"{kind} {', '.join(keys)}" for kind, keys in left_to_do.items())
    return OperationError(f"{error.message} Not done yet: {listed}.", finding=error.finding, left_to_do=left_to_do)


def _check_app(dingtalk: DingTalk) -> list[dict[str, Any]]:
    """Return the app's permissions; raises ``OperationError`` with the console pages if any is missing."""
    # Later calls of the run verify their permissions themselves, so older results are sufficient here.
    found = Permissions(dingtalk).check(NEEDED, max_age=RETENTION)
    lacking = missing(found)
    if lacking:
        steps = "\n".join(f"- {item['scope']}: {item['advice']}" for item in lacking)
        raise OperationError(
            f"The app {dingtalk.app_key} lacks permissions that this play requires; nothing was changed:\n{steps}",
            finding="KD202",
            missing_permissions=lacking,
        )
    return [permission.facts() for permission in found]


def _open(task: Task, dingtalk: DingTalk, fleet: Fleet) -> tuple[Registry | None, str, dict[str, ExistingChats]]:
    """Return the registry, or None and why, and the existing chats of the clusters if they had to be read."""
    access = fleet.registry_access
    if isinstance(access, str):
        return None, f"The registry cluster {fleet.registry_host} cannot be reached from the controller: {access}", {}
    registry, why_not = open_registry(task, dingtalk, access)
    if fleet.is_slice:
        return registry, why_not or WHOLE, {}
    existing_chats: dict[str, ExistingChats] = {}
    if registry and not (registry.exists() or fleet.start_registry):
        existing_chats = read_existing_chats(fleet.clusters, task)
        if reason := _cannot_start(existing_chats, fleet.registry_host):
            return None, reason, existing_chats
    return registry, why_not or NO_REGISTRY, existing_chats


def _reconcile_chats(
    task: Task,
    dingtalk: DingTalk,
    fleet: Fleet,
    registry: Registry | None,
    why_not: str,
    existing_chats: Mapping[str, ExistingChats],
) -> Iterator[tuple[str, ReconciledChat]]:
    """Yield the reconciled chats by key."""
    known_chats = open_known_chats(
        task,
        dingtalk,
        registry,
        why_not=why_not,
        access=fleet.registry_access,
        operator_actions=fleet.operator_actions,
    )
    search = ExistingChatSearch(
        fleet.clusters, fleet.users, existing_chats, registry is not None and not fleet.start_registry
    )
    # Without a registry no chat is created; while its cluster is unreachable, existing chats are still used.
    search_existing = registry is not None or (bool(fleet.registry_host) and not existing_chats)
    return ChatReconciler(task, dingtalk, known_chats).reconcile_all(
        {key: desired for key, desired in fleet.chats.items() if key not in fleet.operator_actions.dropped},
        (lambda missing: search.find(task, known_chats, missing)) if search_existing else None,
    )


def _cannot_start(existing_chats: Mapping[str, ExistingChats], registry_host: str) -> str:
    """Return why a registry must not be started on a cluster without one, or an empty string."""
    others = [host for host, existing in existing_chats.items() if existing.registry]
    if others:
        return (
            f"A chat registry exists on {', '.join(others)}, not on {registry_host}: set dingtalk_registry_host to "
            "that cluster."
        )
    unreachable = [host for host, existing in existing_chats.items() if existing.cause]
    if unreachable:
        return (
            f"{registry_host} has no chat registry yet, and one is started only if every cluster answers, because "
            f"another cluster may have it. {HINT} No answer from {first_unreachable(unreachable, existing_chats)}"
        )
    return ""


OPERATION = Operation(
    spec=dingtalk_spec(app_required=False).merge(
        ArgumentSpec(
            options={
                "hosts": {"type": "list", "elements": "str"},
                "access_only": {"type": "bool", "default": False},
                "slice": {"type": "bool", "default": False},
            }
        )
    ),
    run=only_as_action("fleet_chats"),
)
