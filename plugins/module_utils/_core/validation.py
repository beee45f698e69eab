# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of options, checked before ansible-core's validator.

That validator converts any list or map to a string, and fails with a TypeError if a map of suboptions is a number or
has a key that is not a string.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.errors import UnsupportedError

from .bounded.files import is_blocking
from .bounded.limits import violation
from .clock import DAY
from .errors import Errors
from .secrets.kinds import texts
from .secrets.shapes import MASK
from .specs import ArgumentSpec
from .texts.near_names import did_you_mean
from .verbatim import changed, check_timestamps, check_verbatim

#: A value that an error may quote: some words, or a number.
_HARMLESS = re.compile(r"\s*|[A-Za-z][A-Za-z_. -]{0,23}|-?\d{1,10}(\.\d+)?|.")
#: Types of options that are not maps or lists, and what a message calls them.
SCALARS = {"str": "a string", "path": "a path", "int": "a number", "float": "a number", "bool": "a boolean"}
#: The characters of a number, beyond which Python refuses to convert it.
MAX_DIGITS = 400


def check_shape(options: Mapping[str, Any], values: Mapping[Any, Any], place: str = "") -> list[str]:
    """Return the type errors of ``values``; they do not contain the values, which may be secret."""
    errors = []
    for key, value in values.items():
        if not isinstance(key, str):
            errors.append(unknown_option(f"{place}{key}", key, options))
        elif key in options and value is not None:
            errors += _check_value(options[key], value, f"{place}{key}")
    return errors


def check_values(options: Mapping[str, Any], values: Mapping[str, Any], place: str = "") -> list[str]:
    """Return the errors of converted ``values`` that no request or file can contain; they do not contain the values."""
    errors = []
    for name, value in values.items():
        rules = options.get(name, {})
        if reason := violation(value):
            contained = f"{place}{name}: contains {reason}; correct it"
            errors += check_timestamps(value, f"{place}{name}") or [contained]
        elif rules.get("type") == "path" and "\0" in str(value or ""):
            errors.append(f"{place}{name}: contains a null byte; set the path of a file or folder")
        elif isinstance(value, Mapping):
            errors += check_values(rules.get("options") or {}, value, f"{place}{name}.")
    return errors


def unknown_option(place: str, name: object, options: Iterable[str]) -> str:
    """Return the error of an option that does not exist, with the one that is probably meant."""
    known = list(options)
    return f"{place}: unknown option{did_you_mean(name, known)}; supported options: {', '.join(known)}"


def error_messages(options: Mapping[str, Any], values: Mapping[str, Any], result: ValidationResult) -> list[str]:
    """Return the errors that ansible-core found in ``values``, with the place and a hint for each unknown option."""
    unknown = _unknown_options(options, values)
    others = [error.msg for error in result.errors.errors if not (unknown and isinstance(error, UnsupportedError))]
    return [*unknown, *without_values(others, values)]


def _unknown_options(options: Mapping[str, Any], values: Mapping[str, Any], place: str = "") -> list[str]:
    aliases = {alias: name for name, rules in options.items() for alias in rules.get("aliases") or ()}
    errors = []
    for name, value in values.items():
        rules = options.get(aliases.get(name, name))
        if rules is None:
            errors.append(unknown_option(f"{place}{name}", name, options))
        elif below := rules.get("options"):
            named = [(f"{place}{name}", value)]
            if isinstance(value, list | tuple):
                named = [(f"{place}{name}[{index}]", item) for index, item in enumerate(value)]
            for where, item in named:
                errors += _unknown_options(below, item, f"{where}.") if isinstance(item, Mapping) else []
    return errors


def check_file(place: str, path: Any) -> list[str]:
    """Return the errors of a file that a library reads."""
    if not path or not is_blocking(os.path.expanduser(str(path))):
        return []
    return [f"{place}: a pipe or a device; set the path of a file"]


def check_timeout(place: str, seconds: int | None) -> list[str]:
    """Return the errors of a time-out; libraries accept any, but fail at the first call."""
    if not seconds or 1 <= seconds <= DAY:
        return []
    return [f"{place}: invalid time-out {seconds}; set 1 to {DAY} seconds"]


def check_url(place: str, url: Any) -> list[str]:
    """Return the errors of a URL that no library can parse; they do not contain it, as it may contain a password."""
    text = str(url or "")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        parsed: object = (parts.port, (parts.hostname or "").encode("idna"))
    except ValueError:
        parsed = None
    return [] if parsed else [f"{place}: invalid URL; check its brackets, its host name and its port"]


def check_credential(place: str, value: str | None) -> list[str]:
    """Return the errors of a credential, which they do not contain; a server would reject it as a wrong one."""
    if not value or value.isprintable():
        return []
    return [
        f"{place}: contains a line break or another control character; remove it (a command or a | in YAML may have "
        "added it)"
    ]


def without_values(messages: Iterable[str], values: Any) -> list[str]:
    """Return ansible-core's errors, which quote the values of options, with only their harmless words.

    An option may have got the secret that belongs to another one.
    """
    quoted = [text for text in texts(values) if not _HARMLESS.fullmatch(text)]
    return [_without(message, sorted(quoted, key=len, reverse=True)) for message in messages]


def _without(message: str, quoted: list[str]) -> str:
    for text in quoted:
        message = message.replace(text, MASK)
    return message


def _check_value(rules: Mapping[str, Any], value: Any, place: str) -> list[str]:
    kind, options = rules.get("type", "str"), rules.get("options")
    if kind == "list" and isinstance(value, list | tuple):
        element = {"type": rules.get("elements", "raw"), "options": options}
        return [error for index, item in enumerate(value) for error in _check_value(element, item, f"{place}[{index}]")]
    if kind in SCALARS:
        if isinstance(value, Mapping | list | tuple):
            return [f"{place}: expected {SCALARS[kind]}, not a {_name(value)}"]
        is_long = kind in ("int", "float") and isinstance(value, str) and len(value) > MAX_DIGITS
        return [f"{place}: expected {SCALARS[kind]}, not a text of {len(value)} characters"] if is_long else []
    if not options or isinstance(value, str):
        return []
    if kind == "dict" and isinstance(value, Mapping):
        return check_shape(options, value, f"{place}.")
    expected = "a map" if kind == "dict" else "a list of maps"
    return [f"{place}: expected {expected} of {', '.join(options)}, not a {_name(value)}"]


def _name(value: Any) -> str:
    if value is None:
        return "null"
    return "map" if isinstance(value, Mapping) else type(value).__name__


def validated(errors: Errors, spec: ArgumentSpec, values: Any) -> Mapping[str, Any] | None:
    """Return ``values`` converted and with defaults, None if they have errors."""
    if not isinstance(values, Mapping):
        errors.add(f"expected a map of {', '.join(spec.options)}")
        return None
    errors.extend(check_shape(spec.options, values))
    if not errors:
        for error in check_verbatim(spec.verbatim, values, errors.place):
            errors._add(error)
    if not errors:
        errors.extend(check_values(spec.options, values))
    if errors:
        return None
    result = ArgumentSpecValidator(dict(spec.options), **spec.rules()).validate(dict(values))
    errors.extend(error_messages(spec.options, values, result))
    return None if result.error_messages else result.validated_parameters


def entries(errors: Errors, values: Any) -> Iterator[tuple[str, Errors, Any]]:
    """Yield the items of a map keyed by identity: the key, the errors at its place, and the attributes."""
    found = keyed(errors, values)
    for key in found:
        if not isinstance(key, str):
            errors.at(str(key)).add(f"the key is {changed(key)}")
    for key, attributes in found.items():
        if isinstance(key, str):
            yield key, errors.at(key), attributes


def keyed(errors: Errors, values: Any) -> Mapping[Any, Any]:
    """Return a map keyed by identity, an empty one if the value is of another type."""
    if values and not isinstance(values, Mapping):
        errors.add(f"expected a map keyed by identity, not a {type(values).__name__}")
    return values if isinstance(values, Mapping) else {}


def check_keys(errors: Errors, wanted: Iterable[str], variable: str, known: Any) -> None:
    """Check that ``variable``, whose value is ``known``, has each wanted key; not if it is no map."""
    if not isinstance(known, Mapping):
        return  # reported for the variable itself
    have = f"it has {', '.join(sorted(map(str, known)))}" if known else "it is empty"
    texts_of_keys = set(map(str, known))  # an error about a key that is a number is reported for the variable itself
    for key in wanted:
        if key not in texts_of_keys:
            errors.add(f"{key!r} is not a key of {variable}; {have}")
