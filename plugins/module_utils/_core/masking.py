# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets of a task, and their removal from its output."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from .secrets import options as secret_options
from .secrets import shapes
from .secrets.forms import forms
from .secrets.kinds import NOT_SHOWN
from .specs import ArgumentSpec

HIDDEN = "<hidden>"
HIDDEN_CHANGED = "<hidden, changed>"

# A secret such as "main", "5m" or "alertmanager" is also a word of harmless text. A hole in place of each occurrence
# would garble names and values that plays rely on, and would even reveal the secret to anyone who knows the text. So
# such a secret is hidden at its own place at any length (the option, the field of a manifest, the password of a URL),
# and elsewhere only if it is a whole word of a sentence, as in an error that quotes it.
MIN_WORD_LENGTH = 4
#: A secret of this length, or with other characters than those of a word, cannot be confused with harmless text.
MIN_DISTINCT_LENGTH = 8
MAX_WORD_LENGTH = 16
_WORDS = re.compile(r"[A-Z]?[a-z]+([-_. ][A-Z]?[a-z]+)*")


class Secrets:
    """Collects the secret values of one task and masks them, in every encoding used in requests and objects."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._distinct: set[str] = set()
        self._words: set[str] = set()
        self.add(*values)

    def add(self, *values: str | None) -> None:
        """Add values of any length."""
        for value in values:
            if value and value not in self._values:
                self._values.add(value)
                # Output may contain the value without its surrounding white space.
                for text in dict.fromkeys((value, value.strip())):
                    self._add_forms(text)

    def add_options(self, spec: ArgumentSpec, values: Mapping[Any, Any]) -> None:
        """Add the secrets in options, which need not be valid."""
        self.add(*secret_options.find_secrets(spec, values))

    def mask(self, value: Any) -> Any:
        """Return ``value``, which may be nested, without the secrets and without what has the shape of one."""
        mask = _Mask("\0".join(_all_texts(value)), tuple(self._distinct), tuple(self._words))
        return mask.apply(value)

    def mask_text(self, text: str) -> str:
        """Return ``text`` without the secrets."""
        return str(self.mask(text))

    def _add_forms(self, text: str) -> None:
        if _is_distinct(text):
            self._distinct |= forms(text)
        elif len(text) >= MIN_WORD_LENGTH:
            self._words.add(text)


class _Mask:
    """The secrets that occur in a text; all others are not searched for in its parts."""

    def __init__(self, text: str, distinct: Iterable[str], words: Iterable[str]) -> None:
        # the longest first: one may contain another
        self._distinct = sorted((form for form in distinct if form in text), key=len, reverse=True)
        occurring = sorted((word for word in words if word in text), key=len, reverse=True)
        listed = "|".join(map(re.escape, occurring))
        whole = rf"(?<![A-Za-z0-9_-])(?<!\w\.)(?:{listed})(?![A-Za-z0-9_-])(?!\.\w)"
        self._words = re.compile(whole) if listed else None
        self._is_needed = bool(self._distinct or listed or shapes.may_match(text))

    def apply(self, value: Any) -> Any:
        return self._masked(value) if self._is_needed else value

    def _masked(self, value: Any, has_sentences: bool = True) -> Any:
        if isinstance(value, str):
            return self._text(value, has_sentences)
        if isinstance(value, Mapping):
            return dict(self._entries(value, has_sentences))
        if isinstance(value, list | tuple | set):
            masked = [self._masked(item, has_sentences) for item in value]
            return tuple(masked) if isinstance(value, tuple) else masked
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{name: self._masked(item) for name, item in _attributes(value).items()})
        if isinstance(value, int | float) and not isinstance(value, bool):
            return NOT_SHOWN if str(value) in self._distinct else value
        return value

    def _entries(self, value: Mapping[Any, Any], has_sentences: bool) -> Iterator[tuple[Any, Any]]:
        for key, item in value.items():
            name = self._text(key, False) if isinstance(key, str) else key
            # A diff has fields and names in place of sentences; its secret fields are hidden at their places.
            yield name, self._masked(item, has_sentences and key != "diff")

    def _text(self, text: str, has_sentences: bool) -> str:
        if text in self._distinct:
            return NOT_SHOWN
        for form in self._distinct:
            text = text.replace(form, shapes.MASK)
        if self._words and has_sentences and any(map(str.isspace, text)):
            text = self._words.sub(shapes.MASK, text)
        return shapes.redact(text)


def _is_distinct(value: str) -> bool:
    """Return whether a secret cannot be confused with harmless text."""
    return len(value) >= MAX_WORD_LENGTH or (len(value) >= MIN_DISTINCT_LENGTH and not _WORDS.fullmatch(value))


def _attributes(value: Any) -> dict[str, Any]:
    """Return the attributes of a dataclass, such as ansible-core's for warnings and errors."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _all_texts(value: Any) -> Iterator[str]:
    """Yield all strings, keys and numbers in a value."""
    if is_dataclass(value) and not isinstance(value, type):
        value = _attributes(value)
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _all_texts(item)
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from _all_texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
