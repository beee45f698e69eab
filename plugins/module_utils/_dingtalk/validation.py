# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wishes checked for their shape, without DingTalk: each check returns problems that begin with their place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .api.options import LEGACY_API_URL

LONGEST_NAME = 20
LONGEST_SCENE_NAME = 30
MOST_KEYWORDS = 10
MOST_CHAT_IDS = 20
_MOBILE = re.compile(r"\+?[0-9][0-9-]{4,19}")
_SECRET = re.compile(r"SEC\S{8,}")


def check_name(place: str, name: Any, scene: bool = False) -> list[str]:
    """Check a chat's name; DingTalk counts characters, taken here as code points."""
    longest = LONGEST_SCENE_NAME if scene else LONGEST_NAME
    if not isinstance(name, str) or not name.strip():
        return [f"{place}: empty, expected 1 to {longest} code points; give the chat a name"]
    if len(name) > longest:
        return [f"{place}: {len(name)} code points, expected 1 to {longest}; shorten it"]
    if name != name.strip() or not name.isprintable():
        return [f"{place}: begins or ends with a space, or holds a control character; remove it"]
    return []


def check_person(place: str, person: Any) -> list[str]:
    """Check that a person is ``{mobile: ..}`` or ``{userid: ..}``."""
    if not isinstance(person, Mapping):
        return [f"{place}: expected a person, {{mobile: ..}} or {{userid: ..}}"]
    errors = [f"{place}.{key}: unknown key, expected mobile or userid" for key in person if key not in _PERSON]
    given = [key for key in _PERSON if person.get(key) not in (None, "")]
    if len(given) != 1:
        found = "both" if given else "neither"
        return [*errors, f"{place}: has {found} of mobile and userid, expected exactly one"]
    value = person[given[0]]
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        errors.append(f"{place}.{given[0]}: expected a string; put it in quotes")
    elif given[0] == "mobile" and not _MOBILE.fullmatch(str(value)):
        errors.append(f"{place}.mobile: {value} is no mobile number; give digits, with a leading +86- or the like")
    return errors


def check_webhook(place: str, url: Any, legacy_api_url: str = LEGACY_API_URL) -> list[str]:
    """Check that a URL is a robot's webhook at ``legacy_api_url``; the URL is a secret and is never repeated."""
    if not isinstance(url, str) or not url or url != url.strip():
        return [f"{place}: empty or with spaces around it; copy the robot's webhook again"]
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
        errors.append(f"{place}: the host is not {base.netloc}, so it is no robot of DingTalk; copy the webhook again")
    path = f"{base.path.rstrip('/')}/robot/send"
    if parts.path != path:
        errors.append(f"{place}: the path is not {path}, so it is no robot's webhook; copy it again")
    if len(parse_qs(parts.query).get("access_token", [])) != 1:
        errors.append(f"{place}: has no access_token; copy the robot's webhook again, in full")
    return errors


def check_secret(place: str, value: Any) -> list[str]:
    """Check a custom robot's signing secret; the value is never repeated."""
    if isinstance(value, str) and _SECRET.fullmatch(value):
        return []
    return [f"{place}: not a robot's secret, which begins with SEC; copy it again from the robot's security settings"]


def check_keywords(place: str, keywords: Any) -> list[str]:
    """Check a custom robot's keywords."""
    errors = check_strings(place, keywords)
    if not errors and len(keywords) > MOST_KEYWORDS:
        errors = [f"{place}: {len(keywords)} keywords, DingTalk takes at most {MOST_KEYWORDS}; remove some"]
    return errors


def check_chat_ids(place: str, ids: Any) -> list[str]:
    """Check a list of chat IDs."""
    errors = check_strings(place, ids)
    if not errors and len(ids) > MOST_CHAT_IDS:
        errors = [f"{place}: {len(ids)} chat IDs, at most {MOST_CHAT_IDS} are possible; use fewer chats"]
    return errors


def check_strings(place: str, values: Any) -> list[str]:
    """Check that a list holds texts that are neither empty nor there twice."""
    if not isinstance(values, list):
        return [f"{place}: expected a list"]
    errors = [
        f"{place}[{index}]: empty or not a string; remove it or put it in quotes"
        for index, value in enumerate(values)
        if not isinstance(value, str) or not value.strip()
    ]
    return errors + [f"{place}: {value!r} is there {times} times; keep one" for value, times in _doubles(values)]


def _doubles(values: Iterable[Any]) -> list[tuple[str, int]]:
    counts = Counter(value for value in values if isinstance(value, str) and value.strip())
    return [(value, times) for value, times in counts.items() if times > 1]


_PERSON = ("mobile", "userid")
