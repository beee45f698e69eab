# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layout of a value: its text after the colon or dash, with digests in place of its comments.

A layout restores a replaced value character by character. It contains no comment, as a comment may contain a secret;
the comments are still in the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .tree import Entry, Node, Span, Tree

#: Text -> its digest, of 32 hexadecimal digits.
Digest = Callable[[str], str]

#: The layout of a value from a merge key, which has no text of its own.
INHERITED = "<<"

_PLACEHOLDER = re.compile("#[0-9a-f]{32}")


def span(tree: Tree, parent: Node, entry: Entry) -> Span:
    """Return the position of a value's layout: in block style to the end of its last line."""
    if parent.flow:
        return entry.header, entry.end
    end = tree.next_line(entry.end)
    return entry.header, end - len(tree.text[entry.end : end]) + len(tree.text[entry.end : end].rstrip("\r\n"))


def layout(tree: Tree, place: Span, digest: Digest) -> str:
    """Return the layout of the value at a position."""
    parts, position = [], place[0]
    for start, end in _comments(tree, place):
        parts += [tree.text[position:start], f"#{digest(tree.text[start:end])}"]
        position = end
    return "".join([*parts, tree.text[position : place[1]]])


def filled(tree: Tree, place: Span, source: str, digest: Digest) -> str | None:
    """Return the text of a layout with the comments at a position; None if others than these belong into it."""
    for start, end in _comments(tree, place):
        placeholder = f"#{digest(tree.text[start:end])}"
        if placeholder not in source:
            return None
        source = source.replace(placeholder, tree.text[start:end], 1)
    return None if _PLACEHOLDER.search(source) else source


def find(tree: Tree, path: tuple[Any, ...]) -> Span | None:
    """Return the position of a value's layout by the keys and indexes to it, None if it has no text of its own."""
    node = tree.root
    place: Span | None = None
    for step in path:
        if node is None or node.kind not in ("mapping", "sequence"):
            return None
        entries: Mapping[Any, Entry] = (
            {entry.key: entry for entry in node.entries} if node.kind == "mapping" else dict(enumerate(node.entries))
        )
        if step not in entries:
            return None
        place = span(tree, node, entries[step])
        node = entries[step].value
    return place


def _comments(tree: Tree, place: Span) -> list[Span]:
    return [(start, end) for start, end in tree.comments if place[0] <= start < place[1]]
