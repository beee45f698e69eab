# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of single values of integrations: maps of texts, Go's durations, parts of messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._core.texts.near_names import did_you_mean
from . import values
from .matchers import as_text
from .schema import Field, Fields
from .values import Rule, Version

_GO_DURATION = re.compile(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)")
#: The characters of a header's name that Go writes in its canonical form.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_RESERVED = (
    *("routing_key", "message_type", "state_message", "entity_display_name", "monitoring_tool", "entity_id"),
    "entity_state",
)
_RESPONDERS = ("team", "teams", "user", "escalation", "schedule")
#: The first versions after those of KubeSphere's 3.3 and 3.4.
_THIRD: Version = (0, 24)


def is_set(value: Any) -> bool:
    """Return whether Alertmanager takes a value as set: not if it is missing, null or an empty string."""
    return value is not None and value != ""


def texts_by_name(place: str, value: Any, version: Version) -> list[str]:
    """Check a map of strings."""
    if not isinstance(value, Mapping):
        return [f"{place}: expected a map of strings"]
    return [error for name, item in value.items() for error in values.text(f"{place}.{name}", item, version)]


def headers(place: str, value: Any, version: Version) -> list[str]:
    """Check the headers of a mail, whose names do not distinguish upper from lower case."""
    errors = texts_by_name(place, value, version)
    if errors:
        return errors
    normalized = [_canonical(as_text(name), version) for name in value]
    twice = [name for name in dict.fromkeys(normalized) if normalized.count(name) > 1]
    return [f"{place}: duplicate header {name!r}; remove one of them" for name in twice]


def _canonical(name: str, version: Version) -> str:
    if version < _THIRD:
        return re.sub(r"(?<!\w)\w", lambda found: found[0].upper(), name)
    return "-".join(part.capitalize() for part in name.split("-")) if _TOKEN.fullmatch(name) else name


def go_duration(place: str, value: Any, version: Version) -> list[str]:
    """Check a duration in Go's notation."""
    is_valid = not isinstance(value, Mapping | list) and _GO_DURATION.fullmatch(as_text(value))
    return [] if is_valid else [f"{place}: invalid duration; use a value such as 30s, 5m or 1h30m"]


def one_of(*choices: str) -> Rule:
    """Return the rule for one of several strings, or an empty one."""

    def check(place: str, value: Any, version: Version) -> list[str]:
        return [] if value == "" or value in choices else [f"{place}: expected one of {', '.join(choices)}"]

    return check


def chat_id(place: str, value: Any, version: Version) -> list[str]:
    """Check the number of a Telegram chat."""
    is_valid = isinstance(value, int | float) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    is_valid = is_valid and int(value) != 0  # the loader cuts off decimals
    return [] if is_valid else [f"{place}: expected an integer other than 0, without quotes"]


def sections(fields: Fields, *needed: str) -> Rule:
    """Return the rule for a list of maps with these fields; ``needed``: those that must be set."""
    return values.each(lambda place, value, version: _section(place, value, version, fields, needed), empty=values.ALL)


def _section(place: str, value: Any, version: Version, fields: Fields, needed: tuple[str, ...]) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{place}: expected a map"]
    errors = [
        error
        for name, item in value.items()
        if name in fields and item is not None
        for error in fields[name].rule(f"{place}.{name}", item, version)
    ]
    return errors + [f"{place}: missing {name}; set it" for name in needed if not is_set(value.get(name))]


_CONFIRM: Fields = dict.fromkeys(("text", "title", "ok_text", "dismiss_text"), Field(values.text))
_ACTION: Fields = {
    **dict.fromkeys(("type", "text", "url", "style", "name", "value"), Field(values.text)),
    "confirm": Field(lambda place, value, version: _section(place, value, version, _CONFIRM, ("text",))),
}
_RESPONDER: Fields = dict.fromkeys(("id", "name", "username", "type"), Field(values.text))
_SIGV4: Fields = dict.fromkeys(("region", "access_key", "secret_key", "profile", "role_arn"), Field(values.text))
_IMAGE: Fields = dict.fromkeys(("src", "alt", "href"), Field(values.text))
_LINK: Fields = dict.fromkeys(("href", "text"), Field(values.text))
_SLACK_FIELD: Fields = {**dict.fromkeys(("title", "value"), Field(values.text)), "short": Field(values.flag)}
#: Field of an integration that is a map or a list of maps -> the fields of these.
_PARTS: Mapping[str, Fields] = {
    "actions": _ACTION,
    "confirm": _CONFIRM,
    "fields": _SLACK_FIELD,
    "images": _IMAGE,
    "links": _LINK,
    "responders": _RESPONDER,
    "sigv4": _SIGV4,
}


def unknown_fields(place: str, section: Mapping[str, Any]) -> list[str]:
    """Return the errors of fields with other names in the parts of an integration, the same in all versions."""
    errors = []
    for name, value in section.items():
        for part in value if isinstance(value, list) else [value]:
            if name in _PARTS and isinstance(part, Mapping):
                hints = {key: did_you_mean(key, _PARTS[name]) for key in part if key not in _PARTS[name]}
                errors += [
                    f"{place}.{name}: unknown field {key}{hint}; correct its name or remove it"
                    for key, hint in hints.items()
                ]
                errors += unknown_fields(f"{place}.{name}", part)
    return errors


images, links = sections(_IMAGE), sections(_LINK)
slack_fields = sections(_SLACK_FIELD, "title", "value")


def slack_actions(place: str, value: Any, version: Version) -> list[str]:
    """Check the buttons of a message, each of which has a name or a URL."""
    errors = sections(_ACTION, "type", "text")(place, value, version)
    return errors or _each_missing(place, value, ("name", "url"))


def responders(place: str, value: Any, version: Version) -> list[str]:
    """Check the responders of an alert."""
    errors = sections(_RESPONDER)(place, value, version) or _each_missing(place, value, ("id", "username", "name"))
    if errors:
        return errors
    types = {f"{place}[{index}].type": as_text((item or {}).get("type")) for index, item in enumerate(value)}
    known = [name for name in _RESPONDERS if name != "teams" or version >= _THIRD]
    return [
        f"{where}: expected one of {', '.join(known)}"
        for where, name in types.items()
        if name.lower() not in known and not (version >= _THIRD and "{{" in name)
    ]


def _each_missing(place: str, value: list[Any], names: tuple[str, ...]) -> list[str]:
    return [
        f"{place}[{index}]: missing {' or '.join(names)}; set one of them"
        for index, item in enumerate(value)
        if item is not None and not any(is_set(item.get(name)) for name in names)
    ]


def victorops_fields(place: str, value: Any, version: Version) -> list[str]:
    """Check custom fields, whose names must not be those of fixed ones."""
    errors = texts_by_name(place, value, version)
    reserved = [name for name in _RESERVED if not errors and name in value]
    return errors + [f"{place}.{name}: reserved name; use another one" for name in reserved]


def sigv4(place: str, value: Any, version: Version) -> list[str]:
    """Check AWS credentials, which are complete or missing."""
    errors = _section(place, value, version, _SIGV4, ())
    if errors or is_set(value.get("access_key")) == is_set(value.get("secret_key")):
        return errors
    return [f"{place}: access_key and secret_key belong together; set both or none"]


def sns_target(place: str, section: Mapping[str, Any], version: Version) -> list[str]:
    """Check that a section has one target; Alertmanager also accepts all three."""
    names = ("topic_arn", "target_arn", "phone_number")
    count = sum(is_set(section.get(name)) for name in names)
    return [] if count in (1, 3) else [f"{place}: expected exactly one of {', '.join(names)}; set one of them"]


def webex_authorization(place: str, section: Mapping[str, Any], version: Version) -> list[str]:
    """Check that a section authorizes its requests."""
    access = section.get("http_config")
    names = ("authorization", "bearer_token", "bearer_token_file")
    if isinstance(access, Mapping) and any(is_set(access.get(name)) for name in names):
        return []
    return [f"{place}: missing http_config.authorization; set it with the bot's token as credentials"]
