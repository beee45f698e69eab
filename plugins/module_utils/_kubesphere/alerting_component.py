# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State of KubeSphere's alerting component: ready, installing or failed, and the reason for a failure.

KubeSphere 4: an extension; its InstallPlan has the state. 3.x: ks-installer watches ClusterConfiguration, installs the
components that are enabled there, and finally sets the component's status to ``enabled``. A failure is only visible in
the log of its pod.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._core.bounded import json_text
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from . import alerting_extension
from .facts import API_SERVER, read_configuration
from .pod_images import unpulled_image

NAME = "alerting"
#: Kinds that enable the component; all other objects of the feature require it.
SWITCHES = ("ClusterConfiguration", "InstallPlan")

READY, INSTALLING, FAILED = "ready", "installing", "failed"

INSTALLER_PODS = (
    "/api/v1/namespaces/kubesphere-system/pods?labelSelector=app%20in%20(ks-install,ks-installer)"  # 3.1 and later
)
INSTALLER_LOG = "/api/v1/namespaces/kubesphere-system/pods/{pod}/log?tailLines=2000"
RESTART_HINT = (
    "Correct the cause, then restart the installer: kubectl -n kubesphere-system rollout restart deployment "
    "ks-installer"
)
LATE = (
    "KubeSphere is still installing it (progress: log of ks-installer in kubesphere-system); run again when the "
    "installation is complete."
)
#: KubeSphere 3.x: the namespaces of the component, and of its installer.
COMPONENT_NAMESPACES = (MONITORING_NAMESPACE, "kubesphere-system")
#: Maximum length of a reason, in characters.
MAX_REASON_LENGTH = 400

_STARTED = re.compile(r"^Start installing alerting\s*$", re.MULTILINE)
_FAILED = re.compile(r"^Task 'alerting' failed:\s*\n\*+\n(.*?)\n\*+\s*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Component:
    """``state`` is ready, installing or failed; ``reason`` is the reason for a failure, or for a delay."""

    state: str
    reason: str = ""


def is_switch(manifest: Mapping[str, Any]) -> bool:
    """Return whether an object enables the component."""
    return manifest.get("kind") in SWITCHES


def requires_component(manifest: Mapping[str, Any]) -> bool:
    """Return whether an object enables or requires the component, unlike values of an extension that is installed."""
    return manifest.get("kind") != "InstallPlan" or "extension" in manifest["spec"]


def poll(cluster: Cluster) -> Component:
    """Read the current state of the installation."""
    configuration = read_configuration(cluster, fresh=True)
    if configuration is None:
        return _poll_extension(cluster)
    status = (configuration.get("status") or {}).get(NAME) or {}
    if status.get("status") == "enabled":
        return Component(READY)
    reason = failure_in(_installer_log(cluster))
    image = unpulled_image(cluster, COMPONENT_NAMESPACES)
    state = FAILED if reason else INSTALLING
    return Component(state, " ".join(filter(None, (reason, image, reason and RESTART_HINT))))


def _poll_extension(cluster: Cluster) -> Component:
    extension = alerting_extension.read_extension(cluster, is_member=cluster.get(API_SERVER) is None, fresh=True)
    if extension.is_installed:
        return Component(READY)
    image = unpulled_image(cluster, (extension.namespace,))
    if not extension.failure:
        return Component(INSTALLING, image)
    hint = f"Correct the cause, then reinstall {alerting_extension.NAME} in KubeSphere's extension center."
    texts = ("KubeSphere failed to install it.", extension.failure, image, hint)
    return Component(FAILED, " ".join(filter(None, texts)))


def _installer_log(cluster: Cluster) -> str:
    """Return the end of the log, empty if it cannot be read, as it only adds details to the status."""
    try:
        pods = (cluster.get(INSTALLER_PODS, fresh=True) or {}).get("items") or []
        return "".join(cluster.text(INSTALLER_LOG.format(pod=pod["metadata"]["name"])) for pod in pods[:1])
    except ClusterError:
        return ""


def failure_in(log: str) -> str:
    """Return the reason why the last attempt failed; empty if none failed or another attempt is in progress."""
    starts = [match.end() for match in _STARTED.finditer(log)]
    failures = _FAILED.findall(log, starts[-1] if starts else 0)
    return _reason(failures[-1]) if failures else ""


def _reason(event: str) -> str:
    """Return the message of an ansible-runner event, which the installer logs as JSON."""
    try:
        data = json_text.load(event)["event_data"]
        task, message = data.get("task") or "unnamed", _message(data.get("res"))
    except (json_text.NotJson, AttributeError, KeyError, TypeError):
        return "The installer's log reports that task alerting failed, without a reason."
    return f"The installer failed in its task {task!r}: {message[:MAX_REASON_LENGTH]}."


def _message(result: Any) -> str:
    found = result if isinstance(result, Mapping) else {}
    texts = [str(found.get(name) or "").strip() for name in ("stderr", "msg", "stdout")]
    return " ".join(next((text for text in texts if text), "no reason given").split()).rstrip(".")
