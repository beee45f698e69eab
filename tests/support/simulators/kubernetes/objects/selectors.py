# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Label and field selectors in the query of a list."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.support.simulators.kubernetes.statuses import Refusal

Json = dict[str, Any]
Match = Callable[[dict[str, str]], bool]

_KEY = r"[A-Za-z0-9][-A-Za-z0-9_./]*"
_VALUE = r"[-A-Za-z0-9_.]*"
_SPLIT = re.compile(r",(?![^(]*\))")
_EQUALITY = re.compile(rf"^({_KEY})\s*(==|=|!=)\s*({_VALUE})$")
_SET = re.compile(rf"^({_KEY})\s+(in|notin)\s+\(([^()]*)\)$")
_EXISTS = re.compile(rf"^(!?)\s*({_KEY})$")


def labels_match(selector: str) -> Match:
    """Return a predicate of an object's labels. Raises Refusal (400) for an invalid selector."""
    tests = [_requirement(part.strip()) for part in _SPLIT.split(selector) if part.strip()]
    return lambda labels: all(test(labels) for test in tests)


def _requirement(text: str) -> Match:
    if match := _EQUALITY.match(text):
        key, operator, value = match.groups()
        wanted = operator != "!="
        return lambda labels: (labels.get(key) == value) is wanted
    if match := _SET.match(text):
        key, operator = match[1], match[2]
        values = {value.strip() for value in match[3].split(",")}
        return lambda labels: (labels.get(key) in values) is (operator == "in")
    if match := _EXISTS.match(text):
        present, key = not match[1], match[2]
        return lambda labels: (key in labels) is present
    raise Refusal(400, f"unable to parse requirement: {text!r}")


_FIELDS = ("metadata.name", "metadata.namespace")


def fields_match(selector: str, plural: str = "") -> Callable[[Json], bool]:
    """Return a predicate of an object; supports metadata.name and metadata.namespace, and status.phase of pods."""
    known = (*_FIELDS, "status.phase") if plural == "pods" else _FIELDS
    tests = [_field_requirement(part, known) for part in selector.split(",") if part]
    return lambda value: all(test(value) for test in tests)


def _field_requirement(text: str, known: tuple[str, ...]) -> Callable[[Json], bool]:
    match = re.match(r"^([^=!]+)(==|=|!=)(.*)$", text)
    if not match:
        raise Refusal(400, f"invalid selector: {text!r}; can't understand {text!r}")
    field, operator, value = match.groups()
    if field not in known:
        supported = ", ".join(f'"{name}"' for name in known)
        raise Refusal(400, f'"{field}" is not a known field selector: only {supported}')
    (part, key), wanted = field.split("."), operator != "!="
    return lambda item: ((item.get(part) or {}).get(key, "") == value) is wanted
