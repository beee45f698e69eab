# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at fault when DingTalk refuses a list of people: it names nobody, but looking each one up is free."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from ..api.errors import DingTalkError
from ..users import ABOUT_THE_PERSON, Users


def unknown_people(users: Users, userids: Iterable[str]) -> dict[str, str]:
    """Return user ID -> reason for those who left, are out of the app's range, or never were.

    Raises ``DingTalkError`` for what concerns the app.
    """
    unknown: dict[str, str] = {}
    for userid in userids:
        try:
            user = users.by_userid(userid)
        except DingTalkError as error:
            if not error.codes & ABOUT_THE_PERSON:
                raise
            unknown[userid] = f"DingTalk said {error.code}: {error.dingtalk_message}. {error.advice}"
        else:
            if user.active is False:
                unknown[userid] = "DingTalk reports this member as inactive; they left, or never signed in."
    return unknown


def raise_with_unknown_people(users: Users, error: DingTalkError, userids: Iterable[str]) -> NoReturn:
    """Raise an error again, with the people whom DingTalk does not know where that may be why it refused."""
    if error.outcome_unknown or error.concerns_app:
        raise error
    try:
        unknown = unknown_people(users, userids)
    except DingTalkError:
        raise error from None
    if unknown:
        named = " ".join(f"{userid}: {reason}" for userid, reason in unknown.items())
        error.message = (
            f"{error.message} At fault: {named} Correct or remove them, or set skip_unknown_members: true to go on "
            "without them."
        )
        error.facts["unknown_people"] = sorted(unknown)
    raise error
