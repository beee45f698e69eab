# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending to DingTalk as notification-manager does: gettoken, chat/send, robot/send."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import requests

from tests.support.simulators.dingtalk.endpoints.webhook import sign

TIMEOUT = 10


class DeliveryError(Exception):
    """DingTalk was unreachable or returned an error; the message contains no secrets."""


@dataclass(frozen=True)
class Delivery:
    """A sent message, or a failed attempt."""

    receiver: str
    kind: Literal["chat", "robot", ""]
    """Empty if the delivery failed before the target was known."""
    target: str = ""
    """The chat's ID; empty for a robot, whose URL is a secret."""
    text: str = ""
    error: str = ""
    """Empty if DingTalk accepted the message."""


class Sender:
    """Client of DingTalk; a token is fetched once for each app."""

    def __init__(
        self, legacy_api_url: str, ca_file: str, now: Callable[[], float] = time.time, proxy_url: str = ""
    ) -> None:
        self._url = legacy_api_url.rstrip("/")
        self._ca_file = ca_file
        self._now = now
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.proxies = {"https": proxy_url} if proxy_url else {}
        self._tokens: dict[tuple[str, str], str] = {}

    def chat(self, app: tuple[str, str], chatid: str, msgtype: str, text: str) -> None:
        """Post to a chat as an app (key, secret). Raises DeliveryError."""
        body = {"chatid": chatid, "msg": _message(msgtype, text)}
        self._ask("POST", f"{self._url}/chat/send", params={"access_token": self._token(app)}, json=body)

    def robot(self, webhook: str, secret: str, msgtype: str, text: str, at: dict[str, Any]) -> None:
        """Post to a robot's webhook, signed if there is a secret. Raises DeliveryError.

        The signature is percent-encoded twice, as in notification-manager: explicitly and as a query parameter.
        """
        query = {}
        if secret:
            timestamp = str(int(self._now() * 1000))
            query = {"sign": urllib.parse.quote_plus(sign(secret, timestamp)), "timestamp": timestamp}
        self._ask("POST", webhook, params=query, json=_message(msgtype, text) | {"at": at})

    def _token(self, app: tuple[str, str]) -> str:
        if app not in self._tokens:
            query = {"appkey": app[0], "appsecret": app[1]}
            self._tokens[app] = str(self._ask("GET", f"{self._url}/gettoken", params=query)["access_token"])
        return self._tokens[app]

    def _ask(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        try:
            answer = self._session.request(method, url, verify=self._ca_file, timeout=TIMEOUT, **options).json()
        except (requests.RequestException, ValueError) as error:
            # The message of such an error contains the URL with the token.
            raise DeliveryError(type(error).__name__) from None
        if not isinstance(answer, dict) or int(answer.get("errcode", -1)) != 0:
            raise DeliveryError(f"{answer.get('errcode')}, {answer.get('errmsg')}")
        return answer


def _message(msgtype: str, text: str) -> dict[str, Any]:
    """Return the request body, with an empty object for the other message type. Raises DeliveryError."""
    if msgtype not in ("text", "markdown"):
        raise DeliveryError(f"Unknown message type, {msgtype}")
    content = {"text": {"content": ""}, "markdown": {"title": "", "text": ""}}
    content |= {"text": {"content": text}} if msgtype == "text" else {"markdown": {"title": "Alert", "text": text}}
    return {"msgtype": msgtype, **content, "at": {}}
