# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's own API (ks-apiserver), which serves objects of all clusters of a host, such as policies in 4.x.

It accepts identities of KubeSphere only: a user with a password, or a token. Through kube-apiserver's service proxy,
which consumes the header Authorization itself, they are sent in a header of KubeSphere's.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

try:
    import requests

    IMPORT_ERROR: ImportError | None = None
except ImportError as error:
    IMPORT_ERROR = error

from .._core.errors import OperationError
from .._core.libraries import require_library
from .._core.masking import Secrets
from .._kubernetes.client import Cluster
from .._kubernetes.connection import ApiServerConnection, Connection
from .._kubernetes.errors import ClusterError, ClusterUnreachable, refusal

#: What the paths of this API begin with, to tell them from those of kube-apiserver.
PREFIX = "ks-apiserver:"
#: ks-apiserver as the service proxy and rules of RBAC name it.
SERVICE = ":ks-apiserver:80"
SERVICE_PROXY = f"/api/v1/namespaces/kubesphere-system/services/{SERVICE}/proxy"
BEHIND_PROXY = "X-KubeSphere-Authorization"


class KubeSphereApi:
    """The API by its URL or through the service proxy of ``connection``; nothing is connected yet.

    ``options`` are those of ``kubesphere_api_spec``, and the access options ``validate_certs``, ``proxy`` and
    ``request_timeout``.
    """

    def __init__(self, connection: Connection, options: Mapping[str, Any], secrets: Secrets) -> None:
        self._connection = connection
        self._options = options
        self._url = str(options.get("api_url") or "").rstrip("/")
        self._identity = _identity(options)
        secrets.add(self._identity.partition(" ")[2])

    def request(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and return the answer; raises like :meth:`Connection.request`."""
        if not self._identity:
            raise OperationError(
                "kubesphere_api_username and kubesphere_api_password: missing, and so is kubesphere_api_token. "
                "KubeSphere 4 keeps alerting policies behind its own API, which takes a user of KubeSphere's."
            )
        if self._url:
            return self._directly(verb, path, body)
        headers = {BEHIND_PROXY: self._identity}
        return self._connection.request(verb, SERVICE_PROXY + path, body=body, header_params=headers)

    def _directly(self, verb: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        require_library("requests", IMPORT_ERROR)
        verify = self._options.get("api_ca_cert") or self._options.get("validate_certs") is not False
        proxy = self._options.get("proxy")
        try:
            answer = requests.request(
                verb,
                self._url + path,
                json=body,
                headers={"Authorization": self._identity},
                # else an entry of ~/.netrc would be sent in the identity's place
                auth=lambda prepared: prepared,
                # a write that is redirected would be repeated as a read
                allow_redirects=False,
                verify=verify,
                timeout=self._options.get("request_timeout") or 30,
                proxies={"http": proxy, "https": proxy} if proxy else None,
            )
        except OSError as error:  # all of requests' own, and its complaint about a missing CA file
            raise ClusterUnreachable(
                f"KubeSphere's API at {self._url} cannot be reached ({verb.upper()} {path}): {type(error).__name__}. "
                "Check kubesphere_api_url, kubesphere_api_ca_cert, the network and the proxy."
            ) from None
        if answer.is_redirect:
            to = urlsplit(urljoin(self._url, answer.headers["Location"]))
            raise ClusterError(
                f"KubeSphere's API at {self._url} leads on to {to.scheme}://{to.hostname}: give kubesphere_api_url as "
                "ks-apiserver answers it."
            )
        if answer.status_code >= 400:
            raise refusal(verb, f"{self._url}{path}", answer.status_code, answer.content)
        try:
            found: dict[str, Any] = answer.json()
        except ValueError:
            raise ClusterError(
                f"KubeSphere's API answered {verb.upper()} {path} with something that is not JSON: check that "
                "kubesphere_api_url leads to ks-apiserver."
            ) from None
        return found


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
        """Return kube-apiserver's answer to a GET in plain text."""
        return self._connection.text(path)

    def has_dry_run(self, path: str) -> bool:
        """Tell whether a write can be checked without being stored: no dry run passes through KubeSphere's API."""
        return not path.startswith(PREFIX)


def connect(options: Mapping[str, Any], secrets: Secrets) -> Cluster:
    """Return a cluster whose objects behind KubeSphere's API can be read and written as well; raises nothing yet."""
    connection = ApiServerConnection(options, secrets)
    return Cluster(KubeSphereConnection(connection, KubeSphereApi(connection, options, secrets)))


def _identity(options: Mapping[str, Any]) -> str:
    """Return the Authorization header's value, empty where no identity is given."""
    if options.get("api_token"):
        return f"Bearer {options['api_token']}"
    if options.get("api_username") and options.get("api_password"):
        pair = f"{options['api_username']}:{options['api_password']}"
        return f"Basic {b64encode(pair.encode()).decode('ascii')}"
    return ""
