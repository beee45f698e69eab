# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offline validation of options and inventory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .._core.errors import Errors
from .._core.printable import check_line, check_visible, code_point
from .._core.texts.base_url import port_of
from .._core.validation import check_base_url
from .api.ids import as_received, excerpt, usable_id
from .api.options import LEGACY_API_URL
from .api.sites import site_of

MAX_NAME_LENGTH = 20
MAX_SCENE_NAME_LENGTH = 30
MAX_KEYWORDS = 10
MAX_CHAT_IDS = 20
#: Parameters of a signed message, which are computed for each one.
SIGNATURE = ("timestamp", "sign")
#: How an openConversationId begins. It identifies a chat to robots, and no API returns the chat ID for it.
_OPEN_CONVERSATION_ID = "cid"
_MOBILE = re.compile(r"\+?[0-9][0-9-]{4,19}")
_SECRET = re.compile(r"SEC.{8,}")
#: What neither the token nor the secret of a robot has: quotes, brackets and commas around it, a template in its place.
_NOT_IN_A_TOKEN = re.compile(r"[^0-9A-Za-z_-]")
#: What examples have in place of a token, behind the beginning of a secret.
_PLACEHOLDER = re.compile(r"(?:SEC)?[xX]+")


def check_name(errors: Errors, name: Any, scene: bool = False) -> None:
    """Check a chat's name; DingTalk's limit in characters is applied to code points."""
    maximum = MAX_SCENE_NAME_LENGTH if scene else MAX_NAME_LENGTH
    if not isinstance(name, str) or not name.strip():
        errors.add(f"empty, expected 1 to {maximum} code points; set a name")
    elif len(name) > maximum:
        errors.add(f"{len(name)} code points, expected 1 to {maximum}; shorten it")
    else:
        check_line(errors, name)


def check_person(errors: Errors, person: Any) -> None:
    """Check that a person is ``{mobile: ..}`` or ``{userid: ..}``."""
    if not isinstance(person, Mapping):
        errors.add("expected a person, {mobile: ..} or {userid: ..}")
        return
    for key in person:
        if key not in _PERSON_KEYS:
            errors.at(key).add("unknown key; supported keys: mobile, userid")
    given = [key for key in _PERSON_KEYS if person.get(key) not in (None, "")]
    if len(given) != 1:
        errors.add(f"has {'both' if given else 'neither'} of mobile and userid, expected exactly one")
        return
    value = person[given[0]]
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        errors.at(given[0]).add("expected a string; quote it")
    elif given[0] == "mobile":
        check_mobile(errors.at("mobile"), str(value))
    else:
        check_user_id(errors.at("userid"), str(value))


def check_mobile(errors: Errors, number: str) -> None:
    """Check a mobile number."""
    if not _MOBILE.fullmatch(number):
        errors.add(
            f"invalid mobile number {number!r}; use the digits 0 to 9 without spaces, with a country code such as +86-"
        )


def check_user_id(errors: Errors, userid: str, instead: str = "mobile") -> None:
    """Check a user ID; of several in one text, DingTalk would find none. ``instead``: the option for a number."""
    if not usable_id(userid) or "," in userid:
        errors.add(
            f"{excerpt(repr(userid))} is not a user ID, which has no spaces, no commas and no characters beyond ASCII; "
            f"copy one from Contacts > Members (通讯录 > 成员管理), or set {instead} instead"
        )


def check_webhook(errors: Errors, url: Any, legacy_api_url: str = LEGACY_API_URL) -> None:
    """Check that a URL is a robot's webhook at ``legacy_api_url``; errors never contain the URL, which is secret.

    ``errors``: none before this check.
    """
    if not isinstance(url, str) or not url.strip():
        errors.add("empty; copy the robot's webhook again")
        return
    # urlsplit removes line breaks, which KubeSphere does not.
    check_visible(errors, url, "a URL")
    if errors:
        return
    of_base_url = Errors()
    check_base_url(of_base_url, legacy_api_url)
    if of_base_url:
        return  # reported for the base URL itself
    base = urlsplit(legacy_api_url)
    try:
        parts = urlsplit(url)
        same_host = (parts.hostname, port_of(parts)) == (base.hostname, port_of(base))
    except ValueError:
        errors.add("not a URL; copy the robot's webhook again")
        return
    if parts.scheme != (base.scheme or "https"):
        errors.add(f"not an {base.scheme or 'https'} URL; copy the robot's webhook again")
    elif not same_host:
        errors.add(_other_host(url, legacy_api_url))
    path = f"{base.path.rstrip('/')}/robot/send"
    if parts.path != path:
        errors.add(f"not the webhook of a robot, whose path is {path}; copy it again")
    _check_query(errors, parts.query)


def _other_host(url: str, legacy_api_url: str) -> str:
    """Return cause and remedy for a webhook of another host."""
    site, expected = site_of(url), site_of(legacy_api_url)
    if site and expected and site is not expected:
        return f"a webhook of another site than {urlsplit(legacy_api_url).hostname}; {site.hint}"
    base = urlsplit(legacy_api_url)
    return f"not a webhook of DingTalk, whose host is {base.netloc}; copy the robot's webhook again"


def _check_query(errors: Errors, query: str) -> None:
    # Text that was copied from HTML has &amp; in place of &.
    given = parse_qs(query.replace("&amp;", "&"), keep_blank_values=True)
    secret = f"{errors.place.removesuffix('webhook')}secret"
    tokens = parse_qs(query).get("access_token", [])
    if len(tokens) > 1:
        errors.add("access_token is there more than once; copy the webhook of one robot again")
    elif not tokens:
        errors.add("access_token is missing; copy the complete webhook of the robot again")
    elif found := _NOT_IN_A_TOKEN.search(tokens[0]):
        errors.add(f"access_token contains {code_point(found[0])}, which no token has; copy the robot's webhook again")
    elif _PLACEHOLDER.fullmatch(tokens[0]):
        errors.add("access_token is that of an example; copy the webhook of the robot")
    elif _is_secret(tokens[0]):
        errors.add(f"access_token is the secret of a robot; copy its webhook again, and set {secret} to the secret")
    if signature := [name for name in SIGNATURE if name in given]:
        errors.add(
            f"contains {' and '.join(signature)}, a signature that expires within an hour; set the webhook without it, "
            f"and {secret} to the secret of the robot (SEC...)"
        )


def check_secret(errors: Errors, value: Any) -> None:
    """Check a custom robot's signing secret; errors never contain the value."""
    again = "copy it again from the robot's security settings"
    if not isinstance(value, str) or not _is_secret(value.strip()):
        errors.add(f"not the secret of a robot, which begins with SEC; {again}")
    elif found := _NOT_IN_A_TOKEN.search(value):
        errors.add(f"contains {code_point(found[0])}, which no secret of a robot has; {again}")
    elif _PLACEHOLDER.fullmatch(value):
        errors.add(f"that of an example; {again}")


def _is_secret(text: str) -> bool:
    return bool(_SECRET.fullmatch(text))


def check_keywords(errors: Errors, keywords: Any) -> None:
    """Check a custom robot's keywords. ``errors``: none before this check."""
    check_strings(errors, keywords)
    if errors:
        return
    if len(keywords) > MAX_KEYWORDS:
        errors.add(f"{len(keywords)} keywords, the maximum is {MAX_KEYWORDS}; remove some")
    for at, keyword in errors.each(keywords):
        check_line(at, keyword)


def check_chat_id(errors: Errors, chat_id: Any) -> None:
    """Check a chat ID that is used in calls; an empty one must not be taken for a chat that is to be created."""
    if not usable_id(chat_id):
        errors.add(f"{excerpt(as_received(chat_id))} is not a chat ID; set the ID (chat...), or remove the option")
    elif chat_id.startswith(_OPEN_CONVERSATION_ID):
        errors.add(
            f"{excerpt(chat_id)} is the openConversationId of a chat, which KubeSphere cannot send to; set its chat ID "
            "(chat...), or remove the option"
        )


def check_chat_ids(errors: Errors, ids: Any) -> None:
    """Check a list of chat IDs. ``errors``: none before this check."""
    check_strings(errors, ids)
    if not errors and len(ids) > MAX_CHAT_IDS:
        errors.add(f"{len(ids)} chat IDs, the maximum is {MAX_CHAT_IDS}; remove some")


def check_strings(errors: Errors, values: Any) -> None:
    """Check that a list has only strings, none of them empty or duplicate."""
    if not isinstance(values, list):
        errors.add("expected a list")
        return
    for at, value in errors.each(values):
        if not isinstance(value, str) or not value.strip():
            at.add("empty or not a string; remove or quote it")
    for value, times in _duplicates(values):
        errors.add(f"{value!r} is listed {times} times; list it once")


def _duplicates(values: Iterable[Any]) -> list[tuple[str, int]]:
    counts = Counter(value for value in values if isinstance(value, str) and value.strip())
    return [(value, times) for value, times in counts.items() if times > 1]


_PERSON_KEYS = ("mobile", "userid")
