# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk's errors: the refusals of its gateway and the error envelopes of both API generations."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.support.simulators.dingtalk.organisation import Json
from tests.support.simulators.dingtalk.unclear import Unclear

Style = Literal["new", "legacy"]


@dataclass
class Answer:
    """A response; a text body is sent as HTML. `code` is 0 or the error code."""

    status: int
    body: Json | str
    code: int | str = 0


class Refusal(Exception):
    """An error response; `code` is a number (legacy) or a text (new style)."""

    def __init__(self, code: int | str, message: str = "", status: int = 400, scopes: Sequence[str] = ()) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status
        self.scopes = tuple(scopes)


GATEWAY: dict[str, tuple[int, str, int, str]] = {
    "no_such_api": (404, "InvalidAction.NotFound", 404, "the requested URI does not exist"),
    "needs_get": (43001, "UnsupportedHTTPMethod", 405, "a GET request is needed"),
    "needs_post": (43002, "UnsupportedHTTPMethod", 405, "a POST request is needed"),
    "token_missing": (41001, "InvalidAuthentication", 400, "the access_token is missing"),
    "token_unknown": (40014, "InvalidAuthentication", 400, "the access_token is invalid"),
    "token_expired": (42001, "InvalidAuthentication", 400, "the access_token has expired"),
    "ip": (
        60020,
        "Forbidden.AccessDenied.IpNotInWhiteList",
        403,
        "the caller's IP is not in the list, request ip={ip} appKey({key})",
    ),
    "scope": (60011, "Forbidden.AccessDenied.AccessTokenPermissionDenied", 403, "the scope {scope} is not granted"),
    "qps": (90018, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", 403, "too many calls of this API in a second"),
    "quota": (90020, "Forbidden.AccessDenied.ApiCountLimitForOrg", 403, "the month's API quota is used up"),
}
"""Reason: legacy errcode, new-style code and HTTP status, text."""

_KEYS = {
    "camel": {"requestid": "requestId", "accessdenieddetail": "accessDeniedDetail"},
    "pascal": {
        "code": "Code",
        "message": "Message",
        "requestid": "RequestId",
        "accessdenieddetail": "AccessDeniedDetail",
    },
}


def gateway(style: Style, reason: str, **details: str) -> Refusal:
    """Return the gateway's refusal for a reason in the table, in the style of the called API."""
    errcode, code, status, text = GATEWAY[reason]
    scopes = (details["scope"],) if "scope" in details else ()
    return Refusal(errcode if style == "legacy" else code, text.format(**details), status, scopes)


def envelope(style: Style, refusal: Refusal, unclear: Unclear) -> Answer:
    """Return the response of the API generation: HTTP 200 and errcode, or an HTTP error and code."""
    request_id = secrets.token_hex(8)
    if style == "legacy":
        body = _legacy(refusal, unclear) | {"request_id": request_id}
        return Answer(200, body, body["errcode"])
    body = {"code": refusal.code, "message": refusal.message, "requestid": request_id}
    if refusal.scopes:
        body["accessdenieddetail"] = {"requiredScopes": list(refusal.scopes)}
    names = _KEYS.get(unclear.error_keys, {})
    return Answer(refusal.status, {names.get(key, key): value for key, value in body.items()}, refusal.code)


def _legacy(refusal: Refusal, unclear: Unclear) -> dict[str, Any]:
    if refusal.scopes and unclear.legacy_permission == 88:
        text = f"ding talk error[subcode={refusal.code},submsg={refusal.message}]"
        return {"errcode": 88, "errmsg": text, "sub_code": str(refusal.code), "sub_msg": refusal.message}
    return {"errcode": refusal.code, "errmsg": refusal.message}


def ban(unclear: Unclear) -> Answer:
    """Return the response to a banned IP, which has no errcode and may not be JSON."""
    mark = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": secrets.token_hex(16)}
    if unclear.x5_html:
        return Answer(unclear.x5_status, f"<html><body>punish: deny, uuid: {mark['uuid']}</body></html>", "x5")
    return Answer(unclear.x5_status, mark, "x5")
