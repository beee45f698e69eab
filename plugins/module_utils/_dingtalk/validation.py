# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offline validation of options and inventory; each check returns errors that begin with their place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .._core.printable import check_line
from .api.ids import as_received, excerpt, usable_id
from .api.options import LEGACY_API_URL
from .api.sites import site_of

MAX_NAME_LENGTH = 20
MAX_SCENE_NAME_LENGTH = 30
MAX_KEYWORDS = 10
MAX_CHAT_IDS = 20
#: Parameters of a signed message, which are computed for each one.
SIGNATURE = ("timestamp", "sign")
_NOT_IN_A_URL = re.compile(r"[^!-~]")
_MOBILE = re.compile(r"\+?[0-9][0-9-]{4,19}")
_SECRET = re.compile(r"SEC\S{8,}")


def check_name(place: str, name: Any, scene: bool = False) -> list[str]:
    """Check a chat's name; DingTalk's limit in characters is applied to code points."""
    maximum = MAX_SCENE_NAME_LENGTH if scene else MAX_NAME_LENGTH
    if not isinstance(name, str) or not name.strip():
        return [f"{place}: empty, expected 1 to {maximum} code points; set a name"]
    if len(name) > maximum:
        return [f"{place}: {len(name)} code points, expected 1 to {maximum}; shorten it"]
    return check_line(place, name)


def check_person(place: str, person: Any) -> list[str]:
    """Check that a person is ``{mobile: ..}`` or ``{userid: ..}``."""
    if not isinstance(person, Mapping):
        return [f"{place}: expected a person, {{mobile: ..}} or {{userid: ..}}"]
    errors = [
        f"{place}.{key}: unknown key; supported keys: mobile, userid" for key in person if key not in _PERSON_KEYS
    ]
    given = [key for key in _PERSON_KEYS if person.get(key) not in (None, "")]
    if len(given) != 1:
        found = "both" if given else "neither"
        return [*errors, f"{place}: has {found} of mobile and userid, expected exactly one"]
    value = person[given[0]]
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        errors.append(f"{place}.{given[0]}: expected a string; quote it")
    elif given[0] == "mobile" and not _MOBILE.fullmatch(str(value)):
        errors.append(
            f"{place}.mobile: invalid mobile number {str(value)!r}; use digits, with a country code such as +86-"
        )
    return errors


def check_webhook(place: str, url: Any, legacy_api_url: str = LEGACY_API_URL) -> list[str]:
    """Check that a URL is a robot's webhook at ``legacy_api_url``; errors never contain the URL, which is secret."""
    if not isinstance(url, str) or not url.strip():
        return [f"{place}: empty; copy the robot's webhook again"]
    # urlsplit removes line breaks, which KubeSphere does not.
    if found := _NOT_IN_A_URL.search(url):
        return [
            f"{place}: contains U+{ord(found[0]):04X}, a space or another character that a URL cannot have; remove it"
        ]
    base = urlsplit(str(legacy_api_url))
    try:
        parts = urlsplit(url)
        same_host = (parts.hostname, parts.port) == (base.hostname, base.port)
    except ValueError:
        return [f"{place}: not a URL; copy the robot's webhook again"]
    errors = []
    if parts.scheme != (base.scheme or "https"):
        errors.append(f"{place}: not an {base.scheme or 'https'} URL; copy the robot's webhook again")
    elif not same_host:
        errors.append(f"{place}: {_other_host(url, legacy_api_url)}")
    path = f"{base.path.rstrip('/')}/robot/send"
    if parts.path != path:
        errors.append(f"{place}: not the webhook of a robot, whose path is {path}; copy it again")
    return errors + _check_query(place, parts.query)


def _other_host(url: str, legacy_api_url: str) -> str:
    """Return cause and remedy for a webhook of another host."""
    site, expected = site_of(url), site_of(legacy_api_url)
    if site and expected and site is not expected:
        return f"a webhook of another site than {urlsplit(legacy_api_url).hostname}; {site.hint}"
    base = urlsplit(str(legacy_api_url))
    return f"not a webhook of DingTalk, whose host is {base.netloc}; copy the robot's webhook again"


def _check_query(place: str, query: str) -> list[str]:
    # Text that was copied from HTML has &amp; in place of &.
    given = parse_qs(query.replace("&amp;", "&"), keep_blank_values=True)
    errors = []
    if len(parse_qs(query).get("access_token", [])) != 1:
        errors.append(f"{place}: access_token is missing; copy the complete webhook of the robot again")
    if signature := [name for name in SIGNATURE if name in given]:
        errors.append(
            f"{place}: contains {' and '.join(signature)}, a signature that expires within an hour; set the webhook "
            f"without it, and {place.removesuffix('webhook')}secret to the secret of the robot (SEC...)"
        )
    return errors


def check_secret(place: str, value: Any) -> list[str]:
    """Check a custom robot's signing secret; errors never contain the value."""
    if isinstance(value, str) and _SECRET.fullmatch(value):
        return []
    return [
        f"{place}: not the secret of a robot, which begins with SEC; copy it again from the robot's security settings"
    ]


def check_keywords(place: str, keywords: Any) -> list[str]:
    """Check a custom robot's keywords."""
    errors = check_strings(place, keywords)
    if errors:
        return errors
    if len(keywords) > MAX_KEYWORDS:
        errors = [f"{place}: {len(keywords)} keywords, the maximum is {MAX_KEYWORDS}; remove some"]
    return errors + [
        error for index, keyword in enumerate(keywords) for error in check_line(f"{place}[{index}]", keyword)
    ]


def check_chat_id(place: str, chat_id: Any) -> list[str]:
    """Check a chat ID that is used in calls; an empty one must not be taken for a chat that is to be created."""
    if usable_id(chat_id):
        return []
    return [f"{place}: {excerpt(as_received(chat_id))} is not a chat ID; set the ID (chat...), or remove the option"]


def check_chat_ids(place: str, ids: Any) -> list[str]:
    """Check a list of chat IDs."""
    errors = check_strings(place, ids)
    if not errors and len(ids) > MAX_CHAT_IDS:
        errors = [f"{place}: {len(ids)} chat IDs, the maximum is {MAX_CHAT_IDS}; remove some"]
    return errors


def check_strings(place: str, values: Any) -> list[str]:
    """Check that a list has only strings, none of them empty or duplicate."""
    if not isinstance(values, list):
        return [f"{place}: expected a list"]
    errors = [
        f"{place}[{index}]: empty or not a string; remove or quote it"
        for index, value in enumerate(values)
        if not isinstance(value, str) or not value.strip()
    ]
    return errors + [
        f"{place}: {value!r} is listed {times} times; list it once" for value, times in _duplicates(values)
    ]


def _duplicates(values: Iterable[Any]) -> list[tuple[str, int]]:
    counts = Counter(value for value in values if isinstance(value, str) and value.strip())
    return [(value, times) for value, times in counts.items() if times > 1]


_PERSON_KEYS = ("mobile", "userid")
