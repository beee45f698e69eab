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
import ssl
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.errors import UnsupportedError

from .bounded.files import is_blocking
from .bounded.limits import violation
from .clock import DAY
from .errors import Errors
from .printable import check_line, check_typed, code_point
from .secrets.kinds import texts
from .secrets.shapes import MASK
from .specs import ArgumentSpec
from .texts.near_names import did_you_mean
from .texts.tokens import expected_token
from .verbatim import changed, check_timestamps, check_verbatim

#: A value that an error may quote: some words, or a number.
_HARMLESS = re.compile(r"\s*|[A-Za-z][A-Za-z_. -]{0,23}|-?\d{1,10}(\.\d+)?|.")
#: Types of options that are not maps or lists, and what a message calls them.
SCALARS = {"str": "a string", "path": "a path", "int": "a number", "float": "a number", "bool": "a boolean"}
#: What ends the host of a URL.
_AFTER_HOST = re.compile("[/?#]")
#: The characters of a number, beyond which Python refuses to convert it.
MAX_DIGITS = 400


def check_shape(errors: Errors, options: Mapping[str, Any], values: Mapping[Any, Any]) -> None:
    """Check the types of ``values``; errors do not contain the values, which may be secret."""
    for key, value in values.items():
        if not isinstance(key, str):
            errors.at(key).add(_unknown(key, options))
        elif key in options and value is not None:
            _check_value(errors.at(key), options[key], value)


def check_values(errors: Errors, options: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Check that requests and files can contain the converted ``values``; errors do not contain them."""
    for name, value in values.items():
        at, rules = errors.at(name), options.get(name, {})
        if reason := violation(value):
            check_timestamps(at, value)
            if not at:
                at.add(f"contains {reason}; correct it")
        elif rules.get("type") == "path" and "\0" in str(value or ""):
            at.add("contains a null byte; set the path of a file or folder")
        elif isinstance(value, Mapping):
            check_values(at, rules.get("options") or {}, value)


def _unknown(name: object, options: Iterable[str]) -> str:
    """Return the error of an option that does not exist, with the one that is probably meant."""
    known = list(options)
    return f"unknown option{did_you_mean(name, known)}; supported options: {', '.join(known)}"


def add_messages(
    errors: Errors, options: Mapping[str, Any], values: Mapping[str, Any], result: ValidationResult
) -> None:
    """Add the errors that ansible-core found in ``values``, with the place and a hint for each unknown option."""
    unknown = errors.at()
    _check_names(unknown, options, values)
    others = [error.msg for error in result.errors.errors if not (unknown and isinstance(error, UnsupportedError))]
    errors.extend(without_values(others, values))


def _check_names(errors: Errors, options: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    aliases = {alias: name for name, rules in options.items() for alias in rules.get("aliases") or ()}
    for name, value in values.items():
        at, rules = errors.at(name), options.get(aliases.get(name, name))
        if rules is None:
            at.add(_unknown(name, options))
        elif below := rules.get("options"):
            for item_at, item in at.each(value) if isinstance(value, list | tuple) else [(at, value)]:
                if isinstance(item, Mapping):
                    _check_names(item_at, below, item)


def check_file(errors: Errors, path: Any) -> None:
    """Check a file that a library reads."""
    if path and is_blocking(os.path.expanduser(str(path))):
        errors.add("a pipe or a device; set the path of a file")


def check_ca_path(errors: Errors, path: Any) -> None:
    """Check a file of CA certificates, or a folder of them. ``errors``: none before this check."""
    check_file(errors, path)
    expanded = os.path.expanduser(str(path or ""))
    if expanded and not errors and not os.path.isdir(expanded) and (error := ca_file_error(expanded)):
        errors.add(f"{error}; set the path of the right file")


def ca_file_error(path: str) -> str:
    """Return the error of a file of CA certificates, or an empty string; that of a connection would name no file."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return "not a PEM file of CA certificates"
    except OSError as error:
        return f"the file cannot be read ({error.strerror})"
    return ""


def check_timeout(errors: Errors, seconds: int | None) -> None:
    """Check a time-out; libraries accept any, but fail at the first call."""
    if seconds and not 1 <= seconds <= DAY:
        errors.add(f"invalid time-out {seconds}; set 1 to {DAY} seconds")


def check_url(errors: Errors, url: Any) -> None:
    """Check that a library can parse a URL; errors do not contain it, as it may contain a password.

    ``errors``: none before this check.
    """
    text = str(url or "")
    check_typed(errors, text, "a URL")
    if not errors and not _can_be_parsed(text):
        errors.add("invalid URL; check its brackets, its host name and its port")


def check_proxy_url(errors: Errors, url: Any) -> None:
    """Check the URL of a proxy, with or without a scheme. ``errors``: none before this check."""
    _host, *after = _AFTER_HOST.split(str(url or "").rpartition("://")[2], maxsplit=1)
    if "@" in "".join(after):
        errors.add("its user name or password contains /, ? or #; write %2F, %3F or %23 in its place")
    else:
        check_url(errors, url)


def check_base_url(errors: Errors, url: Any) -> None:
    """Check the URL of a server. ``errors``: none before this check."""
    text = str(url or "")
    check_url(errors, url)
    if errors or not text:
        return
    if not text.lower().startswith(("http://", "https://")):
        errors.add("expected a URL that starts with https:// or http://")
    elif not urlsplit(text).hostname:
        errors.add("expected a URL with a host name")


def _can_be_parsed(url: str) -> bool:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        # Both fail only when they are read.
        return bool((parts.port, (parts.hostname or "").encode("idna")))
    except ValueError:
        return False


def check_credential(errors: Errors, value: str | None) -> None:
    """Check a credential, which errors do not contain; a server would reject it as a wrong one."""
    if value and not value.isprintable():
        errors.add(
            "contains a line break or another control character; remove it (a command or a | in YAML may have added it)"
        )


def check_token(errors: Errors, value: str | None) -> None:
    """Check a key or token, which has no blanks; errors do not contain it. ``errors``: none before this check."""
    check_credential(errors, value)
    if value and not errors:
        if expected := expected_token(value):
            errors.add(f"expected {expected}")
        else:
            check_typed(errors, value, "a key or token")


def check_header(errors: Errors, value: str | None) -> None:
    """Check what an HTTP header contains, which errors do not. ``errors``: none before this check."""
    text = value or ""
    unsendable = [character for character in text if not (character.isascii() and character.isprintable())]
    unsendable += [character for character in (text[:1], text[-1:]) if character.isspace()]
    if unsendable:
        errors.add(
            f"contains {code_point(unsendable[0])}, a line break or a blank at an end, or a character beyond ASCII, "
            "which an HTTP header cannot have; remove or replace it"
        )


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


def _check_value(errors: Errors, rules: Mapping[str, Any], value: Any) -> None:
    kind, options = rules.get("type", "str"), rules.get("options")
    if kind == "list" and isinstance(value, list | tuple):
        element = {"type": rules.get("elements", "raw"), "options": options}
        for at, item in errors.each(value):
            _check_value(at, element, item)
    elif kind in SCALARS:
        if isinstance(value, Mapping | list | tuple):
            errors.add(f"expected {SCALARS[kind]}, not a {_name(value)}")
        elif kind in ("int", "float") and isinstance(value, str) and len(value) > MAX_DIGITS:
            errors.add(f"expected {SCALARS[kind]}, not a text of {len(value)} characters")
        elif kind == "int" and isinstance(value, str | float) and _is_huge(str(value)):
            errors.add(f"expected {SCALARS[kind]} of at most {MAX_DIGITS} digits")
    elif options and kind == "dict" and isinstance(value, Mapping):
        check_shape(errors, options, value)
    elif options and not (isinstance(value, str) and _is_convertible(value)):
        expected = "a map" if kind == "dict" else "a list of maps"
        errors.add(f"expected {expected} of {', '.join(options)}, not a {_name(value)}")


def _is_convertible(text: str) -> bool:
    """Return whether ansible-core tries to read a text as JSON, or as key=value, in place of a map."""
    return "=" in text or text.lstrip().startswith(("{", "["))


def _is_huge(text: str) -> bool:
    """Return whether the conversion of a text such as ``inf`` or ``1e999999999`` would fail, or never end."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number.is_infinite() or number.adjusted() >= MAX_DIGITS


def _name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text"
    return "map" if isinstance(value, Mapping) else type(value).__name__


def validated(errors: Errors, spec: ArgumentSpec, values: Any) -> Mapping[str, Any] | None:
    """Return ``values`` converted and with defaults, None if they have errors. ``errors``: none before this check."""
    if not isinstance(values, Mapping):
        errors.add(f"expected a map of {', '.join(spec.options)}")
        return None
    below = Errors()  # with the places of options in the map
    check_shape(below, spec.options, values)
    if not below:
        check_verbatim(errors, spec.verbatim, values)
    if not below and not errors:
        check_values(below, spec.options, values)
    errors.extend(below)
    if errors:
        return None
    result = ArgumentSpecValidator(dict(spec.options), **spec.rules()).validate(dict(values))
    add_messages(below, spec.options, values, result)
    errors.extend(below)
    return None if errors else result.validated_parameters


def entries(errors: Errors, values: Any, longest: int | None = None) -> Iterator[tuple[str, Errors, Any]]:
    """Yield the items of a map keyed by identity: the key, the errors at its place, and the attributes.

    ``longest``: the characters that a key may have.
    """
    found = keyed(errors, values)
    for key in found:
        check_identity(errors.at(key), key, longest)
    for key, attributes in found.items():
        if isinstance(key, str):
            yield key, errors.at(key), attributes


def check_identity(errors: Errors, key: Any, longest: int | None = None) -> None:
    """Check a key that others refer to: nobody sees a blank at its end, neither here nor there."""
    line = Errors()
    if not isinstance(key, str):
        errors.add(f"the key is {changed(key)}")
    elif not key.strip():
        errors.add("the key is empty; set a name that does not change")
    elif longest and len(key) > longest:
        errors.add(f"the key has {len(key)} characters, expected at most {longest}")
    else:
        check_line(line, key)
    for error in line:
        errors.add(f"the key {error}")


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
