# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets of a task, and their removal from its output."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from ansible.module_utils.common.parameters import remove_values

# Masking shorter values found in an object ("true", "5m") would garble harmless text. Options declared with no_log are
# masked at any length.
MIN_FOUND_SECRET_LENGTH = 6

HIDDEN = "<hidden>"
HIDDEN_CHANGED = "<hidden, changed>"


class Secrets:
    """Collects the secret values of one task and masks them, in every encoding used in requests and objects."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self.add(*values)

    def add(self, *values: str | None) -> None:
        """Add values of any length."""
        for value in values:
            if value:
                # Output may contain the value without its surrounding white space.
                self._values.update(*(_encodings(text) for text in {value, value.strip()} - {""}))

    def add_found(self, *values: str | None) -> None:
        """Add values found in an object, except those too short to be distinguished from ordinary text."""
        self.add(*(value for value in values if value and len(value) >= MIN_FOUND_SECRET_LENGTH))

    def mask(self, value: Any) -> Any:
        """Return ``value``, which may be nested, without the secrets."""
        return remove_values(value, self._values)

    def mask_text(self, text: str) -> str:
        """Return ``text`` without the secrets."""
        return str(self.mask(text))


def _encodings(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogateescape")
    return {value, quote(value, safe=""), base64.b64encode(raw).decode("ascii")}
