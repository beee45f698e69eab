# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal Kubernetes client for tests, based on API paths and dicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

Json = dict[str, Any]

USER_AGENT = "testbed"
MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


class ApiFailure(Exception):
    """An error response of the API server; ``body`` is its Status, or its text if it is not JSON."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        try:
            self.body: Json = response.json()
        except requests.JSONDecodeError:
            self.body = {"message": response.text}
        super().__init__(f"{self.status} {self.body.get('message', '')}")


class Client:
    """Client for one API server with one token."""

    def __init__(self, server: str, ca_file: Path, token: str) -> None:
        self._server = server
        self._ca_file = str(ca_file)
        self._session = requests.Session()
        self._session.trust_env = False
        # kube-apiserver answers 429 to a read while it initializes a kind's cache, which it does again under load
        busy = Retry(total=5, connect=0, read=0, status_forcelist=[429], allowed_methods={"GET"}, raise_on_status=False)
        self._session.mount("https://", HTTPAdapter(max_retries=busy))
        self._session.headers["User-Agent"] = USER_AGENT
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def send(
        self, method: str, path: str, body: Any = None, *, content_type: str = "application/json", **query: Any
    ) -> requests.Response:
        """Return the response, whatever its status. Query parameters are those of Kubernetes: ``dryRun="All"``."""
        return self._session.request(
            method,
            self._server + path,
            json=body,
            params=query,
            headers={"Content-Type": content_type},
            verify=self._ca_file,
            timeout=60,
        )

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Json:
        """Return the response body. Raises ApiFailure."""
        response = self.send(method, path, body, **more)
        if not response.ok:
            raise ApiFailure(response)
        answer: Json = response.json()
        return answer
