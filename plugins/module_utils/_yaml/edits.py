# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edits of one text: parts of it, and their replacements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._core.field_paths import ABSENT
from . import render
from .render import Style
from .tree import Node, Tree

#: A new pair of a map, or a new item of a list, whose key is ABSENT.
Added = tuple[Any, Any]
#: Index of an entry, or the number of entries -> what is inserted before it.
Inserts = Mapping[int, Sequence[Added]]


class Edits:
    """Parts of a text and their replacements, which must not overlap."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.style = Style.of(tree)
        self._splices: list[tuple[int, int, str]] = []

    def splice(self, start: int, end: int, replacement: str = "") -> None:
        """Replace the text between two positions."""
        self._splices.append((start, end, replacement))

    def applied(self) -> str:
        """Return the edited text; raises ``ValueError`` if two edits overlap."""
        text, position, parts = self.tree.text, 0, []
        for start, end, replacement in sorted(self._splices, key=lambda splice: splice[:2]):
            # The caller refuses the edit then: a text is never half edited.
            if start < position:
                raise ValueError("two edits overlap")
            parts += [text[position:start], replacement]
            position = end
        return "".join([*parts, text[position:]])

    def broken(self, lines: Iterable[str], column: int) -> str:
        """Return indented lines, each with a line break."""
        return "".join(f"{' ' * column}{line}{self.style.newline}" for line in lines)

    def comments_before(self, start: int, end: int, column: int) -> str:
        """Return the comments of a part, each with a line break, to precede the replacement of the part."""
        comments = self.tree.comments_in(start, end)
        blank = " " if comments and not self.tree.text[start - 1 : start].isspace() else ""
        return blank + "".join(f"{comment}{self.style.newline}{' ' * column}" for comment in comments)

    def lines(self, node: Node, added: Sequence[Added]) -> Iterator[str]:
        """Yield the lines of new entries of a collection in block style."""
        quote = _quote(node) if added else None
        for key, value in added:
            if key is ABSENT:
                yield from render.item_lines(value, self.style, quote)
            else:
                yield from render.pair_lines(key, value, self.style)

    def flow_texts(self, node: Node, added: Sequence[Added]) -> list[str]:
        """Return the texts of new entries of a collection in brackets."""
        quote = _quote(node) if added else None
        return [
            render.flow(value, self.style, quote) if key is ABSENT else render.pair(key, value, self.style)
            for key, value in added
        ]


def _quote(node: Node) -> str | None:
    """Return the quotes of the strings in a list, if all of them have the same."""
    styles = {entry.value.style for entry in node.entries} if node.kind == "sequence" else set()
    return styles.pop() if styles in ({"'"}, {'"'}) else None
