# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt names, and what they probably mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

#: The similarity of a wrong key to the one it probably means. As the key is refused anyway, it may be low.
_KEY_CUTOFF = 0.6
#: The similarity of a word to the one it misspells: one letter in five may be wrong.
_WORD_CUTOFF = 0.78
#: The same for a word with the letters of the other one in another order.
_TRANSPOSED_CUTOFF = 0.7
_SEPARATOR = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])")


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, separated by ``_``, a hyphen, a dot, a blank, or a capital letter."""
    return tuple(word.lower() for word in _SEPARATOR.split(name) if word)


def nearest(name: str, known: Iterable[str], cutoff: float = _KEY_CUTOFF) -> str | None:
    """Return the known name that ``name`` resembles most, None if it resembles none of them."""
    by_words = {"_".join(words(item)): item for item in known}
    found = get_close_matches("_".join(words(name)), by_words, 1, cutoff)
    return by_words[found[0]] if found else None


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return a question for an error about an unknown name, with a blank before it; nothing if no known one is near."""
    found = nearest(name, known) if isinstance(name, str) else None
    return f" (did you mean {found}?)" if found else ""


def is_misspelling(word: str, known: str) -> bool:
    """Return whether a word is another one, or that one with a wrong, missing, additional or transposed letter."""
    if word == known or _singular(word) == _singular(known):
        return True
    is_transposed = len(word) == len(known) and sorted(word) == sorted(known)
    return resembles(word, known, _TRANSPOSED_CUTOFF if is_transposed else _WORD_CUTOFF)


def resembles(text: str, known: str, cutoff: float) -> bool:
    """Return whether the similarity of two texts reaches a cutoff."""
    shared = {*text} & {*known}  # a cheap bound: of names that are compared, most share few letters
    possible = 2 * min(sum(letter in shared for letter in item) for item in (text, known))
    return possible >= cutoff * (len(text) + len(known)) and bool(get_close_matches(text, [known], 1, cutoff))


def _singular(word: str) -> str:
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
