# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests to an API server, with paths and plain dictionaries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

try:
    import urllib3.exceptions
    from kubernetes.client.exceptions import ApiException
    from kubernetes.dynamic import DynamicClient
    from urllib3.exceptions import NewConnectionError
except ImportError:  # reported by auth.configuration, which every connection needs first
    pass

from .._core.bounded import json_text
from .._core.bounded.http_answers import bound_answers
from .._core.clock import ServerClock
from .._core.masking import Secrets
from .access.expiry import certificate_expiry, token_expiry
from .auth import api_client
from .errors import CHECK_ACCESS, ClusterError, ClusterUnreachable, page_cause, refusal, status_object, unreadable
from .object_shapes import check_answer
from .retries import retry_after

_CHECK_NETWORK = "Check host or kubeconfig, the network and the proxy."
#: Patterns of OpenSSL's reasons, and what to do about each; the first that matches counts.
_CAUSE_HINTS = tuple(
    (re.compile(pattern, re.IGNORECASE), hint)
    for pattern, hint in (
        (
            r"mismatch|doesn't match",
            "The server's certificate is for another name: in host or kubeconfig, set the server to a name or address "
            "that the certificate has, or set tls-server-name in kubeconfig to such a name.",
        ),
        (
            r"certificate (has expired|is not yet valid)",
            "Renew the server's certificate (kubeadm certs renew all, for a cluster of kubeadm), or correct the clock "
            "of this machine.",
        ),
        (
            r"certificate verify failed",
            "The server's certificate is not trusted: set ca_cert, or correct the server in kubeconfig.",
        ),
        (
            r"wrong_version_number|record_layer_failure|unknown_protocol|http_request",
            "The server does not use TLS at this port: correct the port of host, or of the server in kubeconfig. If a "
            "proxy is used, its URL may have to start with http://.",
        ),
    )
)
#: Part of the path of what kube-apiserver passes on.
SERVICE_PROXY = "/proxy/"


class Proxied(NamedTuple):
    """The answer of a program behind the service proxy, with an HTTP status of its own."""

    status: int
    body: bytes


class Connection(Protocol):
    """Sends requests to a cluster. ``server`` is the URL of its API server."""

    server: str

    def request(self, verb: str, path: str, **options: Any) -> dict[str, Any]:
        """Send a request and return the answer; raises ``ClusterError`` or ``ClusterUnreachable``."""

    def text(self, path: str) -> str:
        """Return the answer to a GET in plain text, such as a log; raises like :meth:`request`."""

    def proxied(self, verb: str, path: str, body: Any = None) -> Proxied:
        """Return the answer of a program behind the service proxy, whatever its status.

        Raises like :meth:`request` if there is none, or if it is kube-apiserver that refuses.
        """

    def has_dry_run(self, path: str) -> bool:
        """Return whether the server supports dry run for a write to ``path``."""

    def credentials_expiry(self) -> float | None:
        """Return when the credentials expire in epoch seconds, None if they do not say so."""

    def server_time(self) -> float | None:
        """Return what the API server's clock shows in epoch seconds, None before its first answer."""


def read_object(verb: str, path: str, body: bytes, secrets: Secrets, hint: str = CHECK_ACCESS) -> dict[str, Any]:
    """Return the object in the body of a successful answer; raises ``ClusterError`` if it is out of shape."""
    try:
        answer = json_text.load(body)
        error = check_answer(verb, path, answer) if isinstance(answer, dict) else "not a JSON object"
    except json_text.NotJson as not_json:
        error = page_cause(200, body, secrets) or not_json.message
    if error:
        raise unreadable(verb, path, error, hint)
    return dict(answer)


class _NoDiscovery:
    """Replaces the dynamic client's discovery, which costs requests, as the paths are known."""

    def __init__(self, client: Any, cache_file: str | None) -> None:
        pass


class ApiServerConnection:
    """Requests to kube-apiserver. ``options`` are those of ``cluster_spec``; it connects on the first request."""

    def __init__(self, options: Mapping[str, Any], secrets: Secrets) -> None:
        self._secrets = secrets
        client, self._plugin = api_client(options, secrets)
        bound_answers(client.rest_client.pool_manager)
        self._client = DynamicClient(client, discoverer=_NoDiscovery)
        self._timeout = options.get("request_timeout") or 30
        self._clock = ServerClock()
        self.server: str = self._client.configuration.host

    def request(self, verb: str, path: str, **options: Any) -> dict[str, Any]:
        """Send a request and return the answer; raises ``ClusterError`` or ``ClusterUnreachable``."""
        return read_object(verb, path, self._exchange(verb, path, **options), self._secrets)

    def text(self, path: str) -> str:
        """Return the answer to a GET in plain text, such as a log; raises like :meth:`request`."""
        return self._exchange("get", path).decode("utf-8", "replace")

    def proxied(self, verb: str, path: str, body: Any = None) -> Proxied:
        """Return the answer of a program behind the service proxy, whatever its status; raises like `request`."""
        return self._answer(verb, path, True, **({} if body is None else {"body": body}))

    def has_dry_run(self, path: str) -> bool:
        """Return True, as kube-apiserver supports dry run for every write."""
        return True

    def credentials_expiry(self) -> float | None:
        """Return when the client certificate or the token expires in epoch seconds, None if they do not say so."""
        configuration = self._client.configuration
        token = str((configuration.api_key or {}).get("authorization") or "").removeprefix("Bearer ")
        return token_expiry(token) if token else certificate_expiry(configuration.cert_file)

    def server_time(self) -> float | None:
        """Return what the API server's clock shows in epoch seconds, None before its first answer."""
        return self._clock.time()

    def _exchange(self, verb: str, path: str, **options: Any) -> bytes:
        return self._answer(verb, path, False, **options).body

    def _answer(self, verb: str, path: str, is_proxied: bool, **options: Any) -> Proxied:
        """Return the answer to a request; ``is_proxied``: whether another program may refuse it in its own words."""
        try:
            answer = self._client.request(verb, path, serialize=False, _request_timeout=self._timeout, **options)
            if SERVICE_PROXY not in path:  # a program behind it has a clock of its own
                self._clock.see(_headers(answer).get("Date"))
            return Proxied(int(answer.status), bytes(answer.data))
        except ApiException as error:
            if not error.status:
                raise self._unreachable(verb, path, str(error.reason)) from None
            if is_proxied and not status_object(error.body):
                return Proxied(error.status, _as_bytes(error.body))
            refused = refusal(verb, path, error.status, error.body, self._secrets, self._plugin)
            refused.retry_after = retry_after(error.headers)
            raise refused from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            unreachable = self._unreachable(verb, path, self._cause(error))
            unreachable.is_sent = not isinstance(getattr(error, "reason", error), NewConnectionError)
            raise unreachable from None
        except ValueError:  # its text contains the header
            raise ClusterError(
                f"{verb.upper()} {path} cannot be sent: the token (api_key or kubeconfig), impersonate_user or "
                "impersonate_groups contain a line break or a character that is not allowed in an HTTP header. Remove "
                "it.",
                finding="KD101",
            ) from None

    def _unreachable(self, verb: str, path: str, cause: str) -> ClusterUnreachable:
        hint = next((hint for pattern, hint in _CAUSE_HINTS if pattern.search(cause)), _CHECK_NETWORK)
        return ClusterUnreachable(
            f"The cluster at {self.server} cannot be reached ({verb.upper()} {path}): {cause}. {hint}", finding="KD301"
        )

    def _cause(self, error: Exception) -> str:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, urllib3.exceptions.TimeoutError) and not isinstance(reason, NewConnectionError):
            return f"no answer within {self._timeout} s (request_timeout)"
        if isinstance(reason, urllib3.exceptions.ProtocolError) and len(reason.args) > 1:
            reason = reason.args[1]  # the error that it wraps
        text = str(reason)
        # urllib3 prefixes the cause with "<connection object at 0x...>: ".
        return text.rpartition("): ")[2] if "object at 0x" in text else text


def _headers(answer: Any) -> Mapping[str, str]:
    """Return the headers of an answer, which is urllib3's or, by the version of the library, contains that.

    The library's own method for them calls one that urllib3 has removed.
    """
    response = getattr(answer, "response", getattr(answer, "urllib3_response", answer))
    headers: Mapping[str, str] = response.headers
    return headers


def _as_bytes(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""
