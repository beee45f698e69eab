# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that every layer raises for an expected failure."""

from __future__ import annotations

from typing import Any


class OperationError(Exception):
    """An expected failure: says what is wrong, where, and the way out.

    ``facts`` become keys of the failed task's result, beside ``msg``. The text must hold no secret; the boundary masks
    it all the same.
    """

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class InputError(OperationError):
    """Wishes that cannot be fulfilled as they are written; nothing was changed."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        listed = "\n".join(f"- {error}" for error in errors)
        count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
        super().__init__(f"{count} in the input, nothing was changed:\n{listed}", errors=errors)


def raise_for_errors(errors: list[str]) -> None:
    """Raise one :class:`InputError` that lists every problem once, in order, if there is any."""
    if errors:
        raise InputError(list(dict.fromkeys(errors)))
