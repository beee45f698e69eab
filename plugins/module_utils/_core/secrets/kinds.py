# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of options that may hold a secret, known before an option is validated, used or quoted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ..errors import Errors
from . import shapes

#: What ansible-core shows in place of an option with no_log.
NOT_SHOWN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@dataclass(frozen=True)
class SecretKind:
    """What is secret in the value of an option.

    ``find`` yields the secret texts in a value of any type, ``hide`` returns the value as it may be shown, and
    ``check`` the errors for a place and a value, which do not contain the value.
    """

    find: Callable[[Any], Iterable[str]]
    hide: Callable[[Any], Any]
    check: Callable[[Errors, Any], None] = lambda errors, value: None


def fields(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string and number in a value as text, with the key of the nearest map around it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from fields(item, str(key))
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from fields(item, name)
    elif value is not None and not isinstance(value, bool):
        yield name, str(value)


def texts(value: Any) -> Iterator[str]:
    """Yield every string and number in a value as text, without the keys of maps."""
    return (text for _name, text in fields(value))


def hide_all(value: Any) -> Any:
    """Return the structure of a value."""
    if isinstance(value, Mapping):
        return {key: hide_all(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [hide_all(item) for item in value]
    return value if value is None or isinstance(value, bool) or value == "" else NOT_SHOWN


#: An option with no_log.
WHOLE = SecretKind(texts, hide_all)

# --- Maps of any content, whose field names say what is secret

_SECRET_NAME = re.compile("passw|passphrase|secret|token|credential|private|api_?key|webhook", re.IGNORECASE)
_SECRET_KEY = re.compile("(api|secret|private|access)[-_]?key$|webhook[-_]?url$", re.IGNORECASE)
#: Names of fields that refer to a secret, or say something about it.
_REFERENCE = re.compile(
    "(name|namespace|ref|file|path|url|type|key|keys|id|ttl|seconds|enabled|configs|messages)$|^(existing|use|enable|verify|has)",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Return whether a field of that name holds a secret, and not the name or the place of one."""
    return bool(_SECRET_KEY.search(name) or (_SECRET_NAME.search(name) and not _REFERENCE.search(name)))


def find_named(value: Any) -> Iterator[str]:
    """Yield the values of fields with the name of a secret, and secrets known by their shape."""
    for name, text in fields(value):
        if is_secret_name(name):
            yield text
        yield from shapes.found(text)


def hide_named(value: Any, name: str = "") -> Any:
    """Return a value without what :func:`find_named` yields."""
    if isinstance(value, Mapping):
        return {key: hide_named(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [hide_named(item, name) for item in value]
    if is_secret_name(name):
        return hide_all(value)
    return shapes.redact(value) if isinstance(value, str) else value


#: Any other option.
OTHER = SecretKind(find_named, hide_named)
#: An option that does not exist, such as a misspelled one.
UNKNOWN = SecretKind(find_named, hide_all)

# --- URLs

_PASSWORD = re.compile(r"\s*(?:[\w+.-]+://)?[^:/?#@]*:(?!//|\d+(?:[/?#]|$))(.+)@", re.DOTALL)
#: A proxy has no path, so what precedes "@" is a password even if it begins as a port does, such as 123#word.
_PROXY_PASSWORD = re.compile(r"\s*(?:[\w+.-]+://)?[^:/?#@]*:(?!//)(.+)@", re.DOTALL)
_USER = re.compile(r"\s*(?:[\w+.-]+://)?[^/?#]*@")


def proxy_passwords(text: str) -> Iterator[str]:
    """Yield the password of a proxy's URL like :func:`url_passwords`."""
    return url_passwords(text, _PROXY_PASSWORD)


def url_passwords(text: str, password: re.Pattern[str] = _PASSWORD) -> Iterator[str]:
    """Yield the password of a URL, quoted and unquoted, and what has the shape of a secret, as a token in a query."""
    if match := password.match(text):
        yield match[1]
        yield unquote(match[1])
    yield from shapes.found(text)


def _find_in_url(value: Any) -> Iterator[str]:
    for text in texts(value):
        yield from url_passwords(text)


def _find_in_proxy(value: Any) -> Iterator[str]:
    for text in texts(value):
        yield from proxy_passwords(text)


def _hide_proxy(value: Any) -> Any:
    return _hide_url(value, _PROXY_PASSWORD)


def _hide_url(value: Any, password: re.Pattern[str] = _PASSWORD) -> Any:
    if not isinstance(value, str):
        return hide_all(value)
    match = password.match(value)
    return shapes.redact(value[: match.start(1)] + shapes.MASK + value[match.end(1) :] if match else value)


def _check_server(errors: Errors, value: Any) -> None:
    if any(_USER.match(text) or any(url_passwords(text)) for text in texts(value)):
        errors.add(
            "contains a user name, a password or a token, which is never sent; remove it from the URL, and use the "
            "options for credentials"
        )


#: A proxy, the only URL whose user name and password are sent.
PROXY = SecretKind(_find_in_proxy, _hide_proxy)
#: The URL of a server.
SERVER_URL = SecretKind(_find_in_url, _hide_url, _check_server)

# --- Paths

#: A path is shorter, has no line break, and is distinct from base64 by its first character.
_MAX_PATH = 1024
_BASE64 = re.compile(r"[^/~.][A-Za-z0-9+/=_\s-]{100,}")


def is_content(text: str) -> bool:
    """Return whether a text is the content of a file and not a path: PEM, base64, or anything in several lines."""
    text = text.strip()
    return (
        "\n" in text
        or len(text) > _MAX_PATH
        or bool(_BASE64.fullmatch(text))
        or any("-----BEGIN" in form for form in (text, shapes.decoded(text)))
    )


def _find_in_path(value: Any) -> Iterator[str]:
    for text in texts(value):
        if not isinstance(value, str) or is_content(text):
            yield text
            yield shapes.decoded(text)
        else:
            yield from shapes.found(text)


def _hide_path(value: Any) -> Any:
    return shapes.redact(value) if isinstance(value, str) and not is_content(value) else hide_all(value)


def _check_path(errors: Errors, value: Any) -> None:
    if isinstance(value, str) and is_content(value):
        errors.add("contains the content of a file instead of its path; store it in a file and set the path")


#: An option of type path.
PATH = SecretKind(_find_in_path, _hide_path, _check_path)
