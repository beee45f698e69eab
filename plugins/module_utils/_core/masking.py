# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must never be shown, and its removal from whatever leaves a task."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from ansible.module_utils.common.parameters import remove_values

# Shorter values found in an object ("true", "5m") would punch holes into harmless text. Options declared with no_log
# are masked at any length.
SHORTEST_FOUND_SECRET = 6

HIDDEN = "<hidden>"
HIDDEN_CHANGED = "<hidden, changed>"


class Secrets:
    """Collects the secret values of one task and removes them, in any encoding that requests and objects give them."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self.add(*values)

    def add(self, *values: str | None) -> None:
        """Remember values, whatever their length."""
        for value in values:
            if value:
                # A line break around a value is not repeated as one, but the value may be.
                self._values.update(*(_encodings(text) for text in {value, value.strip()} - {""}))

    def add_found(self, *values: str | None) -> None:
        """Remember values met in an object, except those too short to tell from ordinary text."""
        self.add(*(value for value in values if value and len(value) >= SHORTEST_FOUND_SECRET))

    def mask(self, value: Any) -> Any:
        """Return ``value`` (any nesting of containers) without the secrets."""
        return remove_values(value, self._values)

    def mask_text(self, text: str) -> str:
        """Return ``text`` without the secrets."""
        return str(self.mask(text))


def _encodings(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogateescape")
    return {value, quote(value, safe=""), base64.b64encode(raw).decode("ascii")}
