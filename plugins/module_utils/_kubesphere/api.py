# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's own API (ks-apiserver), which serves objects of all clusters of a host, such as policies in 4.x.

It only accepts KubeSphere identities: a user with a password, or a token. Through kube-apiserver's service proxy, which
consumes the header Authorization itself, they are sent in a KubeSphere header.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

try:
    import requests

    IMPORT_ERROR: ImportError | None = None
except ImportError as error:
    IMPORT_ERROR = error

from .._core.bounded.http_answers import bound_session
from .._core.errors import INVALID, OperationError
from .._core.libraries import require_library
from .._core.masking import Secrets
from .._core.texts.basic_authentication import basic, send_to_proxies
from .._core.texts.causes import causes_of, reason_of
from .._kubernetes.client import Cluster
from .._kubernetes.connection import ApiServerConnection, Connection, Proxied, read_object
from .._kubernetes.errors import READ_ONLY, ClusterError, ClusterUnreachable, refusal, unreadable
from .._kubernetes.object_shapes import check_answer

#: Prefix that distinguishes paths of this API from those of kube-apiserver.
PREFIX = "ks-apiserver:"
#: ks-apiserver in the notation of the service proxy and of RBAC rules.
SERVICE = ":ks-apiserver:80"
SERVICE_PROXY = f"/api/v1/namespaces/kubesphere-system/services/{SERVICE}/proxy"
BEHIND_PROXY = "X-KubeSphere-Authorization"
#: In the refusal of kube-apiserver itself, whose account may not use the service proxy.
OF_SERVICE_PROXY = "services/proxy"

ADVICE_ON_USER = (
    "Correct kubesphere_api_username and kubesphere_api_password: they are those of a user of KubeSphere's console, "
    "not those of a kubeconfig. Several wrong passwords lock the user for some time."
)
ADVICE_ON_RENEWAL = (
    "Renew kubesphere_api_token, a token of KubeSphere, not of Kubernetes; or set user and password instead."
)
ADVICE_ON_ROLE = (
    "Give the KubeSphere user a role that manages alerting policies: Access Control > Platform Roles (访问控制 > "
    "平台角色)."
)


class KubeSphereApi:
    """Client of the API at its URL or through the service proxy of ``connection``; it connects on the first request.

    ``options`` are those of ``kubesphere_api_spec``, and the access options ``validate_certs``, ``proxy`` and
    ``request_timeout``.
    """

    def __init__(self, connection: Connection, options: Mapping[str, Any], secrets: Secrets) -> None:
        self._connection = connection
        self._options = options
        self._url = str(options.get("api_url") or "").rstrip("/")
        self._identity = _identity(options)
        self._secrets = secrets
        secrets.add(self._identity.partition(" ")[2])

    def request(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and return the answer; raises ``OperationError`` without an identity, or ``ClusterError``."""
        if not self._identity:
            raise OperationError(
                "kubesphere_api_username and kubesphere_api_password: missing, and so is kubesphere_api_token; set "
                "either. KubeSphere 4 serves alerting policies through its own API, which requires a KubeSphere user.",
                finding=INVALID,
            )
        try:
            return self._send(verb, path, body)
        except ClusterError as error:
            raise self._refused(verb, path, error) or error from None

    def _refused(self, verb: str, path: str, error: ClusterError) -> ClusterError | None:
        """Return the error for an identity that ks-apiserver refuses, None for any other: the kubeconfig is right."""
        if not error.reported or error.status not in (401, 403) or OF_SERVICE_PROXY in error.reported:
            return None
        if error.finding == READ_ONLY:  # whoever the user is
            return None
        advice = (
            ADVICE_ON_ROLE
            if error.status == 403
            else ADVICE_ON_RENEWAL
            if self._options.get("api_token")
            else ADVICE_ON_USER
        )
        text = f"KubeSphere's API refused {verb.upper()} {path}: {error.reported}. {advice}"
        return ClusterError(text, error.status, error.reason, error.details, "KD328", error.reported)

    def _send(self, verb: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        if self._url:
            return self._request_directly(verb, path, body)
        headers = {BEHIND_PROXY: self._identity}
        answer = self._connection.request(verb, SERVICE_PROXY + path, body=body, header_params=headers)
        # kube-apiserver passes on what the server behind its proxy sends, whatever its shape.
        if error := check_answer(verb, path, answer):
            raise unreadable(verb, SERVICE_PROXY + path, error, "Check that ks-apiserver answers at its service.")
        return answer

    def _request_directly(self, verb: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        require_library("requests", IMPORT_ERROR)
        verify = self._options.get("api_ca_cert") or self._options.get("validate_certs") is not False
        proxy = self._options.get("proxy")
        try:
            answer = self._session().request(
                verb,
                self._url + path,
                json=body,
                headers={"Authorization": self._identity},
                # Otherwise requests would send an entry of ~/.netrc instead.
                auth=lambda prepared: prepared,
                # A redirected write would be repeated as a read.
                allow_redirects=False,
                verify=verify,
                timeout=self._options.get("request_timeout") or 30,
                proxies={"http": proxy, "https": proxy} if proxy else None,
            )
        except OSError as error:  # all exceptions of requests, and its error for a missing CA file
            raise ClusterUnreachable(
                f"KubeSphere's API at {self._url} cannot be reached ({verb.upper()} {path}): "
                f"{reason_of(list(causes_of(error)))}. "
                "Check kubesphere_api_url, kubesphere_api_ca_cert, the network and the proxy.",
                finding="KD301",
            ) from None
        if answer.is_redirect:
            raise ClusterError(
                f"KubeSphere's API at {self._url} redirects to {_site(self._url, answer.headers['Location'])}; set "
                "kubesphere_api_url to a URL that ks-apiserver answers itself.",
                finding="KD315",
            )
        hint = f"Check that kubesphere_api_url ({self._url}) is the URL of ks-apiserver, and the proxies before it."
        if answer.status_code >= 400:
            url = f"{self._url}{path}"
            raise refusal(verb, url, answer.status_code, answer.content, self._secrets, hint=hint)
        return read_object(verb, path, answer.content, self._secrets, hint)

    def _session(self) -> requests.Session:
        """Return a new session, as connections are not shared by threads."""
        session = requests.Session()
        bound_session(session)
        send_to_proxies(session)
        return session


class KubeSphereConnection:
    """Sends requests for paths with :data:`PREFIX` to KubeSphere's API, and all others to kube-apiserver."""

    def __init__(self, connection: Connection, api: KubeSphereApi) -> None:
        self._connection = connection
        self._api = api
        self.server = connection.server

    def request(self, verb: str, path: str, **options: Any) -> dict[str, Any]:
        """Send a request and return the answer; raises ``ClusterError`` or ``ClusterUnreachable``."""
        if path.startswith(PREFIX):
            return self._api.request(verb, path.removeprefix(PREFIX), options.get("body"))
        return self._connection.request(verb, path, **options)

    def text(self, path: str) -> str:
        """Return kube-apiserver's response to a GET as plain text."""
        return self._connection.text(path)

    def proxied(self, verb: str, path: str, body: Any = None) -> Proxied:
        """Return the answer of a program behind kube-apiserver's service proxy."""
        return self._connection.proxied(verb, path, body)

    def has_dry_run(self, path: str) -> bool:
        """Return whether a write supports dry run, which KubeSphere's API does not pass on."""
        return not path.startswith(PREFIX)

    def credentials_expiry(self) -> float | None:
        """Return when those of kube-apiserver expire, None if they do not say so."""
        return self._connection.credentials_expiry()

    def server_time(self) -> float | None:
        """Return what the clock of kube-apiserver shows."""
        return self._connection.server_time()


def connect(options: Mapping[str, Any], secrets: Secrets) -> Cluster:
    """Return a cluster with access to the objects behind KubeSphere's API; it connects on the first request."""
    connection = ApiServerConnection(options, secrets)
    return Cluster(KubeSphereConnection(connection, KubeSphereApi(connection, options, secrets)))


def _site(base: str, location: str) -> str:
    try:
        target = urlsplit(urljoin(base, location))
    except ValueError:
        return "an invalid URL"
    return f"{target.scheme}://{target.hostname}"


def _identity(options: Mapping[str, Any]) -> str:
    """Return the value of the Authorization header, empty without an identity."""
    if options.get("api_token"):
        return f"Bearer {options['api_token']}"
    if options.get("api_username") and options.get("api_password"):
        return basic(str(options["api_username"]), str(options["api_password"]))
    return ""
