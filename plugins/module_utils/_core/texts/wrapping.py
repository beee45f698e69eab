# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that fit a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

WIDTH = 120
#: Before the lines that continue another one.
CONTINUED = "     "


def wrapped(indent: str, text: str, rest: str = "") -> Iterator[str]:
    """Yield a text in lines of at most ``WIDTH`` characters, except for words that are longer.

    ``rest``: the indentation of all lines but the first; that of the first if it is empty.
    """
    yield from textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=rest or indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def wrapped_all(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts in lines of at most ``WIDTH`` characters. Lines of a text remain lines, with their indentation."""
    for text in texts:
        before = ""
        for line in text.splitlines():
            yield from wrapped(before + _indentation(line), line, CONTINUED + before)
            before = CONTINUED


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
