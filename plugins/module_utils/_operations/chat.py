# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One chat: looked up or created exactly once, and brought in line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.client import Cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.errors import ClusterError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.specs import ACCESS_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core import yaml_text
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import raise_for_problems
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.chat_kinds import ChatKinds
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.checks_record import ChecksRecord
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.client import DingTalk
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.decisions import Decider, Decisions
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.journal import Journal
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.keeping import Keeper, KeptChat
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry import Registry
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry_entry import Registered
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.reporting import reporting_calls
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.specs import dingtalk_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.chats import (
    chat_spec,
    check_chat,
    wished_chat,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.keeping import keep_chats

NO_REGISTRY = (
    "A chat is created only with a registry, where every controller finds it again: give the option registry "
    "(dingtalk_registry_host in an inventory)."
)
NO_DECISIONS = Decisions()
NOT_STARTED = (
    "Its registry cluster has no key chats in ConfigMap kubesphere-system/kubesphere-dingtalk. If no registry was ever "
    "there, let the registry be started (start_registry: true); if one was, restore it first."
)

SPEC = dingtalk_spec().merge(
    chat_spec(),
    ArgumentSpec(
        options={
            "key": {"type": "str", "required": True, "no_log": False},
            "registry": {"type": "dict", "options": ACCESS_OPTIONS},
            "start_registry": {"type": "bool", "default": False},
        }
    ),
)


def _run(task: Task, dingtalk: DingTalk) -> dict[str, Any]:
    params = task.params
    wish = wished_chat(params["key"], params)
    raise_for_problems(check_chat("chat", wish))
    registry, why_not = open_registry(task, dingtalk, params["registry"])
    may_start = params["start_registry"] or (registry is not None and registry.exists())
    keeper = make_keeper(task, dingtalk, registry if may_start else None, why_not or NOT_STARTED)
    kept = keep_chats(task, dingtalk.memory, keeper, {wish.key: wish})[wish.key]
    return {"changed": kept.changed, "chat": kept.chat.facts(), "diff": chat_diff(wish.key, kept)}


def open_registry(task: Task, dingtalk: DingTalk, access: Any) -> tuple[Registry | None, str]:
    """Return the registry behind access options, or None and the reason why it cannot be used."""
    if access is None:
        return None, NO_REGISTRY
    cluster = Cluster(access, task.secrets)
    registry = Registry(cluster, dingtalk.api_url, dingtalk.app_key, task.check_mode)
    try:
        registry.exists()
    except ClusterError as error:
        return None, f"The registry cannot be read: {error.message}"
    dingtalk.memory.share(ChecksRecord(cluster, dingtalk.api_url, dingtalk.app_key, task.warn))
    return registry, ""


def make_keeper(
    task: Task, dingtalk: DingTalk, registry: Registry | None, why_not: str, decisions: Decisions = NO_DECISIONS
) -> Keeper:
    """Return the keeper of an app's chats, with the journal of this controller, after what an operator decided."""
    registered: Mapping[str, Registered] = {}
    if registry:
        registered = Decider(registry, ChatKinds(dingtalk), task.warn, task.check_mode).carry_out(decisions)
    journal = open_journal(task)
    timeout = float(task.params.get("request_timeout") or 30)
    return Keeper(dingtalk, journal, registry, why_not, timeout, task.check_mode, task.warn, registered)


def open_journal(task: Task) -> Journal:
    """Return the journal of this controller."""
    state_path = task.params.get("state_path")
    return Journal(Path(state_path) if state_path else None, task.warn)


def chat_diff(key: str, kept: KeptChat) -> dict[str, Any]:
    """Return what --diff shows of a chat."""
    header = f"chat {key}"
    before = yaml_text.dump(dict(kept.before)) if kept.before else ""
    return {
        "before_header": header,
        "after_header": header,
        "before": before,
        "after": yaml_text.dump(kept.chat.facts()),
    }


OPERATION = Operation(spec=SPEC, run=reporting_calls(_run))
