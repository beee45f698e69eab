# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of a cluster's API server, with hints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._core.bounded import json_text
from .._core.bounded.pages import describe_page, page_title
from .._core.errors import OperationError
from .._core.masking import Secrets
from .._core.text import shortened

#: The finding of a platform that refuses writes, its hint, and KubeSphere's HTTP status for it without any message.
READ_ONLY = "KD306"
_READ_ONLY_HINT = (
    "KubeSphere 4.2 and KubeSphere Enterprise are read-only without a valid licence, and so is a community edition "
    "above 128 vCPU. Check the licence in KubeSphere's console: Platform Settings > License (平台设置 > 许可证). It is "
    "bound to the UID of namespace kube-system. With a KubeSphere user (kubesphere_api_username or "
    "kubesphere_api_token), the playbook doctor reports what is violated."
)
# KubeSphere Enterprise 3.x, pkg/apiserver/filters (WithLicense): the answer has no body.
_LICENCE_VIOLATED = 430

#: HTTP status -> finding and hint.
HINTS = {
    400: (
        "KD311",
        "The API server rejected the request; check the values named in the message.",
    ),
    401: (
        "KD302",
        "The credentials were rejected or have expired: renew the token or certificate in kubeconfig, or api_key.",
    ),
    403: (
        "KD303",
        "The account lacks a permission: grant the verb on the resource named in the message (ClusterRole or Role). "
        "cluster_info with check_permissions lists all missing permissions.",
    ),
    407: (
        "KD301",
        "The proxy requires credentials: set its URL with user name and password (proxy, or proxy-url in kubeconfig).",
    ),
    409: (
        "KD312",
        "The object was modified concurrently; run again when no one else is editing it.",
    ),
    422: (
        "KD311",
        "The API server's validation rejected the object; check the values named in the message.",
    ),
    429: (
        "KD313",
        "The API server is busy; run again later or with fewer forks.",
    ),
    _LICENCE_VIOLATED: (READ_ONLY, _READ_ONLY_HINT),
    500: (
        "KD313",
        "The API server failed. If the message names a webhook, check the workload behind it "
        "(notification-manager-webhook in kubesphere-monitoring-system) and run again.",
    ),
    503: (
        "KD313",
        "The API server, or a webhook that it calls, is not available; run again later.",
    ),
}

#: The hint for a 401 if the credentials are from an exec plugin.
PLUGIN_HINT = "The credentials that {plugin} printed were rejected or have expired: log in again with its program."

#: The answer of a server with TLS, in Go, to a request in plain text.
PLAIN_HTTP = "Client sent an HTTP request to an HTTPS server"

#: Rows of HTTP statuses, a pattern of the message, the finding, and the hint.
MESSAGE_HINTS: tuple[tuple[tuple[int, ...], re.Pattern[str], str, str], ...] = (
    (
        (400, 403),
        # Not the refusal of an account without a permission on licences.
        re.compile(
            r"(?!.*\bcannot \w+ (?:resource|path)\b).*(?:\blicen[cs]e|\bread-?\s?only\b)", re.IGNORECASE | re.DOTALL
        ),
        READ_ONLY,
        _READ_ONLY_HINT,
    ),
    (
        (400,),
        re.compile(PLAIN_HTTP),
        "KD301",
        "The server uses TLS at this port: in host or kubeconfig, set the server to an https:// URL.",
    ),
    (
        (500,),
        re.compile(r"(?=.*\bx509: certificate (has expired|is not|is valid for|relies on)).*\bwebhook\b", re.DOTALL),
        "KD314",
        "The webhook's certificate has expired, is not valid yet, or is for another name: check the clocks of the "
        "nodes, renew the certificate with the CA bundle in the webhook's configuration, then run again.",
    ),
    (
        (500,),
        re.compile(r"(?=.*\bx509:).*\bconversion webhook for notification\.kubesphere\.io/", re.DOTALL),
        "KD314",
        # kubesphere/kubesphere#5896: an upgrade renews the certificate, and not the CA bundle in the CRDs.
        "The CRDs have the CA bundle of another certificate than the conversion webhook's. Put the caBundle of "
        "ValidatingWebhookConfiguration notification-manager-validating-webhook into "
        "spec.conversion.webhook.clientConfig.caBundle of the CRDs configs.notification.kubesphere.io and "
        "receivers.notification.kubesphere.io, then run again.",
    ),
    (
        (500,),
        re.compile(r"(?=.*\bx509:).*\bwebhook\b", re.DOTALL),
        "KD314",
        "The API server does not trust the webhook's certificate: put the CA that issued it into caBundle of the "
        "webhook's configuration (ValidatingWebhookConfiguration, MutatingWebhookConfiguration, or spec.conversion of "
        "the CRD), and check that the certificate has not expired, then run again.",
    ),
)

#: The hint for an answer that is not the cluster's.
CHECK_ACCESS = "Check host, kubeconfig and the proxies before the cluster."
#: The statuses after which a request is repeated, also if a gateway answers with them.
REPEATED = (429, 503)
#: The answers of kube-apiserver and ks-apiserver to a path that they do not serve.
NOT_SERVED = ("", "404 page not found", "404: page not found")


class ClusterError(OperationError):
    """An error of the API server: its HTTP ``status``, and the ``reason`` of its Status object (``Conflict``).

    ``reported``: the server's own message. ``retry_after``: the seconds to wait before a retry that the server asks
    for.
    """

    retry_after: float = 0.0

    def __init__(
        self,
        message: str,
        status: int = 0,
        reason: str = "",
        details: dict[str, Any] | None = None,
        finding: str = "",
        reported: str = "",
    ) -> None:
        super().__init__(message, finding=finding, cluster_status=status or None)
        self.status = status
        self.reason = reason
        self.details = details or {}
        self.reported = reported


class ClusterUnreachable(ClusterError):
    """No answer was received, so the outcome of the request is unknown; ``is_sent``: False if it was certainly not."""

    is_sent: bool = True


def refusal(
    verb: str, path: str, status: int, body: str | bytes | None, secrets: Secrets, plugin: str = "", hint: str = ""
) -> ClusterError:
    """Return the error for an answer with an HTTP status of 400 or more, from its Status object if it has one.

    ``secrets`` are masked before a long message is shortened, as nobody finds a part of one afterwards.
    ``plugin`` names the exec plugin that the credentials are from. ``hint``: that for an answer which is not the API's.
    """
    answer = status_object(body)
    if not answer and (page := page_cause(status, body, secrets)):
        return unreadable(verb, path, page, hint or CHECK_ACCESS, status if status in REPEATED else 0)
    if status == 404 and not answer and not _is_not_found(body):
        return unreadable(verb, path, "HTTP status 404, but not from Kubernetes")
    message = shortened(secrets.mask_text(_text(answer.get("message")))) or _plain(body) or f"HTTP status {status}"
    finding, advice = _hint(status, message)
    if plugin and status == 401:
        advice = PLUGIN_HINT.format(plugin=plugin)
    text = f"The cluster refused {verb.upper()} {path}: {message}." + (f" {advice}" if advice else "")
    details = answer.get("details")
    reason = _text(answer.get("reason"))
    return ClusterError(text, status, reason, details if isinstance(details, dict) else None, finding, message)


def page_cause(status: int, body: str | bytes | None, secrets: Secrets) -> str:
    """Return what a web page in place of an answer is, with its title; empty if it is not one."""
    title = page_title(body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body or b"")
    return "" if title is None else describe_page(status, secrets.mask_text(title), "the API server")


def unreadable(verb: str, path: str, cause: str, hint: str = CHECK_ACCESS, status: int = 0) -> ClusterError:
    """Return the error for an answer that cannot be used; a write may have been done."""
    outcome = "" if verb.lower() == "get" else " It is unknown whether the write was done; run again to check it."
    text = f"The answer to {verb.upper()} {path} is not one of a Kubernetes API: {cause}. {hint}{outcome}"
    return ClusterError(text, status, finding="KD315")


def gave_up(subject: str, attempts: int, last: ClusterError) -> ClusterError:
    """Return the error for an object that others created, modified or removed during each attempt."""
    return ClusterError(
        f"Conflict: {subject} was modified concurrently and {attempts - 1} retries failed. Run again when no one else "
        f"is editing it. The last answer: {last.message}",
        last.status,
        last.reason,
        last.details,
        "KD312",
    )


def _hint(status: int, message: str) -> tuple[str, str]:
    """Return the finding, and a hint, empty if the message explains itself."""
    if status == 404 and message.startswith('namespaces "') and not message.startswith('namespaces "kubesphere-'):
        return "KD316", "This namespace does not exist on this cluster: create it, or correct the name in the options."
    if status == 404 and message.startswith("namespaces "):
        return "KD318", (
            "KubeSphere's installer creates this namespace: check that KubeSphere is installed on this cluster "
            "and that its monitoring component is enabled."
        )
    if status == 403 and '"system:anonymous"' in message:
        return "KD302", (
            "No credentials were sent: set api_key, or client_cert and client_key. If a kubeconfig is used, its user "
            "has no credentials."
        )
    if status == 403 and "being terminated" in message:
        return "KD317", "The namespace is being deleted; run again once it is recreated, or exclude the cluster."
    for statuses, pattern, finding, hint in MESSAGE_HINTS:
        if status in statuses and pattern.match(message):
            return finding, hint
    other = "KD316" if status == 404 else "KD313" if status >= 500 else "KD311"
    return HINTS.get(status, (other, ""))


def status_object(body: str | bytes | None) -> Mapping[str, Any]:
    """Return the Status object in the body of an answer, empty if there is none."""
    try:
        answer = json_text.load(body or "{}")
    except json_text.NotJson:
        return {}
    return answer if isinstance(answer, dict) and answer.get("kind") == "Status" else {}


def _is_not_found(body: str | bytes | None) -> bool:
    """Return whether a text says what Kubernetes says of a path that it does not serve; a gateway sends a page."""
    return _line(body) in NOT_SERVED


def _plain(body: str | bytes | None) -> str:
    """Return the text of a server that got a request in plain text at a port with TLS; an empty one for any other."""
    return PLAIN_HTTP if _line(body).rstrip(".") == PLAIN_HTTP.lower() else ""


def _line(body: str | bytes | None) -> str:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    return text.strip().lower()


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
