# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply faults to a request of any server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from tests.support.simulators.kubernetes.faults import Fault
from tests.support.simulators.kubernetes.serving import json_response
from tests.support.simulators.kubernetes.statuses import Refusal


async def under(
    faults: Sequence[Fault], work: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse | None:
    """Return the response of ``work`` or of a fault; None if the connection is to be cut."""
    for fault in faults:
        await _before(fault)
    if any(fault.cut == "before" for fault in faults):
        return None
    refused = next((fault for fault in faults if fault.status), None)
    response = _answer(refused) if refused else await work()
    for fault in faults:
        if fault.after:
            await asyncio.to_thread(fault.after)
    return None if any(fault.cut == "after" for fault in faults) else response


def cut(request: web.Request) -> web.StreamResponse:
    """Close the connection; the returned response is not sent."""
    if request.transport:
        request.transport.abort()
    return web.Response()


async def _before(fault: Fault) -> None:
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.hook:
        await asyncio.to_thread(fault.hook)


def _answer(fault: Fault) -> web.Response:
    seconds = fault.retry_after
    details = {"retryAfterSeconds": seconds} if seconds is not None else None
    response = json_response(fault.status, Refusal(fault.status, fault.message, details=details).body)
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response
