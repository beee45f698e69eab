# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes of the app's permissions with harmless reads, because DingTalk has no API to list them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .advice.console_pages import PERMISSIONS, RELEASE
from .api.client import DingTalk
from .api.endpoints import CHAT, CHAT_ROBOTS, USER, USER_BY_MOBILE, Endpoint
from .api.errors import SCOPE_MISSING, DingTalkError
from .state import check_cache

TOKEN_SCOPE = "qyapi_base"  # noqa: S105

#: permissions that the chats playbook needs: people by mobile number, chats and their robots
NEEDED = (TOKEN_SCOPE, "qyapi_get_member_by_mobile", "qyapi_get_member", "qyapi_chat_manage", "qyapi_chat_read")


@dataclass(frozen=True)
class Probe:
    """A read of an object that does not exist: with the permission, DingTalk answers that it was not found."""

    endpoint: Endpoint
    query: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None


PROBES = {
    "qyapi_get_member_by_mobile": Probe(USER_BY_MOBILE, body={"mobile": "10000000000"}),
    "qyapi_get_member": Probe(USER, body={"userid": "permission-probe", "language": "en_US"}),
    "qyapi_chat_manage": Probe(CHAT_ROBOTS, body={"openConversationId": "cidpermissionprobe=="}),
    "qyapi_chat_read": Probe(CHAT, query={"chatid": "chatpermissionprobe"}),
}
#: answers that prove the permission: the requested object does not exist
NOT_FOUND = frozenset(
    {
        *("60121", "40104", "46004", "60111", "staff.not.found", "33012", "40003", "400002", "50002"),
        *("34001", "34013", "40016", "49000", "chat.notExist", "not.found", "parameter.invalid", "paramIllegal"),
        *("illegal.openconevrsation.id", "invalid.openConversationId", "cidEncryptError"),
        "openConversationId.decryptFailed",
    }
)
#: ``unauthorized`` is the code of robots/query
PERMISSION_DENIED = SCOPE_MISSING | {"unauthorized"}


@dataclass(frozen=True)
class Permission:
    """A permission; ``granted`` is None if unknown, ``checked`` is the time of the check in epoch seconds.

    ``required``: all permissions that DingTalk named when it refused the probe.
    """

    scope: str
    granted: bool | None
    checked: int | None
    how: str
    required: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return the permission for a result."""
        checked = None if self.checked is None else datetime.fromtimestamp(self.checked, UTC).isoformat()
        return {"scope": self.scope, "granted": self.granted, "checked": checked, "how": self.how}


class Permissions:
    """Probes permissions. Granted permissions are cached by any call; missing ones are probed again."""

    def __init__(self, dingtalk: DingTalk) -> None:
        self._dingtalk = dingtalk

    def check(self, scopes: Iterable[str], max_age: float | None = None) -> list[Permission]:
        """Return the state of each permission; cached states may be ``max_age`` seconds old.

        The default is ``cache_valid_time``; the app's credentials are then verified, too. Raises
        :class:`DingTalkError` for errors of the whole app: credentials, the caller's IP, the monthly quota.
        """
        if max_age is None or not self._cached(TOKEN_SCOPE, max_age):
            self._dingtalk.token()
        return [self._check(scope, max_age) for scope in dict.fromkeys(scopes)]

    def _check(self, scope: str, max_age: float | None) -> Permission:
        now = int(self._dingtalk.clock.time())
        if scope == TOKEN_SCOPE:
            return Permission(scope, True, now, "DingTalk issued an access token")
        if cached := self._cached(scope, max_age):
            return Permission(scope, True, cached["time"], "cached by an earlier run")
        if scope not in PROBES:
            return Permission(scope, None, None, "not probed: no harmless call requires this permission")
        granted, how, required = self._run(PROBES[scope])
        if granted is not None:
            self._dingtalk.check_cache.put(check_cache.PERMISSIONS, scope, granted=granted)
        return Permission(scope, granted, now, how, required)

    def _cached(self, scope: str, max_age: float | None) -> Mapping[str, Any] | None:
        entry = self._dingtalk.check_cache.get(check_cache.PERMISSIONS, scope, max_age=max_age)
        return entry if entry and entry.get("granted") else None

    def _run(self, probe: Probe) -> tuple[bool | None, str, tuple[str, ...]]:
        endpoint = probe.endpoint
        try:
            self._dingtalk.call(endpoint, query=probe.query, body=probe.body, subject="(a probe)")
        except DingTalkError as error:
            if error.concerns_app:
                raise
            how = f"{endpoint} returned {error.code}: {error.dingtalk_message}"
            return _verdict(error), how, error.required_scopes
        return True, f"{endpoint} succeeded", ()


def _verdict(error: DingTalkError) -> bool | None:
    if error.codes & PERMISSION_DENIED:
        return False
    return True if error.codes & NOT_FOUND else None


def missing(permissions: Iterable[Permission]) -> list[dict[str, str]]:
    """Return the missing permissions, with the console page and an instruction."""
    return [
        {"scope": item.scope, "page_en": PERMISSIONS.en, "page_zh": PERMISSIONS.zh, "advice": _advice(item)}
        for item in permissions
        if item.granted is False
    ]


def _advice(item: Permission) -> str:
    names = ", ".join(dict.fromkeys((item.scope, *item.required)))
    return (
        f"Search for {names} on {PERMISSIONS} and enable or request it, then release a version on {RELEASE}. "
        f"{PERMISSIONS.place}"
    )
