# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request processing: ban, route, token, quota, IP list, scope, parameters, handler, response, and faults."""

from __future__ import annotations

import asyncio
import fnmatch
import json
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.support.simulators.dingtalk.calls import Call, Calls, redact
from tests.support.simulators.dingtalk.clock import Clock
from tests.support.simulators.dingtalk.endpoint import Context, Endpoint, Wire
from tests.support.simulators.dingtalk.endpoints.token_store import TokenStore
from tests.support.simulators.dingtalk.faults import Fault, Faults, Stage, When
from tests.support.simulators.dingtalk.limits import Limits
from tests.support.simulators.dingtalk.organisation import App, Json, Organisation
from tests.support.simulators.dingtalk.refusals import Answer, Refusal, Style, ban, envelope, gateway
from tests.support.simulators.dingtalk.unclear import Unclear


class Cut(Exception):
    """The connection is to be cut without a response."""


class _Immediate(Exception):
    """The response is determined before the request is processed."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass
class World:
    """The state shared by the simulator and the test, protected by `lock`."""

    clock: Clock = field(default_factory=Clock)
    unclear: Unclear = field(default_factory=Unclear)
    organisation: Organisation = field(default_factory=Organisation)
    calls: Calls = field(default_factory=Calls)
    faults: Faults = field(default_factory=Faults)
    ip: str = "203.0.113.10"
    """The public address of the caller."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    crashes: list[str] = field(default_factory=list)
    """Tracebacks of exceptions in the simulator."""

    def __post_init__(self) -> None:
        self.tokens = TokenStore(self.clock)
        self.limits = Limits(self.clock)


class Gateway:
    """The gateway of one API generation."""

    def __init__(self, world: World, style: Style) -> None:
        self._world = world
        self._style = style

    async def answer(self, endpoint: Endpoint | None, wire: Wire) -> Answer:
        """Return the response to a request. Raises Cut if the connection is to be cut."""
        call = self._record(endpoint, wire)
        try:
            answer = await self._serve(endpoint, wire, call)
        except Cut:
            call.status, call.code = -1, "cut"
            raise
        except _Immediate as immediate:
            answer = immediate.answer
        except Refusal as refusal:
            answer = envelope(self._style, refusal, self._world.unclear)
        call.status, call.code = answer.status, answer.code
        return answer

    def _record(self, endpoint: Endpoint | None, wire: Wire) -> Call:
        call = Call(
            time=self._world.clock.now(),
            method=wire.method,
            path=wire.path,
            api=endpoint.path if endpoint else "",
            ip=self._world.ip,
            query=redact(dict(wire.query)),
            body=_readable(wire),
        )
        self._world.calls.add(call)
        return call

    async def _serve(self, endpoint: Endpoint | None, wire: Wire, call: Call) -> Answer:
        await self._faults(call, "arrival", wire)
        with self._world.lock:
            if self._world.limits.banned(self._world.ip):
                raise _Immediate(ban(self._world.unclear))
            context = self._admit(endpoint, wire, call)
        if endpoint is None:
            raise gateway(self._style, "no_such_api")
        await self._faults(call, "work", wire)
        await self._hooks(call, "before")
        with self._world.lock:
            body = endpoint.work(context)
        await self._hooks(call, "after")
        body = self._dress(endpoint, body)
        await self._faults(call, "answer", wire, body)
        return Answer(200, body)

    def _admit(self, endpoint: Endpoint | None, wire: Wire, call: Call) -> Context:
        """Run DingTalk's checks in its order (permission before parameters). Raises Refusal."""
        if endpoint is None:
            raise gateway(self._style, "no_such_api")
        if wire.method != endpoint.method:
            raise gateway(self._style, f"needs_{endpoint.method.lower()}")
        world = self._world
        context = Context(world.organisation, world.tokens, world.clock, world.limits, world.unclear, world.ip, wire)
        if endpoint.auth == "app":
            context.caller = self._caller(endpoint, wire)
            call.app = context.caller.key
        self._charge(endpoint, call)
        if context.caller:
            self._permit(endpoint, context.caller)
        context.values = endpoint.read(wire)
        return context

    def _caller(self, endpoint: Endpoint, wire: Wire) -> App:
        """Return the app of the token, in the header of new-style requests or in the query of legacy requests."""
        new = endpoint.style == "new"
        value = wire.headers.get("x-acs-dingtalk-access-token") if new else wire.query.get("access_token")
        return self._world.organisation.apps[self._world.tokens.holder(value, endpoint.style)]

    def _charge(self, endpoint: Endpoint, call: Call) -> None:
        """Count the call unless the frequency limit refuses it."""
        limits = self._world.limits
        if call.app and limits.too_fast(call.app, endpoint.path):
            raise gateway(self._style, "qps")
        if not endpoint.quota:
            return
        if limits.used_up(endpoint.quota):
            if endpoint.quota == "webhook":
                raise Refusal(self._world.unclear.webhook_quota, "the month's webhook quota is used up")
            raise gateway(self._style, "quota")
        limits.spend(endpoint.quota)
        call.quota = endpoint.quota

    def _permit(self, endpoint: Endpoint, app: App) -> None:
        ip = self._world.ip
        if app.ips is not None and not any(fnmatch.fnmatchcase(ip, pattern) for pattern in app.ips):
            raise gateway(self._style, "ip", ip=ip, key=app.key)
        if endpoint.scope and endpoint.scope not in app.scopes:
            raise gateway(self._style, "scope", scope=endpoint.scope)

    def _dress(self, endpoint: Endpoint, body: Json) -> Json:
        if endpoint.style == "legacy":
            body = {"errcode": 0, "errmsg": "ok"} | body
            if endpoint.path.startswith("/topapi/"):
                body["request_id"] = "simulated"
        return _strings(body) if self._world.unclear.strings else body

    async def _hooks(self, call: Call, when: When) -> None:
        for hook in self._world.faults.hooks(call.api, when):
            await asyncio.to_thread(hook, call)

    async def _faults(self, call: Call, stage: Stage, wire: Wire, body: Json | None = None) -> None:
        for fault in self._world.faults.take(call.api, stage):
            await self._fail(fault, call, wire, body or {})

    async def _fail(self, fault: Fault, call: Call, wire: Wire, body: Json) -> None:
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "expired_token":
            self._world.tokens.expire_value(wire.headers.get("x-acs-dingtalk-access-token"))
            self._world.tokens.expire_value(wire.query.get("access_token"))
        elif fault.kind in ("cut_before", "cut_after"):
            raise Cut
        elif fault.kind == "rewrite":
            raise _Immediate(Answer(fault.status or 200, fault.rewrite(body)))
        else:
            raise self._response_of(fault, call)

    def _response_of(self, fault: Fault, call: Call) -> Exception:
        """Return the exception of a fault with a response."""
        if fault.kind == "x5":
            return _Immediate(ban(self._world.unclear))
        if fault.kind == "throttle":
            return Refusal(410100, "send too fast") if call.api == "/robot/send" else gateway(self._style, "qps")
        if fault.kind == "errcode":
            return Refusal(fault.errcode, fault.message, fault.status or 400)
        status = fault.status or 503
        return _Immediate(Answer(status, f"<html><body><h1>{status}</h1></body></html>", status))


def _readable(wire: Wire) -> Any:
    """Return the body for the record, without bodies that cannot be parsed and may thus contain secrets."""
    if "form" in wire.headers.get("content-type", ""):
        return redact(wire.form())
    try:
        return redact(json.loads(wire.body)) if wire.body else None
    except ValueError:
        return f"{len(wire.body)} bytes that are not JSON"


def _strings(body: Json) -> Json:
    """Return the body with errcode and success as strings."""
    shown: dict[str, Any] = {name: str(body[name]).lower() for name in ("errcode", "success") if name in body}
    return body | shown
