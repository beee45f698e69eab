# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's alerting component: whether it is there, on its way, or failed to come, and why.

KubeSphere 4: an extension, whose InstallPlan says all. 3.x: ks-installer watches ClusterConfiguration, installs what is
switched on there, and sets the component's status to ``enabled`` at the end. A failure leaves no trace but in the log
of its pod.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError
from . import alerting_extension
from .facts import API_SERVER, CLUSTER_CONFIGURATION

NAME = "alerting"
#: The kinds that switch a component on; everything else of the feature needs the component.
SWITCHES = ("ClusterConfiguration", "InstallPlan")

READY, INSTALLING, FAILED = "ready", "installing", "failed"

INSTALLER_PODS = (
    "/api/v1/namespaces/kubesphere-system/pods?labelSelector=app%20in%20(ks-install,ks-installer)"  # 3.1 and later
)
INSTALLER_LOG = "/api/v1/namespaces/kubesphere-system/pods/{pod}/log?tailLines=2000"
TRY_AGAIN = (
    "Correct the cause, then let the installer try again: kubectl -n kubesphere-system rollout restart deployment "
    "ks-installer"
)
LATE = (
    "KubeSphere still installs it, as the log of ks-installer in kubesphere-system shows; run again when that is done."
)
#: The longest reason that is shown of what may be pages.
LONGEST_REASON = 400

_STARTED = re.compile(r"^Start installing alerting\s*$", re.MULTILINE)
_FAILED = re.compile(r"^Task 'alerting' failed:\s*\n\*+\n(.*?)\n\*+\s*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Component:
    """``state`` is ready, installing or failed; ``reason`` is KubeSphere's own for a failure."""

    state: str
    reason: str = ""


def is_switch(manifest: Mapping[str, Any]) -> bool:
    """Tell whether an object switches the component on."""
    return manifest.get("kind") in SWITCHES


def poll(cluster: Cluster) -> Component:
    """Read how far the installation is, anew at each call."""
    configuration = cluster.get(CLUSTER_CONFIGURATION, fresh=True)
    if configuration is None:
        return _poll_extension(cluster)
    status = (configuration.get("status") or {}).get(NAME) or {}
    if status.get("status") == "enabled":
        return Component(READY)
    reason = failure_in(_installer_log(cluster))
    return Component(FAILED, f"{reason} {TRY_AGAIN}") if reason else Component(INSTALLING)


def _poll_extension(cluster: Cluster) -> Component:
    found = alerting_extension.read_extension(cluster, is_member=cluster.get(API_SERVER) is None, fresh=True)
    if found.is_installed:
        return Component(READY)
    if not found.failure:
        return Component(INSTALLING)
    advice = f"Correct the cause, and install {alerting_extension.NAME} again in KubeSphere's extension center."
    return Component(FAILED, f"KubeSphere could not install it. {found.failure} {advice}")


def _installer_log(cluster: Cluster) -> str:
    """Return the end of the log, empty where it cannot be read: it only says more than the status."""
    try:
        pods = (cluster.get(INSTALLER_PODS, fresh=True) or {}).get("items") or []
        return "".join(cluster.text(INSTALLER_LOG.format(pod=pod["metadata"]["name"])) for pod in pods[:1])
    except ClusterError:
        return ""


def failure_in(log: str) -> str:
    """Return why the last attempt failed; empty where none did, or another one is under way."""
    starts = [found.end() for found in _STARTED.finditer(log)]
    failures = _FAILED.findall(log, starts[-1] if starts else 0)
    return _reason(failures[-1]) if failures else ""


def _reason(event: str) -> str:
    """Return the message in an event of ansible-runner, which the installer prints as JSON."""
    try:
        data = json.loads(event)["event_data"]
    except (ValueError, KeyError, TypeError):
        return "The installer's log says that the task alerting failed, without a reason."
    task, message = data.get("task") or "unnamed", _message(data.get("res"))
    return f"The installer failed in its task {task!r}: {message[:LONGEST_REASON]}."


def _message(result: Any) -> str:
    found = result if isinstance(result, Mapping) else {}
    texts = [str(found.get(name) or "").strip() for name in ("stderr", "msg", "stdout")]
    return " ".join(next((text for text in texts if text), "it does not say why").split()).rstrip(".")
