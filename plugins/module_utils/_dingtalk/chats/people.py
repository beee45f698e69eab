# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The people of chats: all are looked up first, and those that DingTalk rejected in a list, as its error names nobody.

Looking up each one is free.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import NoReturn

from ..._core.errors import Errors, OperationError
from ..._findings.finding import cited
from ..api.errors import DingTalkError
from ..users import ABOUT_THE_PERSON, Users
from .chat import DesiredChat, Person


def find_people(
    users: Users, desired_chats: Iterable[DesiredChat], new: Container[str], warn: Callable[[str], None]
) -> dict[str, str]:
    """Return place -> user ID of the chats' people; the owner of a chat in ``new`` is looked up even if given by it.

    Unknown members are skipped with a warning if the chat's options allow it; one error names all other unknown people.
    """
    plain: dict[str, Person] = {}
    detailed: dict[str, Person] = {}
    optional: dict[str, Person] = {}
    for desired in desired_chats:
        if desired.owner:
            (detailed if desired.key in new else plain)[f"{desired.place}.owner"] = desired.owner
        (optional if desired.skip_unknown_members else plain).update(desired.others())
    with Errors() as errors:
        others = Errors()
        resolved = users.resolve(others, plain)
        owners = users.resolve(errors, detailed, details=True)
        errors.extend(others)
    skipped = Errors()
    skippable = users.resolve(skipped, optional)
    for error in skipped:
        warn(cited(f"{error} The member is skipped.", "KD214"))
    return {place: user.userid for place, user in {**resolved, **owners, **skippable}.items()}


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
