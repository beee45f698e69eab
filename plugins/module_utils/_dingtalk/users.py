# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup of users of the organisation by mobile number or user ID."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .._core.errors import Errors
from .advice.table import SEVERAL_ACCOUNTS
from .api.client import DingTalk
from .api.endpoints import USER, USER_BY_MOBILE
from .api.errors import SCOPE_MISSING, DingTalkError, refusal
from .api.ids import usable_id
from .api.response import Envelope, mapping, strings, truth
from .state.check_cache import USERS

#: codes about the requested person, not about the app
ABOUT_THE_PERSON = frozenset(
    {"60121", "40104", "46004", "60111", "staff.not.found", "33012", "40003", "400002", "50002", SEVERAL_ACCOUNTS}
)


@dataclass(frozen=True)
class User:
    """A user; unknown fields are None. A lookup by mobile number returns the user ID only."""

    userid: str
    mobile: str | None = None
    name: str | None = None
    unionid: str | None = None
    active: bool | None = None

    def facts(self) -> dict[str, Any]:
        """Return the user for a result."""
        return asdict(self)


class Users:
    """Looks up each user once. Lookups do not count against the monthly quota.

    With ``use_cache``, user IDs of mobile numbers are read from and stored in the check cache.
    """

    def __init__(self, dingtalk: DingTalk, use_cache: bool = True) -> None:
        self._dingtalk = dingtalk
        self._use_cache = use_cache
        self._found: dict[tuple[str, str], User] = {}
        self._known: set[str] = set()

    def by_mobile(self, mobile: str) -> User:
        """Return the active member with a mobile number; raises :class:`DingTalkError`."""
        key = ("mobile", mobile)
        if key not in self._found:
            userid = self._cached_userid(mobile) or self._fetch_userid(mobile)
            self._found[key] = User(userid=userid, mobile=mobile)
            self._known.add(userid)
        return self._found[key]

    def is_known(self, userid: str) -> bool:
        """Return whether a user ID is that of a person found in this run."""
        return userid in self._known

    def by_userid(self, userid: str) -> User:
        """Return the member with a user ID, with the details that DingTalk returns; raises :class:`DingTalkError`."""
        key = ("userid", userid)
        if key not in self._found:
            answer = self._dingtalk.call(USER, body={"userid": userid, "language": "en_US"}, subject=userid)
            result = mapping(answer.get("result"))
            active = result.get("active")
            self._found[key] = User(
                userid=usable_id(result.get("userid")) or userid,
                mobile=result.get("mobile") or None,
                name=result.get("name") or None,
                unionid=result.get("unionid") or None,
                active=None if active is None else truth(active),
            )
            self._known.add(userid)
        return self._found[key]

    def resolve(
        self, errors: Errors, people: Mapping[str, Mapping[str, Any]], details: bool = False
    ) -> dict[str, User]:
        """Return the users found by place; each one that is not found is an error at its place.

        ``people`` maps places (such as ``dingtalk_chats.ops.owner``) to ``{mobile: ..}`` or ``{userid: ..}``. A user ID
        is not looked up without ``details``. Errors about the app are raised.
        """
        users: dict[str, User] = {}
        failures: dict[str, DingTalkError] = {}
        for place, person in people.items():
            try:
                users[place] = self._resolve(person, details)
            except DingTalkError as error:
                if not error.codes & (ABOUT_THE_PERSON | SCOPE_MISSING):
                    raise
                failures[place] = error
        for place, failure in failures.items():
            # members outside the app's range may be refused like a missing permission; successful lookups disprove it
            if failure.codes & SCOPE_MISSING and not self._found:
                raise failure
            errors.at(place).add(failure.message)
        return users

    def _resolve(self, person: Mapping[str, Any], details: bool) -> User:
        userid = str(person.get("userid") or "")
        if not userid:
            user = self.by_mobile(str(person["mobile"]))
            userid = user.userid
            if not details:
                return user
        return self.by_userid(userid) if details else User(userid=userid)

    def _fetch_userid(self, mobile: str) -> str:
        body = {"mobile": mobile, "support_exclusive_account_search": True}
        userid = _userid(self._dingtalk.call(USER_BY_MOBILE, body=body, subject=mobile), mobile)
        if self._use_cache:
            self._dingtalk.check_cache.put(USERS, self._cache_name(mobile), userid=userid)
        return userid

    def _cached_userid(self, mobile: str) -> str:
        entry = self._dingtalk.check_cache.get(USERS, self._cache_name(mobile)) if self._use_cache else None
        return usable_id(entry.get("userid")) if entry else ""

    def _cache_name(self, mobile: str) -> str:
        return self._dingtalk.check_cache.digest("mobile", mobile)


def _userid(answer: dict[str, Any], mobile: str) -> str:
    """Return the user ID in the answer for a mobile number; raises :class:`DingTalkError`.

    A dedicated account is not in ``userid``, and several of an organisation may have the same number.
    """
    result = mapping(answer.get("result"))
    if userid := usable_id(result.get("userid")):
        return userid
    dedicated = [userid for userid in strings(result.get("exclusive_account_userid_list")) if usable_id(userid)]
    if len(dedicated) == 1:
        return dedicated[0]
    cause = Envelope(200, answer, "no usable userid in the answer")
    if dedicated:
        cause = Envelope(200, answer, SEVERAL_ACCOUNTS, ", ".join(dedicated))
    raise refusal(USER_BY_MOBILE, cause, subject=mobile)
