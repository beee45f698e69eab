# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which permissions the app has, found out by reads that do no harm: DingTalk has no list of them."""

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

#: what the collection's play needs: people by mobile number, chats and their robots
NEEDED = (TOKEN_SCOPE, "qyapi_get_member_by_mobile", "qyapi_get_member", "qyapi_chat_manage", "qyapi_chat_read")


@dataclass(frozen=True)
class Probe:
    """A read of something that does not exist: with the permission, DingTalk says so."""

    endpoint: Endpoint
    query: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None


PROBES = {
    "qyapi_get_member_by_mobile": Probe(USER_BY_MOBILE, body={"mobile": "10000000000"}),
    "qyapi_get_member": Probe(USER, body={"userid": "permission-probe", "language": "en_US"}),
    "qyapi_chat_manage": Probe(CHAT_ROBOTS, body={"openConversationId": "cidpermissionprobe=="}),
    "qyapi_chat_read": Probe(CHAT, query={"chatid": "chatpermissionprobe"}),
}
#: answers to a probe that only an app with the permission gets: what was asked for does not exist
KNOWS_NO_SUCH_THING = frozenset(
    {
        *("60121", "40104", "46004", "60111", "staff.not.found", "33012", "40003", "400002", "50002"),
        *("34001", "34013", "40016", "49000", "chat.notExist", "not.found", "parameter.invalid", "paramIllegal"),
        *("illegal.openconevrsation.id", "invalid.openConversationId", "cidEncryptError"),
        "openConversationId.decryptFailed",
    }
)
#: ``unauthorized`` is how robots/query says it
LACKS_PERMISSION = SCOPE_MISSING | {"unauthorized"}


@dataclass(frozen=True)
class Permission:
    """One permission; ``granted`` is None when nothing tells. ``checked``: when DingTalk was asked (epoch seconds)."""

    scope: str
    granted: bool | None
    checked: int | None
    how: str

    def facts(self) -> dict[str, Any]:
        """Return the permission for a result."""
        checked = None if self.checked is None else datetime.fromtimestamp(self.checked, UTC).isoformat()
        return {"scope": self.scope, "granted": self.granted, "checked": checked, "how": self.how}


class Permissions:
    """Probes permissions. What any call has shown to be granted is remembered, what is missing is asked again."""

    def __init__(self, dingtalk: DingTalk) -> None:
        self._dingtalk = dingtalk

    def check(self, scopes: Iterable[str], within: float | None = None) -> list[Permission]:
        """Return what is known of each permission; ``within``: how many seconds old that may be.

        By default ``cache_valid_time``, and the app's credentials are proved, too. Raises :class:`DingTalkError` for
        what concerns the whole app: credentials, the caller's IP, the monthly quota.
        """
        if within is None or not self._remembered(TOKEN_SCOPE, within):
            self._dingtalk.token()
        return [self._check(scope, within) for scope in dict.fromkeys(scopes)]

    def _check(self, scope: str, within: float | None) -> Permission:
        now = int(self._dingtalk.clock.time())
        if scope == TOKEN_SCOPE:
            return Permission(scope, True, now, "DingTalk gave an access token")
        if remembered := self._remembered(scope, within):
            return Permission(scope, True, remembered["time"], "remembered from an earlier run")
        if scope not in PROBES:
            return Permission(scope, None, None, "not probed: no harmless call needs this permission")
        granted, how = self._ask(PROBES[scope])
        if granted is not None:
            self._dingtalk.check_cache.put(check_cache.PERMISSIONS, scope, granted=granted)
        return Permission(scope, granted, now, how)

    def _remembered(self, scope: str, within: float | None) -> Mapping[str, Any] | None:
        entry = self._dingtalk.check_cache.get(check_cache.PERMISSIONS, scope, within=within)
        return entry if entry and entry.get("granted") else None

    def _ask(self, probe: Probe) -> tuple[bool | None, str]:
        endpoint = probe.endpoint
        try:
            self._dingtalk.call(endpoint, query=probe.query, body=probe.body, subject="(a probe)")
        except DingTalkError as error:
            if error.concerns_app:
                raise
            return _verdict(error), f"{endpoint} answered {error.code}: {error.dingtalk_message}"
        return True, f"{endpoint} answered"


def _verdict(error: DingTalkError) -> bool | None:
    if error.codes & LACKS_PERMISSION:
        return False
    return True if error.codes & KNOWS_NO_SUCH_THING else None


def missing(permissions: Iterable[Permission]) -> list[dict[str, str]]:
    """Return, for each permission that the app lacks, what to do on which page."""
    return [
        {
            "scope": item.scope,
            "page_en": PERMISSIONS.en,
            "page_zh": PERMISSIONS.zh,
            "advice": f"Search {item.scope} on {PERMISSIONS} and open it or apply for it, then release a version on "
            f"{RELEASE}. {PERMISSIONS.place}",
        }
        for item in permissions
        if item.granted is False
    ]
