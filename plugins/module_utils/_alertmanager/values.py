# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How single values of Alertmanager's configuration are written: durations, matchers, label names, URLs.

Rules as in prometheus/alertmanager (pkg/labels, matcher/parse) and prometheus/common (model), each of which takes its
own subset in each version. A rule takes the place, the value and the version, and returns what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from . import go_regexp
from .matchers import Matcher, parse_classic, parse_utf8

#: Major and minor number of Alertmanager, such as ``(0, 23)``.
Version = tuple[int, int]
Rule = Callable[[str, Any, Version], list[str]]

MATCHERS, SECRET_WEBHOOKS, UTF8 = (0, 22), (0, 26), (0, 27)
NEWEST = UTF8
ALL = (0, 0)
#: 2^63 nanoseconds, some 292 years.
LONGEST_SECONDS = 2**63 / 10**9

_UNITS = ("y", "w", "d", "h", "m", "s", "ms")
_DURATION = re.compile("".join(f"(?:([0-9]+){unit})?" for unit in _UNITS))
_SECONDS = (31536000.0, 604800.0, 86400.0, 3600.0, 60.0, 1.0, 0.001)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
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
    """Return the length of a Prometheus duration (``1h30m``), None for what Alertmanager does not parse."""
    text = str(duration) if isinstance(duration, str | int) and not isinstance(duration, bool) else ""
    if text == "0":
        return 0.0
    match = _DURATION.fullmatch(text)
    if not text or not match:
        return None
    return sum(int(amount) * unit for amount, unit in zip(match.groups(), _SECONDS, strict=True) if amount)


def check_duration(place: str, value: Any, zero: bool = True, version: Version = NEWEST) -> list[str]:
    """Return what is wrong with a duration, as a list of none or one problem. Before 0.22 it has one unit."""
    length = seconds(value)
    single = version >= MATCHERS or len(re.findall("[a-z]+", str(value))) <= 1
    if length is None or not single:
        example = "30s, 5m, 1h30m or 1d" if version >= MATCHERS else "30s, 5m, 90m or 1d"
        return [f"{place}: {value!r} is no duration of Alertmanager's; write it as {example}"]
    if length >= LONGEST_SECONDS and version >= MATCHERS:
        return [f"{place}: {value!r} is too long; Alertmanager counts up to 292 years"]
    if length == 0 and not zero:
        return [f"{place}: must be longer than zero"]
    return []


def duration(place: str, value: Any, version: Version) -> list[str]:
    """A duration, which may be zero."""
    return check_duration(place, value, version=version)


def positive_duration(place: str, value: Any, version: Version) -> list[str]:
    """A duration that may not be zero."""
    return check_duration(place, value, zero=False, version=version)


def text(place: str, value: Any, version: Version) -> list[str]:
    """Any scalar: the loader takes ``5`` and ``true`` for the text that they are written as."""
    return [f"{place}: expected a text"] if isinstance(value, Mapping | list) else []


def flag(place: str, value: Any, version: Version) -> list[str]:
    """True or false, unquoted."""
    return [] if isinstance(value, bool) else [f"{place}: expected true or false"]


def count(place: str, value: Any, version: Version) -> list[str]:
    """A number of things."""
    good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return [] if good else [f"{place}: expected a whole number, zero or more"]


def url(place: str, value: Any, version: Version) -> list[str]:
    """An address of HTTP; it may be secret, and is not repeated."""
    good = isinstance(value, str) and _URL.fullmatch(value)
    return [] if good else [f"{place}: expected an address with http:// or https:// and a host"]


def secret_url(place: str, value: Any, version: Version) -> list[str]:
    """An address, or the word that Alertmanager shows in its place."""
    return [] if value == "<secret>" else url(place, value, version)


def webhook_url(place: str, value: Any, version: Version) -> list[str]:
    """A webhook's address, which is taken for a secret from 0.26 on."""
    return secret_url(place, value, version) if version >= SECRET_WEBHOOKS else url(place, value, version)


def host_and_port(place: str, value: Any, version: Version) -> list[str]:
    """A mail server, as ``smtp.example.com:587``."""
    good = value == "" or (isinstance(value, str) and _HOST_AND_PORT.fullmatch(value))
    return [] if good else [f"{place}: expected HOST:PORT"]


def mapping(place: str, value: Any, version: Version) -> list[str]:
    """What is in it is not looked at."""
    return [] if isinstance(value, Mapping) else [f"{place}: expected a mapping"]


def each(rule: Rule, empty: Version | None = None) -> Rule:
    """A list whose items follow a rule; ``empty`` is the version from which on an item may be null."""

    def check(place: str, value: Any, version: Version) -> list[str]:
        if not isinstance(value, list):
            return [f"{place}: expected a list"]
        errors = []
        for index, item in enumerate(value):
            where = f"{place}[{index}]"
            if item is not None:
                errors += rule(where, item, version)
            elif empty is None or version < empty:
                errors.append(f"{where} is empty")
        return errors

    return check


def labels(place: str, value: Any, version: Version) -> list[str]:
    """Label names with the value that each must have."""
    return _by_label(place, value, lambda where, item: [] if item is None else text(where, item, version))


def patterns(place: str, value: Any, version: Version) -> list[str]:
    """Label names with the regular expression that the value of each must match."""
    return _by_label(place, value, _pattern)


def label_name(place: str, value: Any, version: Version) -> list[str]:
    """A label's name, in letters, digits and underscores."""
    good = not isinstance(value, Mapping | list) and _LABEL.fullmatch(str(value))
    return [] if good else [f"{place}: {value!r} is no label name"]


def group_by(place: str, value: Any, version: Version) -> list[str]:
    """The labels to group by, or ``...`` for all. From 0.27 on, a label's name may hold any character."""
    if not isinstance(value, list) or any(isinstance(item, Mapping | list) for item in value):
        return [f"{place}: expected a list of label names"]
    named = ["" if item is None else str(item) for item in value if item != "..."]
    good = bool if version >= UTF8 else _LABEL.fullmatch
    errors = [f"{place}: {item!r} is no label name" for item in named if not good(item)]
    errors += [f"{place}: {item!r} is there twice" for item in dict.fromkeys(named) if named.count(item) > 1]
    if "..." in value and named:
        errors.append(f"{place}: '...' stands for all labels and must be alone")
    return errors


def matcher(place: str, value: Any, version: Version) -> list[str]:
    """One or more matchers in a line, in braces or not: ``severity = "critical", alerttype =~ ".*"``."""
    if isinstance(value, Mapping | list):
        return [f"{place}: expected a text"]
    # 0.23 ends with a panic where there is no value at all.
    errors = _check_matchers(place, parse_classic(str(value), empty=version >= UTF8))
    newer = version >= UTF8 and not _check_matchers(place, parse_utf8(str(value)))
    return [] if newer else errors


def _by_label(place: str, value: Any, rule: Callable[[str, Any], list[str]]) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{place}: expected a mapping of label names"]
    errors = []
    for name, item in value.items():
        errors += label_name(place, name, NEWEST) + rule(f"{place}.{name}", item)
    return errors


def _pattern(place: str, value: Any) -> list[str]:
    if value is None or isinstance(value, Mapping | list):
        return [f"{place}: expected a regular expression"]
    fault = go_regexp.fault(str(value))
    return [f"{place} is no regular expression: {fault}"] if fault else []


def _check_matchers(place: str, matchers: list[Matcher] | None) -> list[str]:
    if matchers is None:
        return [f'{place} is no matcher; write it as label = "value", with =, !=, =~ or !~']
    return [fault for one in matchers if one.operator in ("=~", "!~") for fault in _pattern(place, one.value)]
