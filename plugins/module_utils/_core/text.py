# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phrases for messages, and what shares one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

#: The number of characters of a message of others that is shown.
SHOWN_CHARACTERS = 2000

#: The number of hosts that a message lists by name.
NAMED_HOSTS = 3


def few(hosts: Sequence[str]) -> str:
    """Return the names of hosts, or of the first few with the number of the others."""
    rest = len(hosts) - NAMED_HOSTS
    return ", ".join(hosts[:NAMED_HOSTS]) + (f" and {rest} more" if rest > 0 else "")


def grouped(values: Iterable[tuple[T, K]]) -> dict[K, list[T]]:
    """Return value -> what has it, such as hosts, in their order. ``values``: what has a value, and the value."""
    groups: dict[K, list[T]] = {}
    for item, value in values:
        groups.setdefault(value, []).append(item)
    return groups


def shortened(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Return a text, or its beginning with the number of characters that are left out."""
    rest = len(text) - limit
    return text if rest <= 0 else f"{text[:limit]}... ({rest} more characters)"
