# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parser for DingTalk's answers: the legacy and new error formats as one class."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..._core.bounded import json_text
from ..._core.bounded.pages import page_title
from ..advice.table import CONTRADICTORY, FAILED_WITHOUT_CODE, IP_BAN_PAGE, UNREADABLE

_SUB_CODE = re.compile(r"subcode=([^,\]]+)", re.IGNORECASE)
_SUB_MESSAGE = re.compile(r"submsg=([^\]]+)", re.IGNORECASE)

#: The permissions that a legacy API names in its message, of which it has no field.
_NAMED_SCOPES = re.compile(r"(?:requiredScopes\s*=|权限\s*[:：])\s*\[([\w.,\s-]+)\]")

IP_BANNED = "x5"
#: Codes of a success, in either API generation.
NO_ERROR = frozenset({"0", "200", "ok", "success"})


@dataclass(frozen=True)
class Envelope:
    """An answer: ``code`` is empty on success, else DingTalk's code (numbers as strings).

    ``page``: the title of a web page that was answered instead, None if it is not one.
    """

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    sub_code: str = ""
    sub_message: str = ""
    request_id: str = ""
    required_scopes: tuple[str, ...] = ()
    page: str | None = None


def parse(status: int, text: str) -> Envelope:
    """Parse an answer of either API generation; never raises."""
    body = _json_object(text)
    if body is None:
        page = page_title(text.encode("utf-8", "surrogateescape"))
        return Envelope(status, code=_code_of_text(status, text), page=page)
    # The gateway's answer to a banned IP has no code of its own, and is not always JSON.
    if "punish" in body or body.get("source") == "x5":
        return Envelope(status, body, code=IP_BANNED, message=json.dumps(body, ensure_ascii=False, sort_keys=True))
    keys = {name.lower(): value for name, value in body.items()}
    if "errcode" in keys:
        return _legacy(status, body, keys)
    if status >= 400 or _error_code(keys.get("code")):
        return _modern(status, body, keys)
    if truth(keys.get("success"), default=True):
        return Envelope(status, body, request_id=_request_id(keys))
    return Envelope(status, body, FAILED_WITHOUT_CODE, _text(keys.get("message")), request_id=_request_id(keys))


def truth(value: Any, default: bool = False) -> bool:
    """Parse a boolean that may be a string."""
    if value is None:
        return default
    return value.strip().lower() in {"true", "1"} if isinstance(value, str) else bool(value)


def number(value: Any, default: int = 0) -> int:
    """Parse an integer that may be a string."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def mapping(value: Any) -> dict[str, Any]:
    """Return a map, or an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the maps of a list; none for any other value."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def strings(value: Any) -> list[str]:
    """Parse a list of strings that may be missing or a JSON string."""
    if isinstance(value, str):
        try:
            value = json_text.load(value)
        except json_text.NotJson:
            value = [value] if value else []
    return [str(item) for item in value if isinstance(item, str | int)] if isinstance(value, list) else []


def _code_of_text(status: int, text: str) -> str:
    if re.search(r"\bx5\b|\bpunish\b", text):
        return IP_BAN_PAGE
    return f"HTTP {status}" if status == 429 or status >= 500 else UNREADABLE


def _legacy(status: int, body: dict[str, Any], keys: Mapping[str, Any]) -> Envelope:
    message = _text(keys.get("errmsg"))
    sub_message = _text(keys.get("sub_msg") or keys.get("submsg"))
    return Envelope(
        status=status,
        body=body,
        code=_error_code(keys["errcode"]) or _code_of_status(status, has_code=keys["errcode"] not in (None, "")),
        message=message,
        sub_code=_text(keys.get("sub_code") or keys.get("subcode")) or _first(_SUB_CODE, message),
        sub_message=sub_message or _first(_SUB_MESSAGE, message),
        request_id=_request_id(keys),
        required_scopes=_named_scopes(f"{message}\n{sub_message}"),
    )


def _modern(status: int, body: dict[str, Any], keys: Mapping[str, Any]) -> Envelope:
    return Envelope(
        status=status,
        body=body,
        code=_error_code(keys.get("code")) or _code_of_status(status),
        message=_text(keys.get("message")),
        request_id=_request_id(keys),
        required_scopes=tuple(_required_scopes(keys)),
    )


def _error_code(value: Any) -> str:
    """Return an error code as text; empty for that of a success, and without a code."""
    code = _text(value).strip()
    if code.lstrip("+-").isdecimal():
        code = str(int(code))
    return "" if code.lower() in NO_ERROR else code


def _code_of_status(status: int, has_code: bool = True) -> str:
    """Return the code of an answer whose own code is missing or that of a success; empty if it is a success."""
    if status >= 400:
        return f"HTTP {status}"
    return "" if has_code else CONTRADICTORY


def _required_scopes(keys: Mapping[str, Any]) -> list[str]:
    # add-api-permission shows an SDK's answer, in which Data repeats the body as a JSON string
    for container in (keys.get("accessdenieddetail"), _json_object(_text(keys.get("data")))):
        if not isinstance(container, Mapping):
            continue
        found = {name.lower(): value for name, value in container.items()}
        scopes = strings(found.get("requiredscopes"))
        if scopes:
            return scopes
        if "accessdenieddetail" in found:
            return _required_scopes({"accessdenieddetail": found["accessdenieddetail"]})
    return []


def _named_scopes(message: str) -> tuple[str, ...]:
    named = (scope.strip() for listed in _NAMED_SCOPES.findall(message) for scope in listed.split(","))
    return tuple(dict.fromkeys(scope for scope in named if scope))


def _request_id(keys: Mapping[str, Any]) -> str:
    return _text(keys.get("requestid") or keys.get("request_id"))


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        # Lone surrogates are preserved: the ID of a chat that was created is never lost with the rest of the answer.
        value = json_text.load(text, is_text_checked=False)
    except json_text.NotJson:
        return None
    return value if isinstance(value, dict) else None


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match.group(1).strip() if match else ""
