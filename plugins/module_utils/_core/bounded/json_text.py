# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON of DingTalk, clusters and files, read within bounds."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ..errors import OperationError
from .limits import MAX_DEPTH, MAX_SIZE, violation

TOO_DEEP = f"values nested more than {MAX_DEPTH} levels deep"


class NotJson(OperationError):
    """Invalid JSON, or JSON out of bounds. The message contains the cause, but no part of the text."""


def load(text: str | bytes, is_text_checked: bool = True) -> Any:
    """Return the value of a JSON text, as UTF-8 if it is bytes; raises :class:`NotJson`.

    Duplicate keys, numbers that are not finite and values out of bounds are refused; so is text with lone surrogates,
    unless ``is_text_checked`` is False.
    """
    if len(text) > MAX_SIZE:
        raise NotJson(f"larger than {MAX_SIZE} bytes")
    try:
        if isinstance(text, bytes):
            text = text.decode()
        value = json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    except RecursionError:
        raise NotJson(TOO_DEEP) from None
    except UnicodeDecodeError:
        raise NotJson("not UTF-8") from None
    except ValueError as error:  # of the parser, or of a number with thousands of digits
        line = f" in line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise NotJson(f"not valid JSON{line}") from None
    if reason := violation(value, is_text_checked):
        raise NotJson(reason)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise NotJson("a map with a duplicate key")
    return value


def _refuse(_constant: str) -> NoReturn:
    raise NotJson("a number that is not finite")
