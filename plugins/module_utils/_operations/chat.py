# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One chat: found or created exactly once, and reconciled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._core import yaml_text
from .._core.errors import Errors
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._core.validation import check_identity
from .._desired.chats import MAX_KEY, chat_spec, check_chat, desired_chat
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.options import dingtalk_spec
from .._dingtalk.api.reporting import reporting_calls
from .._dingtalk.chats.backends import ChatBackends
from .._dingtalk.chats.known_chats import KnownChats
from .._dingtalk.chats.operator_actions import OperatorActionRunner, OperatorActions
from .._dingtalk.chats.reconcile import ChatReconciler, ReconciledChat
from .._dingtalk.registry.entry import RegistryEntry
from .._dingtalk.registry.identity import RegistryId
from .._dingtalk.registry.journal import Journal
from .._dingtalk.registry.registry import Registry
from .._dingtalk.registry.shared_checks import SharedChecks
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError
from .._kubernetes.options import ACCESS_OPTIONS, ACCESS_SECRETS, ACCESS_TEXTS

NO_REGISTRY = (
    "Chats are created only with a registry, in which every controller finds them: set the option registry "
    "(dingtalk_registry_host in an inventory)."
)
NO_OPERATOR_ACTIONS = OperatorActions()
NOT_STARTED = (
    "Its registry cluster has no key chats in ConfigMap kubesphere-system/kubesphere-dingtalk. If there has never "
    "been a registry, set start_registry: true; otherwise restore it first."
)

SPEC = dingtalk_spec().merge(
    chat_spec(),
    ArgumentSpec(
        options={
            "key": {"type": "str", "required": True, "no_log": False},
            "registry": {"type": "dict", "options": ACCESS_OPTIONS},
            "start_registry": {"type": "bool", "default": False},
        },
        secrets={f"registry.{name}": kind for name, kind in ACCESS_SECRETS.items()},
        verbatim=frozenset({"key", *(f"registry.{name}" for name in ACCESS_TEXTS)}),
    ),
)


def _run(task: Task, dingtalk: DingTalk) -> dict[str, Any]:
    params = task.params
    desired = desired_chat(params["key"], params)
    with Errors() as errors:
        check_identity(errors.at("key"), desired.key, MAX_KEY)
        check_chat(errors.at("chat"), desired)
    registry, why_not = open_registry(task, dingtalk, params["registry"])
    may_start = params["start_registry"] or (registry is not None and registry.exists())
    usable = registry if may_start else None
    known_chats = open_known_chats(task, dingtalk, usable, why_not=why_not or NOT_STARTED, access=params["registry"])
    reconciler = ChatReconciler(task, dingtalk, known_chats)
    reconciled = dict(reconciler.reconcile_all({desired.key: desired}))[desired.key]
    return {"changed": reconciled.changed, "chat": reconciled.chat.facts(), "diff": chat_diff(desired.key, reconciled)}


def open_registry(task: Task, dingtalk: DingTalk, access: Any) -> tuple[Registry | None, str]:
    """Return the registry behind access options, or None and the reason why it cannot be used."""
    if access is None:
        return None, NO_REGISTRY
    cluster = Cluster.connect(access, task.secrets)
    registry = Registry(cluster, dingtalk.endpoint, dingtalk.app_key, task.check_mode)
    try:
        registry.exists()
    except ClusterError as error:
        return None, f"The registry cannot be read: {error.message}"
    dingtalk.check_cache.attach(SharedChecks(cluster, dingtalk.endpoint, dingtalk.app_key, task.warn))
    return registry, ""


def open_known_chats(
    task: Task,
    dingtalk: DingTalk,
    registry: Registry | None,
    *,
    why_not: str,
    access: Any,
    operator_actions: OperatorActions = NO_OPERATOR_ACTIONS,
) -> KnownChats:
    """Return the IDs of an app's chats with this controller's journal, after running the operator actions.

    ``access``: access options of the registry's cluster, which identify it even if it cannot be read.
    """
    registered: Mapping[str, RegistryEntry] = {}
    if registry:
        registered = OperatorActionRunner(registry, ChatBackends(dingtalk), task.warn, task.check_mode).run(
            operator_actions
        )
    return KnownChats(
        task,
        dingtalk,
        journal=open_journal(task),
        registry=registry,
        why_not=why_not,
        registered=registered,
        registry_id=None if registry else RegistryId.of_access(access, task.secrets),
    )


def open_journal(task: Task) -> Journal:
    """Return the journal of this controller."""
    state_path = task.params.get("state_path")
    return Journal(Path(state_path) if state_path else None, task.warn)


def chat_diff(key: str, reconciled: ReconciledChat) -> dict[str, Any]:
    """Return what --diff shows of a chat."""
    header = f"chat {key}"
    before = yaml_text.dump(dict(reconciled.before)) if reconciled.before else ""
    return {
        "before_header": header,
        "after_header": header,
        "before": before,
        "after": yaml_text.dump(reconciled.chat.facts()),
    }


OPERATION = Operation(spec=SPEC, run=reporting_calls(_run))
