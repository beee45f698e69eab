# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain client of DingTalk's APIs without retries and error handling, for tests."""

from __future__ import annotations

from typing import Any

import requests

from tests.support.simulators.dingtalk.organisation import Json
from tests.support.simulators.dingtalk.simulator import DingTalk

TIMEOUT = 10


class Caller:
    """A client of one app; each method returns the response, also an error."""

    def __init__(self, dingtalk: DingTalk, key: str, secret: str) -> None:
        self._dingtalk = dingtalk
        self._session = requests.Session()
        self._session.trust_env = False
        self.key, self.secret = key, secret
        self.token = ""

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send a request to any URL, trusting the simulator's CA."""
        options = {"timeout": TIMEOUT} | options
        return self._session.request(method, url, verify=self._dingtalk.ca_file, **options)

    def login(self) -> str:
        """Fetch a token by gettoken and use it from now on."""
        answer = self.request(
            "GET",
            f"{self._dingtalk.legacy_api_url}/gettoken",
            params={"appkey": self.key, "appsecret": self.secret},
        )
        self.token = answer.json()["access_token"]
        return self.token

    def new(self, path: str, body: Any = None) -> tuple[int, Json]:
        """POST to a new-style API; return HTTP status and body."""
        headers = {"x-acs-dingtalk-access-token": self.token}
        answer = self.request("POST", self._dingtalk.api_url + path, json=body, headers=headers)
        return answer.status_code, answer.json()

    def get(self, path: str, **query: str) -> Json:
        """GET a legacy API."""
        query = {"access_token": self.token} | query
        answer: Json = self.request("GET", self._dingtalk.legacy_api_url + path, params=query).json()
        return answer

    def post(self, path: str, body: Any, **query: str) -> Json:
        """POST JSON to a legacy API."""
        query = {"access_token": self.token} | query
        answer: Json = self.request("POST", self._dingtalk.legacy_api_url + path, params=query, json=body).json()
        return answer

    def hook(self, webhook: str, body: Any, **query: str) -> Json:
        """POST to a robot's webhook."""
        answer: Json = self.request("POST", webhook, json=body, params=query).json()
        return answer

    def create(self, name: str = "ops", **fields: Any) -> Json:
        """Create a plain group of user-1; return its two IDs."""
        body = {"name": name, "owner": "user-1", "useridlist": ["user-1"]} | fields
        status, answer = self.new("/v1.0/im/group/create", body)
        if status != requests.codes.ok:
            raise AssertionError(f"group/create returned {status} {answer}")
        return answer
