# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that every layer raises for an expected failure, and the errors of an input with their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from .._findings.finding import cited

Item = TypeVar("Item")


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

    def __init__(self, errors: Iterable[str], finding: str = INVALID) -> None:
        self.errors = list(errors)
        listed = "\n".join(f"- {error}" for error in self.errors)
        count = "1 error" if len(self.errors) == 1 else f"{len(self.errors)} errors"
        super().__init__(f"{count} in the input, nothing was changed:\n{listed}", finding=finding, errors=self.errors)


class Errors:
    """The errors of an input, in their order and each once, as seen from one place in it; true if there are any.

    A check gets the errors at the place that it checks, adds its own, and returns nothing or what it read::

        check_name(errors.at("dingtalk_chats", "ops", "name"), name)

    What is added at a place is among the errors of the places above it as well. ``place`` is the place as users write
    it, such as ``dingtalk_chats.ops.members[0]``; empty for the input as a whole.
    """

    def __init__(self, place: str = "", above: Errors | None = None) -> None:
        self.place = place
        self._above = above
        self._texts: dict[str, None] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def at(self, *keys: object) -> Errors:
        """Return the errors, none yet, of a check of a place below, by the keys of maps; without any, of this one."""
        place = self.place
        for key in keys:
            name = str(key) or "''"
            place = f"{place}.{name}" if place else name
        return Errors(place, self)

    def each(self, items: Iterable[Item]) -> Iterator[tuple[Errors, Item]]:
        """Yield the items of a list, each with the errors at its place."""
        for index, item in enumerate(items):
            yield Errors(f"{self.place}[{index}]", self), item

    def add(self, error: str) -> None:
        """Add an error of this place: its cause, and a hint."""
        text = f"{self.place}: {error}" if self.place else error
        here: Errors | None = self
        while here is not None:  # no recursion: values may be nested too deeply
            here._texts[text] = None
            here = here._above

    def extend(self, errors: Iterable[str]) -> None:
        """Add errors of this place, or of an input in it that has places of its own."""
        for error in errors:
            self.add(error)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Add the errors of what is raised, so that others follow them."""
        try:
            yield
        except InputError as error:
            self.extend(error.errors)
        except OperationError as error:
            self.add(error.message)

    def raise_if_any(self) -> None:
        """Raise :class:`InputError` if there are any, as at the end of a ``with Errors() as errors:``."""
        if self._texts:
            raise InputError(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_details: object) -> None:
        if kind is None:
            self.raise_if_any()


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Name the place of the errors in a part of an operation that does not know it."""
    try:
        yield
    except OperationError as error:
        error.place = place if error.place is None else error.place
        raise
