# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of single values of Alertmanager's configuration: durations, matchers, label names, URLs.

The rules are those of prometheus/alertmanager (pkg/labels, matcher/parse) and prometheus/common (model), which differ
between versions. A rule gets the place, the value and the version, and returns the errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from . import go_regexp
from .matchers import Matcher, parse_classic, parse_utf8

#: Major and minor version of Alertmanager, such as ``(0, 23)``.
Version = tuple[int, int]
Rule = Callable[[str, Any, Version], list[str]]

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
_URL = re.compile(
    r"""https?://
    (?:(?:[a-zA-Z0-9_.~!$&'()*+,;=:@-] | %[0-9a-fA-F]{2})*@)?
    (?=[^/?#]) (?:\[[0-9a-fA-F:.]+\] | (?:[^\s\x00-\x20\x7f/?#@:%\\^`{|}\[] | %[89a-fA-F][0-9a-fA-F])*) (?::[0-9]*)?
    (?:/(?:[^\x00-\x1f\x7f%?#] | %[0-9a-fA-F]{2})*)? (?:\?[^\x00-\x1f\x7f#]*)?
    (?:\#(?:[^\x00-\x1f\x7f%] | %[0-9a-fA-F]{2})*)?
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
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
    return sum(int(amount) * unit for amount, unit in zip(match.groups(), _SECONDS, strict=True) if amount)


def check_duration(place: str, value: Any, zero: bool = True, version: Version = NEWEST) -> list[str]:
    """Return at most one error of a duration. Before 0.22, a duration has a single unit."""
    length = seconds(value)
    single = version >= MATCHERS or len(re.findall("[a-z]+", str(value))) <= 1
    if length is None or not single:
        example = "30s, 5m, 1h30m or 1d" if version >= MATCHERS else "30s, 5m, 90m or 1d"
        return [f"{place}: invalid duration {value!r}; use a value such as {example}"]
    if length >= MAX_SECONDS and version >= MATCHERS:
        return [f"{place}: duration {value!r} is too long; use less than 292 years"]
    if length == 0 and not zero:
        return [f"{place}: must be greater than zero; use a value such as 5m"]
    return []


def duration(place: str, value: Any, version: Version) -> list[str]:
    """Check a duration, which may be zero."""
    return check_duration(place, value, version=version)


def positive_duration(place: str, value: Any, version: Version) -> list[str]:
    """Check a duration greater than zero."""
    return check_duration(place, value, zero=False, version=version)


def text(place: str, value: Any, version: Version) -> list[str]:
    """Check a string, or any scalar, which the loader converts to its literal text (``5``, ``true``)."""
    return [f"{place}: expected a string"] if isinstance(value, Mapping | list) else []


def flag(place: str, value: Any, version: Version) -> list[str]:
    """Check an unquoted boolean."""
    return [] if isinstance(value, bool) else [f"{place}: expected true or false"]


def count(place: str, value: Any, version: Version) -> list[str]:
    """Check a number of items."""
    # The loader cuts off decimals.
    is_valid = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 2**64
    return [] if is_valid else [f"{place}: expected an integer between 0 and 2^64"]


def url(place: str, value: Any, version: Version) -> list[str]:
    """Check an HTTP URL, which may be secret; errors do not contain it."""
    is_valid = isinstance(value, str) and _URL.fullmatch(value)
    return [] if is_valid else [f"{place}: expected an http:// or https:// URL with a host"]


def secret_url(place: str, value: Any, version: Version) -> list[str]:
    """Check an HTTP URL, or Alertmanager's placeholder for a secret."""
    return [] if value == "<secret>" else url(place, value, version)


def webhook_url(place: str, value: Any, version: Version) -> list[str]:
    """Check a webhook's URL, which is a secret from 0.26 on."""
    return secret_url(place, value, version) if version >= SECRET_WEBHOOKS else url(place, value, version)


def host_and_port(place: str, value: Any, version: Version) -> list[str]:
    """Check a mail server, such as ``smtp.example.com:587``."""
    is_valid = value == "" or (isinstance(value, str) and _HOST_AND_PORT.fullmatch(value))
    return [] if is_valid else [f"{place}: expected HOST:PORT"]


def mapping(place: str, value: Any, version: Version) -> list[str]:
    """Check that the value is a map, but not its content."""
    return [] if isinstance(value, Mapping) else [f"{place}: expected a map"]


def each(rule: Rule, empty: Version | None = None) -> Rule:
    """Return the rule for a list; ``empty`` is the first version that accepts null as an item."""

    def check(place: str, value: Any, version: Version) -> list[str]:
        if not isinstance(value, list):
            return [f"{place}: expected a list"]
        errors = []
        for index, item in enumerate(value):
            where = f"{place}[{index}]"
            if item is not None:
                errors += rule(where, item, version)
            elif empty is None or version < empty:
                errors.append(f"{where}: must not be empty; set or remove it")
        return errors

    return check


def labels(place: str, value: Any, version: Version) -> list[str]:
    """Check a map of label names and values."""
    return _by_label(place, value, lambda where, item: [] if item is None else text(where, item, version))


def patterns(place: str, value: Any, version: Version) -> list[str]:
    """Check a map of label names and regular expressions."""
    return _by_label(place, value, _pattern)


def label_name(place: str, value: Any, version: Version) -> list[str]:
    """Check a label name of letters, digits and underscores."""
    is_valid = not isinstance(value, Mapping | list) and _LABEL.fullmatch(str(value))
    return [] if is_valid else [f"{place}: invalid label name {value!r}; {_LABELS}"]


def group_by(place: str, value: Any, version: Version) -> list[str]:
    """Check the labels to group by, or ``...`` for all. From 0.27 on, a label name may contain any character."""
    if not isinstance(value, list) or any(isinstance(item, Mapping | list) for item in value):
        return [f"{place}: expected a list of label names"]
    named = ["" if item is None else str(item) for item in value if item != "..."]
    is_valid = bool if version >= UTF8 else _LABEL.fullmatch
    errors = [f"{place}: invalid label name {item!r}; {_LABELS}" for item in named if not is_valid(item)]
    errors += [
        f"{place}: duplicate label {item!r}; remove one of them"
        for item in dict.fromkeys(named)
        if named.count(item) > 1
    ]
    if "..." in value and named:
        errors.append(f"{place}: '...' means all labels and must be the only item")
    return errors


def matcher(place: str, value: Any, version: Version) -> list[str]:
    """Check one or more matchers in a string, optionally in braces: ``severity = "critical", alerttype =~ ".*"``."""
    if isinstance(value, Mapping | list):
        return [f"{place}: expected a string"]
    # 0.23 panics if the value is missing.
    errors = _check_matchers(place, parse_classic(str(value), empty=version >= UTF8))
    is_utf8 = version >= UTF8 and not _check_matchers(place, parse_utf8(str(value)))
    return [] if is_utf8 else errors


def _by_label(place: str, value: Any, rule: Callable[[str, Any], list[str]]) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{place}: expected a map of label names"]
    errors = []
    for name, item in value.items():
        errors += label_name(place, name, NEWEST) + rule(f"{place}.{name}", item)
    return errors


def _pattern(place: str, value: Any) -> list[str]:
    if value is None or isinstance(value, Mapping | list):
        return [f"{place}: expected a regular expression"]
    cause = go_regexp.fault(str(value))
    return [f"{place}: invalid regular expression ({cause}); correct it, in the syntax of Go"] if cause else []


def _check_matchers(place: str, matchers: list[Matcher] | None) -> list[str]:
    if matchers is None:
        return [f'{place}: invalid matcher; use label = "value", with =, !=, =~ or !~']
    return [error for one in matchers if one.operator in ("=~", "!~") for error in _pattern(place, one.value)]
