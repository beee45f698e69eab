# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that YAML has changed, such as IDs and names without quotes.

In YAML 1.1, 0123 is an octal number, +852 a number without its plus, 12:30 a number of base 60, and ``on`` a boolean.
Converted back to a text, each is another ID or name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from .errors import Errors

#: Mobile numbers of mainland China: eleven digits of which YAML has changed none.
_MOBILE_OPTIONS, _MOBILE_NUMBERS = ("mobile", "at_mobiles"), range(13_000_000_000, 20_000_000_000)


def check_verbatim(errors: Errors, paths: frozenset[str], values: Any, path: str = "") -> None:
    """Check that each value, or key, at one of the paths is a text; no error contains the value.

    A path is that of an option, such as ``owner.userid``, with ``*`` for any key of a map whose keys are texts as well.
    All items of a list have the path of the list.
    """
    if not any(each == path or not path or each.startswith(f"{path}.") for each in paths):
        return
    if isinstance(values, Mapping):
        _check_map(errors, paths, values, path)
    elif isinstance(values, list | tuple):
        for at, item in errors.each(values):
            if item is None and path in paths:
                at.add(changed(item))
            else:
                check_verbatim(at, paths, item, path)
    elif path in paths and isinstance(values, bool | int | float | date) and not _is_mobile(path, values):
        errors.add(changed(values))


def check_timestamps(errors: Errors, values: Any) -> None:
    """Check that YAML took no value and no key for a time, of which it has changed the text.

    No option has a time for a value. A date alone has the same text as before.
    """
    left = deque([(errors, values)])  # no recursion: values may be nested too deeply
    while left:
        here, value = left.popleft()
        if isinstance(value, datetime):
            here.add(changed(value))
        elif isinstance(value, list | tuple):
            left += here.each(value)
        elif isinstance(value, Mapping):
            for key in value:
                if isinstance(key, datetime):
                    here.at(key).add(f"the key is {changed(key)}")
            left += ((here.at(key), item) for key, item in value.items())


def changed(value: Any) -> str:
    """Return cause and remedy for a value of another type than a text."""
    return f"{_kind(value)} instead of a text; put it in quotes, as YAML has changed it"


def _check_map(errors: Errors, paths: frozenset[str], values: Mapping[Any, Any], path: str) -> None:
    parent = f"{path}." if path else ""
    has_any_keys = f"{parent}*" in paths
    for key, value in values.items():
        if has_any_keys and not isinstance(key, str):
            errors.at(key).add(f"the key is {changed(key)}")
        else:
            check_verbatim(errors.at(key), paths, value, f"{parent}{'*' if has_any_keys else key}")


def _is_mobile(path: str, value: Any) -> bool:
    # A range compares a float with each of its numbers.
    return path.rpartition(".")[2] in _MOBILE_OPTIONS and isinstance(value, int) and value in _MOBILE_NUMBERS


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    return "a date" if isinstance(value, date) else "a number"
