# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of single values of Alertmanager's configuration: durations, matchers, label names, URLs.

The rules are those of prometheus/alertmanager (pkg/labels, matcher/parse) and prometheus/common (model), which differ
between versions.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .._core.errors import Errors
from . import go_regexp
from .matchers import Matcher, parse_classic, parse_utf8

#: Major and minor version of Alertmanager, such as ``(0, 23)``.
Version = tuple[int, int]
#: A check of a value for a version. The errors are those of the value, none before the check.
Rule = Callable[[Errors, Any, Version], None]

MATCHERS, SECRET_WEBHOOKS, UTF8 = (0, 22), (0, 26), (0, 27)
NEWEST = UTF8
ALL = (0, 0)
#: 2^63 nanoseconds, about 292 years.
MAX_SECONDS = 2**63 / 10**9

_UNITS = ("y", "w", "d", "h", "m", "s", "ms")
_DURATION = re.compile("".join(f"(?:([0-9]+){unit})?" for unit in _UNITS))
_SECONDS = (31536000.0, 604800.0, 86400.0, 3600.0, 60.0, 1.0, 0.001)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_LABELS = "use letters, digits and '_', with no digit at the start"
#: What Go's net/url parses and Alertmanager accepts; `ip` is not checked further.
_URL = re.compile(
    r"""https?://
    (?:(?:[a-zA-Z0-9_.~!$&'()*+,;=:@-] | %[0-9a-f]{2})*@)?
    (?=[^/?#]) (?:
        \[(?P<ip>[0-9a-f:.]+) (?:%25(?:[^\x00-\x20\x7f/?#@%\\^`{|}\[]
            | %(?:2[0-24-9a-e]|3[0-9a-e]|4[1-9a-f]|5[0-9abdf]|6[1-9a-f]|7[0-9ae]))+)?\]
        | (?:[^\x00-\x20\x7f/?#@:%\\^`{|}\[] | %25 | %[89a-f][0-9a-f])*
    ) (?::[0-9]*)?
    (?:/(?:[^\x00-\x1f\x7f%?#] | %[0-9a-f]{2})*)? (?:\?[^\x00-\x1f\x7f#]*)?
    (?:\#(?:[^%] | %[0-9a-f]{2})*)?
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL | re.ASCII,
)
_HOST_AND_PORT = re.compile(r"(?:\[[^\[\]]*\]|[^:\[\]]*):[^:\[\]]+")


def seconds(duration: Any) -> float | None:
    """Return the seconds of a Prometheus duration (``1h30m``), None if Alertmanager cannot parse it."""
    text = str(duration) if isinstance(duration, str | int) and not isinstance(duration, bool) else ""
    if text == "0":
        return 0.0
    match = _DURATION.fullmatch(text)
    if not text or not match:
        return None
    # float() takes any number of digits.
    amounts = zip(match.groups(), _SECONDS, strict=True)
    return min(sum(float(amount) * unit for amount, unit in amounts if amount), MAX_SECONDS)


def check_duration(errors: Errors, value: Any, zero: bool = True, version: Version = NEWEST) -> None:
    """Check a duration. Before 0.22, a duration has a single unit."""
    length = seconds(value)
    single = version >= MATCHERS or len(re.findall("[a-z]+", str(value))) <= 1
    if length is None or not single:
        example = "30s, 5m, 1h30m or 1d" if version >= MATCHERS else "30s, 5m, 90m or 1d"
        errors.add(f"invalid duration {value!r}; use a value such as {example}")
    elif length >= MAX_SECONDS and version >= MATCHERS:
        errors.add(f"duration {value!r} is too long; use less than 292 years")
    elif length == 0 and not zero:
        errors.add("must be greater than zero; use a value such as 5m")


def duration(errors: Errors, value: Any, version: Version) -> None:
    """Check a duration, which may be zero."""
    check_duration(errors, value, version=version)


def positive_duration(errors: Errors, value: Any, version: Version) -> None:
    """Check a duration greater than zero."""
    check_duration(errors, value, zero=False, version=version)


def expects(expected: str, is_valid: Callable[[Any], object]) -> Rule:
    """Return the rule for a value; its error says what is expected, and does not contain the value."""

    def check(errors: Errors, value: Any, version: Version) -> None:
        if not is_valid(value):
            errors.add(f"expected {expected}")

    return check


def is_number(value: Any) -> bool:
    """Return whether the loader takes a value for a number, of which it cuts off decimals."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_scalar(value: Any) -> bool:
    """Return whether a value is neither a map nor a list."""
    return not isinstance(value, Mapping | list)


#: A string, or any scalar, which the loader converts to its literal text (``5``, ``true``).
text = expects("a string", is_scalar)
flag = expects("true or false", lambda value: isinstance(value, bool))
count = expects("an integer between 0 and 2^64", lambda value: is_number(value) and 0 <= value <= 2**64)
mapping = expects("a map", lambda value: isinstance(value, Mapping))
#: A mail server, such as ``smtp.example.com:587``.
host_and_port = expects(
    "HOST:PORT", lambda value: value == "" or (isinstance(value, str) and _HOST_AND_PORT.fullmatch(value))
)


def url(errors: Errors, value: Any, version: Version) -> None:
    """Check an HTTP URL, which may be secret; errors do not contain it."""
    match = _URL.fullmatch(value) if isinstance(value, str) else None
    if not match or not (match["ip"] is None or _is_ip6(match["ip"])):
        errors.add("expected an http:// or https:// URL with a host")


def _is_ip6(address: str) -> bool:
    try:
        return bool(ipaddress.IPv6Address(address))
    except ValueError:
        return False


def secret_url(errors: Errors, value: Any, version: Version) -> None:
    """Check an HTTP URL, or Alertmanager's placeholder for a secret."""
    if value != "<secret>":
        url(errors, value, version)


def webhook_url(errors: Errors, value: Any, version: Version) -> None:
    """Check a webhook's URL, which is a secret from 0.26 on."""
    (secret_url if version >= SECRET_WEBHOOKS else url)(errors, value, version)


def each(rule: Rule, empty: Version | None = None) -> Rule:
    """Return the rule for a list; ``empty`` is the first version that accepts null as an item."""

    def check(errors: Errors, value: Any, version: Version) -> None:
        if not isinstance(value, list):
            errors.add("expected a list")
            return
        for at, item in errors.each(value):
            if item is not None:
                rule(at, item, version)
            elif empty is None or version < empty:
                at.add("must not be empty; set or remove it")

    return check


def labels(errors: Errors, value: Any, version: Version) -> None:
    """Check a map of label names and values."""
    for at, item in _by_label(errors, value):
        if item is not None:
            text(at, item, version)


def patterns(errors: Errors, value: Any, version: Version) -> None:
    """Check a map of label names and regular expressions."""
    for at, item in _by_label(errors, value):
        _pattern(at, item)


def label_name(errors: Errors, value: Any, version: Version) -> None:
    """Check a label name of letters, digits and underscores."""
    if not is_scalar(value) or not _LABEL.fullmatch(str(value)):
        errors.add(f"invalid label name {value!r}; {_LABELS}")


def group_by(errors: Errors, value: Any, version: Version) -> None:
    """Check the labels to group by, or ``...`` for all. From 0.27 on, a label name may contain any character."""
    if not isinstance(value, list) or any(isinstance(item, Mapping | list) for item in value):
        errors.add("expected a list of label names")
        return
    named = ["" if item is None else str(item) for item in value if item != "..."]
    is_valid = bool if version >= UTF8 else _LABEL.fullmatch
    for item in named:
        if not is_valid(item):
            errors.add(f"invalid label name {item!r}; {_LABELS}")
    for item in named:
        if named.count(item) > 1:
            errors.add(f"duplicate label {item!r}; remove one of them")
    if "..." in value and named:
        errors.add("'...' means all labels and must be the only item")


def matcher(errors: Errors, value: Any, version: Version) -> None:
    """Check one or more matchers in a string, optionally in braces: ``severity = "critical", alerttype =~ ".*"``."""
    if not is_scalar(value):
        errors.add("expected a string")
        return
    in_utf8 = Errors()
    _check_matchers(in_utf8, parse_utf8(str(value)))
    if version < UTF8 or in_utf8:
        # 0.23 panics if the value is missing.
        _check_matchers(errors, parse_classic(str(value), empty=version >= UTF8))


def _by_label(errors: Errors, value: Any) -> Iterator[tuple[Errors, Any]]:
    """Yield the values of a map, after a check of its label names."""
    if not isinstance(value, Mapping):
        errors.add("expected a map of label names")
        return
    for name, item in value.items():
        label_name(errors, name, NEWEST)
        yield errors.at(name), item


def _pattern(errors: Errors, value: Any) -> None:
    if value is None or not is_scalar(value):
        errors.add("expected a regular expression")
    elif cause := go_regexp.fault(str(value)):
        errors.add(f"invalid regular expression ({cause}); correct it, in the syntax of Go")


def _check_matchers(errors: Errors, matchers: list[Matcher] | None) -> None:
    if matchers is None:
        errors.add('invalid matcher; use label = "value", with =, !=, =~ or !~')
    for one in matchers or ():
        if one.operator in ("=~", "!~"):
            _pattern(errors, one.value)
