# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that every layer raises for an expected failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._findings.finding import cited


class OperationError(Exception):
    """An expected failure, with its place, its cause and a hint.

    ``place``: an option or a part of it, which the message begins with; empty if the message names it itself, None if
    only a caller knows it, see :func:`placed`. ``finding``: the ID of the catalogue's row. ``facts`` are added to the
    failed task's result, beside ``msg``. The message does not cite the finding, as others may continue it. It must not
    contain secrets; the boundary masks it nevertheless.
    """

    def __init__(self, message: str, *, place: str | None = None, finding: str = "", **facts: Any) -> None:
        super().__init__(message)
        self._cause = message
        self.place = place
        self.finding = finding
        self.facts = facts

    def __str__(self) -> str:
        return self.message

    @property
    def message(self) -> str:
        """The place, the cause and a hint."""
        return f"{self.place}: {self._cause}" if self.place else self._cause

    @property
    def cited_message(self) -> str:
        """The message with the ID of its finding."""
        return cited(self.message, self.finding)

    def as_result(self) -> dict[str, Any]:
        """Return the failed task's result, not masked."""
        finding = {"finding": self.finding} if self.finding else {}
        return {"failed": True, "msg": self.cited_message, **finding, **self.facts}


#: The finding of invalid input.
INVALID = "KD101"


class InputError(OperationError):
    """Invalid input; nothing was changed."""

    def __init__(self, errors: list[str], finding: str = INVALID) -> None:
        self.errors = errors
        listed = "\n".join(f"- {error}" for error in errors)
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        super().__init__(f"{count} in the input, nothing was changed:\n{listed}", finding=finding, errors=errors)


def raise_for_errors(errors: list[str]) -> None:
    """Raise :class:`InputError` with the distinct errors in their order, if there are any."""
    if errors:
        raise InputError(list(dict.fromkeys(errors)))


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Name the place of the errors in a part of an operation that does not know it."""
    try:
        yield
    except OperationError as error:
        error.place = place if error.place is None else error.place
        raise


@contextmanager
def collecting(errors: list[str]) -> Iterator[None]:
    """Append the errors of a check that fails to ``errors``, so that others follow it."""
    try:
        yield
    except InputError as error:
        errors += error.errors
    except OperationError as error:
        errors.append(error.message)
