# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk API client: access token, safe retries, call counter, and errors with hints."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ansible.module_utils.api import generate_jittered_backoff

from ..._core.clock import DAY, Clock
from ..._core.errors import Errors, InputError
from ..._core.masking import Secrets
from ..._core.secrets.kinds import proxy_passwords
from ..._core.secrets.options import check_secrets
from ..._core.task import Task
from ..._core.texts.base_url import server_identity
from ..._core.validation import check_ca_path, check_proxy_url, check_timeout, check_token
from ..advice.table import Repeat
from ..state.check_cache import PERMISSIONS, CheckCache
from ..state.files import StateFiles, cache_folder, fingerprint, state_folder
from .call_counter import CallCounter
from .call_guard import CallGuard
from .endpoints import ACCESS_TOKEN, Endpoint, Style
from .errors import AMBIGUOUS, SCOPE_MISSING, DingTalkError, TransportError, refusal
from .options import API_URL, LEGACY_API_URL, dingtalk_spec
from .response import Envelope, number
from .sites import check_sites
from .tokens import LIFETIME, Tokens
from .transport import Connection, Request, Transport

TRIES = 3
#: What a header and a query can transport.
_TOKEN = re.compile(r"[!-~]+")


class DingTalk:
    """Client for one app. ``options`` are those of ``dingtalk_spec``.

    ``endpoint`` identifies the server of ``api_url`` in stored data, whatever the spelling of the URL.
    No connection is opened before the first call. App secret, access token and the proxy's password are added to
    ``secrets``.
    """

    def __init__(self, options: Mapping[str, Any], clock: Clock, secrets: Secrets, warn: Callable[[str], None]) -> None:
        self.app_key = str(options.get("app_key") or "")
        self._app_secret = str(options.get("app_secret") or "")
        self.api_url = str(options.get("api_url") or API_URL).rstrip("/")
        self.legacy_api_url = str(options.get("legacy_api_url") or LEGACY_API_URL).rstrip("/")
        self.clock = clock
        self.secrets = secrets
        self.warn = warn
        #: the token that this run received or that DingTalk accepted in it
        self._accepted = ""
        self.call_counter = CallCounter(options.get("call_budget"))
        self.endpoint = server_identity(self.api_url)
        self.cache = StateFiles(_cache_folder(options), warn)
        proxy = options.get("proxy") or None
        secrets.add(self._app_secret, *proxy_passwords(proxy or ""))
        self._transport = Transport(
            Connection(
                verify=options.get("ca_path") or True if options.get("validate_certs", True) else False,
                proxy=proxy,
                read_timeout=float(options.get("request_timeout") or 30),
            )
        )
        name = fingerprint(self.endpoint, self.app_key, self._app_secret)
        self._tokens = Tokens(self.cache, name, self._fetch_token, clock)
        self.check_cache = CheckCache(
            self.cache, f"checks-{self.identity}.json", clock, self._app_secret, _valid_time(options)
        )
        state = StateFiles(state_folder(options.get("state_path")), warn, "Set state_path (dingtalk_state_path).")
        servers = (self.endpoint, server_identity(self.legacy_api_url))
        self._call_guard = CallGuard(state, clock, self.call_counter, servers, self.app_key)

    @classmethod
    def from_task(cls, task: Task) -> DingTalk:
        """Return the client for a task's options; raises ``InputError``."""
        params = task.params
        with Errors() as errors:
            check_timeout(errors.at("request_timeout"), params.get("request_timeout"))
            check_secrets(errors, dingtalk_spec(), params)
            check_ca_path(errors.at("ca_path"), params.get("ca_path"))
            check_proxy_url(errors.at("proxy"), params.get("proxy"))
            check_sites(errors, "", params.get("api_url"), params.get("legacy_api_url"))
            for name in ("app_key", "app_secret"):
                check_token(errors.at(name), params.get(name))
        return cls(task.params, task.clock, task.secrets, task.warn)

    @property
    def identity(self) -> str:
        """Name of the cache files for these endpoints and this app."""
        return fingerprint(self.endpoint, server_identity(self.legacy_api_url), self.app_key)

    def call(
        self,
        endpoint: Endpoint,
        *,
        path_params: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        subject: str = "",
    ) -> dict[str, Any]:
        """Call an endpoint and return its answer; ``subject`` names the object of the call in errors.

        Raises :class:`DingTalkError`. A call that DingTalk's gateway rejected is repeated at most twice; a call that
        may have been executed is repeated only if the endpoint is repeatable; a refused token is renewed once.
        """
        path = endpoint.path.format(**{name: quote(value, safe="") for name, value in (path_params or {}).items()})
        base = self.api_url if endpoint.style is Style.NEW else self.legacy_api_url
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        request = Request(endpoint, base + path, query or {}, body=content, subject=subject)
        token = self.token() if endpoint.authenticated else ""
        # With jitter, as the forks of a play meet the same rate limit at the same time.
        delays = generate_jittered_backoff(retries=TRIES - 1, delay_base=1, delay_threshold=8)
        renewed = not endpoint.authenticated
        while True:
            try:
                answer = self._send(_with_token(request, token))
                self._accepted = token
                return answer
            except DingTalkError as error:
                if not error.may_be_repeated:
                    raise
                # An accepted token proves that the refusal is about the object: a new token costs another call.
                renewed = renewed or (error.code == AMBIGUOUS and token == self._accepted)
                # Only once, as DingTalk limits the number of token calls.
                if error.repeat is Repeat.WITH_NEW_TOKEN and not renewed:
                    token, renewed = self._renew_token(token), True
                    continue
                delay = next(delays, None)
                if delay is None or error.repeat is Repeat.WITH_NEW_TOKEN:
                    raise
                self.clock.sleep(error.wait + delay)

    def charge(self, endpoint: Endpoint, query: Mapping[str, str] | None = None, subject: str = "") -> None:
        """Charge a call that a cluster is about to make: wait for the limits, and count it; raises ``NotSent``."""
        self._call_guard.acquire(Request(endpoint, "", query or {}, subject=subject))
        self.call_counter.count(endpoint)

    def token(self) -> str:
        """Return the access token, from the cache or from DingTalk."""
        if not self.app_key or not self._app_secret:
            raise InputError(["app_key and app_secret are required to call DingTalk as an app"])
        token = self._tokens.get()
        self.secrets.add(token)
        return token

    def server_time(self) -> float | None:
        """Return what DingTalk's clock shows in epoch seconds, None before its first answer."""
        return self._transport.clock.time()

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._transport.close()

    def _renew_token(self, refused: str) -> str:
        token = self._tokens.replace(refused)
        self.secrets.add(token)
        return token

    def _fetch_token(self) -> tuple[str, int]:
        answer = self.call(
            ACCESS_TOKEN,
            body={"appKey": self.app_key, "appSecret": self._app_secret},
            subject=f"for app {self.app_key}",
        )
        token = answer.get("accessToken")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise refusal(ACCESS_TOKEN, Envelope(200, answer, "no accessToken in the answer"), app_key=self.app_key)
        self._accepted = token
        return token, number(answer.get("expireIn"), LIFETIME)

    def _send(self, request: Request) -> dict[str, Any]:
        endpoint = request.endpoint
        self._call_guard.acquire(request)
        try:
            answer, retry_after = self._transport.exchange(request)
        except TransportError as error:
            # DingTalk counts a call that it executed, whether its answer arrives or not.
            if error.outcome_unknown:
                self.call_counter.count(endpoint)
            raise
        if not answer.code:
            self.call_counter.count(endpoint)
            self._cache_permission(endpoint, True)
            return answer.body
        self._call_guard.record_ban(request, answer.code)
        # Messages repeat parameters of the call, such as its token.
        answer = replace(answer, message=self.secrets.mask_text(answer.message))
        refused = refusal(endpoint, answer, request.subject, self.app_key)
        # Calls that fail by a rate limit do not count against the monthly quota.
        if not refused.is_throttled:
            self.call_counter.count(endpoint)
        if refused.codes & SCOPE_MISSING:
            self._cache_permission(endpoint, False)
        refused.wait = max(refused.wait, retry_after)
        raise refused

    def _cache_permission(self, endpoint: Endpoint, granted: bool) -> None:
        """Cache the permission of an endpoint: a successful call proves it."""
        if endpoint.scope:
            self.check_cache.put(PERMISSIONS, endpoint.scope, granted=granted)


def _with_token(request: Request, token: str) -> Request:
    if not token:
        return request
    if request.endpoint.style is Style.NEW:
        return replace(request, headers={**request.headers, "x-acs-dingtalk-access-token": token})
    return replace(request, query={**request.query, "access_token": token})


def _cache_folder(options: Mapping[str, Any]) -> Path | None:
    if not options.get("cache", True):
        return None
    return Path(options["cache_path"]) if options.get("cache_path") else cache_folder()


def _valid_time(options: Mapping[str, Any]) -> float:
    given = options.get("cache_valid_time")
    return float(DAY if given is None else given)
