# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster refused or could not answer, with the way out."""

from __future__ import annotations

import json
from typing import Any

from .._core.errors import OperationError

ADVICE = {
    400: "The API server does not accept the request; check the values that the message names.",
    401: "The credentials are refused or have expired: renew the token or certificate in kubeconfig, or api_key.",
    403: "The account lacks a permission: grant the verb on the resource that the message names (ClusterRole or Role). "
    "cluster_info with check_permissions lists all that it lacks.",
    409: "Somebody else changed the object at the same time; run again when they are done.",
    422: "The API server's validation refuses the object; check the values that the message names.",
    429: "The API server is busy; run again later or with fewer forks.",
    500: "The API server failed. When the message names a webhook, look at the workload behind it "
    "(notification-manager-webhook in kubesphere-monitoring-system) and run again.",
    503: "The API server, or a webhook that it asks, is not available; run again later.",
}


class ClusterError(OperationError):
    """A cluster's refusal. ``status`` is the HTTP status, ``reason`` the word of the Status object (``Conflict``)."""

    def __init__(self, message: str, status: int = 0, reason: str = "", details: dict[str, Any] | None = None) -> None:
        super().__init__(message, cluster_status=status or None)
        self.status = status
        self.reason = reason
        self.details = details or {}


class ClusterUnreachable(ClusterError):
    """No answer came: the request may or may not have been done."""


def refusal(verb: str, path: str, status: int, body: str | bytes | None) -> ClusterError:
    """Build the error for an answer with an HTTP status of 400 or more, from its Status object where there is one."""
    answer = _status_object(body)
    message = str(answer.get("message") or "").strip() or f"HTTP status {status}"
    advice = _advice(status, message)
    text = f"The cluster refused {verb.upper()} {path}: {message}." + (f" {advice}" if advice else "")
    details = answer.get("details")
    return ClusterError(text, status, str(answer.get("reason") or ""), details if isinstance(details, dict) else None)


def gave_up(subject: str, attempts: int, last: ClusterError) -> ClusterError:
    """Build the error for an object that somebody else changed, made or removed before each of our attempts."""
    return ClusterError(
        f"Somebody else keeps changing the object {subject}: {attempts} attempts, each made with what stood there just "
        f"before, came too late. Run again when they are done. The last answer: {last.message}",
        last.status,
        last.reason,
        last.details,
    )


def _advice(status: int, message: str) -> str:
    if status == 404 and message.startswith('namespaces "') and not message.startswith('namespaces "kubesphere-'):
        return "There is no such namespace on this cluster: make it, or correct the name where it is given."
    if status == 404 and message.startswith("namespaces "):
        return (
            "KubeSphere's installer makes this namespace: check that KubeSphere is installed on this cluster "
            "and that its monitoring component is enabled."
        )
    if status == 403 and '"system:anonymous"' in message:
        return (
            "No credentials were sent: give api_key or client_cert and client_key; or the kubeconfig's user has none, "
            "or its exec plugin failed, which the log of the controller says."
        )
    if status == 403 and "being terminated" in message:
        return "The namespace is being deleted; run again when it is there again, or take the cluster out."
    return ADVICE.get(status, "")


def _status_object(body: str | bytes | None) -> dict[str, Any]:
    try:
        answer = json.loads(body or "{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
