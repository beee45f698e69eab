# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's interface for tests: start and stop, recorded calls, faults."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

from tests.support.simulators.background import Background, listening
from tests.support.simulators.dingtalk.application import application
from tests.support.simulators.dingtalk.calls import Call
from tests.support.simulators.dingtalk.console import Console
from tests.support.simulators.dingtalk.faults import Hook, Kind, Pause, Rewrite, When, fault
from tests.support.simulators.dingtalk.gateway import World
from tests.support.simulators.dingtalk.proxy import Proxy, tunnelling

HOSTS = ("api.dingtalk.com", "oapi.dingtalk.com")


class DingTalk(Console):
    """A context manager; the CA file is written to `folder`. Its methods are thread-safe.

    - `api_url`, `legacy_api_url`: base URLs of the two API generations, without a trailing slash;
    - `proxy_url`: an HTTP proxy for api.dingtalk.com and oapi.dingtalk.com, and for the base URLs;
    - `plain_api_url`, `plain_legacy_api_url`: base URLs for plain HTTP, which only the proxy serves;
    - `proxy`: the state of that proxy;
    - `ca_file`: path of the CA certificate;
    - `clock`, `limits`, `unclear`: can be changed at any time.
    """

    def __init__(self, folder: Path | str) -> None:
        super().__init__(World())
        self.clock, self.limits, self.unclear = self._world.clock, self._world.limits, self._world.unclear
        self.ca_file = str(Path(folder) / "dingtalk-ca.pem")
        self.api_url = self.legacy_api_url = self.proxy_url = ""
        self.plain_api_url = self.plain_legacy_api_url = ""
        self.proxy = Proxy()
        self._tls = self._certificate()
        self._background = Background(self._serve)

    def __enter__(self) -> Self:
        new, legacy, proxy = self._background.start()
        self.api_url = f"https://127.0.0.1:{new}"
        self.legacy_api_url = f"https://127.0.0.1:{legacy}"
        self.plain_api_url = f"http://127.0.0.1:{new}"
        self.plain_legacy_api_url = f"http://127.0.0.1:{legacy}"
        self.proxy_url = f"http://127.0.0.1:{proxy}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._world.faults.clear()
        self._background.stop()
        if self._world.crashes and kind is None:
            raise RuntimeError("the simulator failed:\n" + "\n".join(self._world.crashes))

    def _certificate(self) -> ssl.SSLContext:
        ca = trustme.CA()
        ca.cert_pem.write_to_path(self.ca_file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1", "localhost", *HOSTS).configure_cert(context)
        return context

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[tuple[int, int, int]]:
        async with (
            listening(application(self._world, "new"), self._tls) as new,
            listening(application(self._world, "legacy"), self._tls) as legacy,
            tunnelling(dict(zip(HOSTS, (new, legacy), strict=True)), self.proxy) as proxy,
        ):
            yield new, legacy, proxy

    @property
    def client_ip(self) -> str:
        """The public address of the callers."""
        return self._world.ip

    @client_ip.setter
    def client_ip(self, ip: str) -> None:
        self._world.ip = ip

    @property
    def calls(self) -> list[Call]:
        """All requests since the start or the last reset, in order of arrival."""
        return self._world.calls.all()

    def counted_calls(self) -> list[Call]:
        """Return the calls that count against the organisation's monthly API quota."""
        return [call for call in self.calls if call.counted]

    def reset_calls(self) -> None:
        """Clear the record of calls, but not the used quotas."""
        self._world.calls.reset()

    def expire_tokens(self, key: str | None = None) -> None:
        """Expire the tokens of one app or of all apps."""
        with self._world.lock:
            self._world.tokens.expire(key)

    def fail(
        self,
        api: str,
        times: int | None = 1,
        kind: Kind = "status",
        *,
        when: When = "before",
        seconds: float = 0.0,
        status: int | None = None,
        errcode: int | str = -1,
        message: str = "injected fault",
        rewrite: Rewrite = dict,
    ) -> None:
        """Make the next requests of an API fail (`times=None`: all of them until `heal`).

        `api` is a documented path (`/v1.0/im/group/create`, with its `{placeholders}`) or a pattern (`*`). Kinds:

        - `delay`: `seconds` of real time before or after the operation;
        - `status`: an HTTP error (503) before or after the operation;
        - `cut_before`, `cut_after`: the connection is cut before or after the operation;
        - `errcode`: this `errcode` (legacy number or new-style code) before or after the operation;
        - `throttle`: the gateway's frequency limit, 410100 on robot/send;
        - `x5`: the response to a banned IP;
        - `expired_token`: the token of the request expires;
        - `rewrite`: after the operation, `rewrite` of its answer is returned with `status` (200), a text as HTML.
        """
        details = {"seconds": seconds, "status": status, "errcode": errcode, "message": message, "rewrite": rewrite}
        self._world.faults.add(fault(api, kind, when, times=times, **details))

    def heal(self) -> None:
        """Remove all faults and hooks, also those of the proxy, and continue all blocked requests."""
        self._world.faults.clear()
        self.proxy.heal()

    def before(self, api: str, hook: Hook) -> None:
        """Call `hook(call)` after the checks of a request and before its operation."""
        self._world.faults.hook(api, "before", hook)

    def after(self, api: str, hook: Hook) -> None:
        """Call `hook(call)` after the operation and before the response."""
        self._world.faults.hook(api, "after", hook)

    def pause(self, api: str, when: When = "before") -> Pause:
        """Block all requests of an API before or after the operation: `wait()` for one, then `release()`."""
        return self._world.faults.pause(api, when)
