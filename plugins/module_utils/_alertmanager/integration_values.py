# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of single values of integrations: maps of texts, Go's durations, parts of messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._core.errors import Errors
from .._core.texts import go_durations
from .._core.texts.near_names import did_you_mean
from . import values
from .matchers import as_text
from .schema import Field, Fields, check_fields
from .values import Rule, Version

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


def texts_by_name(errors: Errors, value: Any, version: Version) -> None:
    """Check a map of strings."""
    if not isinstance(value, Mapping):
        errors.add("expected a map of strings")
        return
    for name, item in value.items():
        values.text(errors.at(name), item, version)


def headers(errors: Errors, value: Any, version: Version) -> None:
    """Check the headers of a mail, whose names do not distinguish upper from lower case."""
    texts_by_name(errors, value, version)
    if errors:
        return
    normalized = [_canonical(as_text(name), version) for name in value]
    for name in normalized:
        if normalized.count(name) > 1:
            errors.add(f"duplicate header {name!r}; remove one of them")


def _canonical(name: str, version: Version) -> str:
    if version < _THIRD:
        return re.sub(r"(?<!\w)\w", lambda found: found[0].upper(), name)
    return "-".join(part.capitalize() for part in name.split("-")) if _TOKEN.fullmatch(name) else name


def go_duration(errors: Errors, value: Any, version: Version) -> None:
    """Check a duration in Go's notation."""
    text = as_text(value) if values.is_scalar(value) else ""
    if go_durations.seconds(text) is None:
        errors.add("invalid duration; use a value such as 30s, 5m or 1h30m")


def one_of(*choices: str) -> Rule:
    """Return the rule for one of several strings, or an empty one."""
    return values.expects(f"one of {', '.join(choices)}", lambda value: value == "" or value in choices)


#: The number of a Telegram chat.
chat_id = values.expects(
    "an integer other than 0, without quotes",
    lambda value: values.is_number(value) and -(2**63) <= value < 2**63 and int(value) != 0,
)


def sections(fields: Fields, *needed: str) -> Rule:
    """Return the rule for a list of maps with these fields; ``needed``: those that must be set."""
    return values.each(
        lambda errors, value, version: _section(errors, value, version, fields, needed), empty=values.ALL
    )


def _section(errors: Errors, value: Any, version: Version, fields: Fields, needed: tuple[str, ...]) -> None:
    if not isinstance(value, Mapping):
        errors.add("expected a map")
        return
    check_fields(errors, value, fields, version, strict=False)
    for name in needed:
        if not is_set(value.get(name)):
            errors.add(f"missing {name}; set it")


_CONFIRM: Fields = dict.fromkeys(("text", "title", "ok_text", "dismiss_text"), Field(values.text))
_ACTION: Fields = {
    **dict.fromkeys(("type", "text", "url", "style", "name", "value"), Field(values.text)),
    "confirm": Field(lambda errors, value, version: _section(errors, value, version, _CONFIRM, ("text",))),
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


def check_parts(errors: Errors, section: Mapping[str, Any]) -> None:
    """Check the names of the fields in the parts of an integration, the same in all versions."""
    for name, value in section.items():
        for part in value if isinstance(value, list) else [value]:
            if name in _PARTS and isinstance(part, Mapping):
                at = errors.at(name)
                for key in part:
                    if key not in _PARTS[name]:
                        hint = did_you_mean(key, _PARTS[name])
                        at.add(f"unknown field {key}{hint}; correct its name or remove it")
                check_parts(at, part)


images, links = sections(_IMAGE), sections(_LINK)
slack_fields = sections(_SLACK_FIELD, "title", "value")


def slack_actions(errors: Errors, value: Any, version: Version) -> None:
    """Check the buttons of a message, each of which has a name or a URL."""
    sections(_ACTION, "type", "text")(errors, value, version)
    if not errors:
        _check_alternatives(errors, value, ("name", "url"))


def responders(errors: Errors, value: Any, version: Version) -> None:
    """Check the responders of an alert."""
    sections(_RESPONDER)(errors, value, version)
    if not errors:
        _check_alternatives(errors, value, ("id", "username", "name"))
    if errors:
        return
    known = [name for name in _RESPONDERS if name != "teams" or version >= _THIRD]
    for responder, item in errors.each(value):
        name = as_text((item or {}).get("type"))
        if name.lower() not in known and not (version >= _THIRD and "{{" in name):
            responder.at("type").add(f"expected one of {', '.join(known)}")


def _check_alternatives(errors: Errors, value: list[Any], names: tuple[str, ...]) -> None:
    for at, item in errors.each(value):
        if item is not None and not any(is_set(item.get(name)) for name in names):
            at.add(f"missing {' or '.join(names)}; set one of them")


def victorops_fields(errors: Errors, value: Any, version: Version) -> None:
    """Check custom fields, whose names must not be those of fixed ones."""
    texts_by_name(errors, value, version)
    for name in () if errors else _RESERVED:
        if name in value:
            errors.at(name).add("reserved name; use another one")


def sigv4(errors: Errors, value: Any, version: Version) -> None:
    """Check AWS credentials, which are complete or missing."""
    _section(errors, value, version, _SIGV4, ())
    if not errors and is_set(value.get("access_key")) != is_set(value.get("secret_key")):
        errors.add("access_key and secret_key belong together; set both or none")


def sns_target(errors: Errors, section: Mapping[str, Any], version: Version) -> None:
    """Check that a section has one target; Alertmanager also accepts all three."""
    names = ("topic_arn", "target_arn", "phone_number")
    if sum(is_set(section.get(name)) for name in names) not in (1, 3):
        errors.add(f"expected exactly one of {', '.join(names)}; set one of them")


def webex_authorization(errors: Errors, section: Mapping[str, Any], version: Version) -> None:
    """Check that a section authorizes its requests."""
    access = section.get("http_config")
    names = ("authorization", "bearer_token", "bearer_token_file")
    if not isinstance(access, Mapping) or not any(is_set(access.get(name)) for name in names):
        errors.add("missing http_config.authorization; set it with the bot's token as credentials")
