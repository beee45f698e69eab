# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The people that DingTalk rejected in a list: its error names nobody, but looking up each one is free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NoReturn

from ..._core.errors import OperationError
from ..api.errors import DingTalkError
from ..users import ABOUT_THE_PERSON, Users


def unknown_people(users: Users, userids: Iterable[str]) -> dict[str, str]:
    """Return user ID -> reason for people who left, are out of the app's range, or never existed.

    Raises ``DingTalkError`` for errors that concern the app.
    """
    unknown: dict[str, str] = {}
    for userid in userids:
        try:
            user = users.by_userid(userid)
        except DingTalkError as error:
            if not error.codes & ABOUT_THE_PERSON:
                raise
            unknown[userid] = f"DingTalk returned {error.code}: {error.dingtalk_message}. {error.advice}"
        else:
            if user.active is False:
                unknown[userid] = "DingTalk reports this member as inactive; they left, or never signed in."
    return unknown


def raise_for_unknown_people(users: Users, userids: Iterable[str]) -> None:
    """Raise for user IDs that DingTalk would refuse in a request, which check mode does not send.

    People who were just found by their mobile number are not asked about again.
    """
    unknown: dict[str, str] = {}
    for userid in userids:
        if not users.is_known(userid):
            try:
                users.by_userid(userid)
            except DingTalkError as error:
                if not error.codes & ABOUT_THE_PERSON:
                    raise
                unknown[userid] = f"DingTalk returned {error.code}: {error.dingtalk_message}. {error.advice}"
    if unknown:
        raise OperationError(
            f"DingTalk would refuse the change. {_described(unknown)}", finding="KD214", unknown_people=sorted(unknown)
        )


def raise_with_unknown_people(users: Users, error: DingTalkError, userids: Iterable[str]) -> NoReturn:
    """Raise an error, or if people unknown to DingTalk may be its cause, one that names them as well."""
    if error.outcome_unknown or error.concerns_app:
        raise error
    try:
        unknown = unknown_people(users, userids)
    except DingTalkError:
        raise error from None
    if unknown:
        facts = {**error.facts, "unknown_people": sorted(unknown)}
        raise OperationError(f"{error.message} {_described(unknown)}", finding=error.finding, **facts) from error
    raise error


def _described(unknown: Mapping[str, str]) -> str:
    named = " ".join(f"{userid}: {reason}" for userid, reason in unknown.items())
    return (
        f"Unknown people: {named} Correct or remove them, or set skip_unknown_members: true to continue without them."
    )
