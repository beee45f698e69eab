# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add and delete entries of a collection in brackets. Comments of deleted entries remain in their place."""

from __future__ import annotations

from collections.abc import Sequence

from .edits import Edits, Inserts
from .tree import Node


def restructure(edits: Edits, node: Node, retained: Sequence[bool], inserts: Inserts) -> None:
    """Delete the entries that are not retained and insert others."""
    index, count = 0, len(node.entries)
    while index <= count:
        stop = index
        added = list(inserts.get(index, []))
        while stop < count and not retained[stop]:
            stop += 1
            added += inserts.get(stop, [])
        texts = edits.flow_texts(node, added)
        if stop > index:
            _replace(edits, node, index, stop, texts)
        elif texts:
            _insert(edits, node, index, texts)
        index = stop + 1


def _separator(edits: Edits, node: Node) -> str:
    """Return the text between two entries: a comma, and a line break if entries are on lines of their own."""
    last = node.entries[-1].start if node.entries else 0
    start = edits.tree.line_start(last)
    if not node.entries or not edits.tree.starts_line(last) or start <= node.start:
        return ", "
    return f",{edits.style.newline}{edits.tree.text[start:last]}"


def _insert(edits: Edits, node: Node, index: int, texts: Sequence[str]) -> None:
    separator = _separator(edits, node)
    if not node.entries:
        start = edits.tree.content_start(node) + 1
        edits.splice(start, start, separator.join(texts))
    elif index < len(node.entries):
        start = node.entries[index].start
        edits.splice(start, start, separator.join(texts) + separator)
    else:
        _append(edits, node, separator, texts)


def _append(edits: Edits, node: Node, separator: str, texts: Sequence[str]) -> None:
    """Append after the last entry and, if entries are on lines of their own, its comment."""
    end, tree = node.entries[-1].end, edits.tree
    line_end = tree.next_line(end)
    comma = tree.comma_after(end, line_end)
    if separator == ", " or line_end > node.end or not tree.comments_in(end, line_end):
        edits.splice(end, end, separator + separator.join(texts))
        return
    # The comma belongs before the comment of the last entry, the new entries after it.
    if comma is None:
        edits.splice(end, end, ",")
    blanks = separator.rpartition(edits.style.newline)[2]
    joined = blanks + separator.join(texts) + ("," if comma is not None else "")
    edits.splice(line_end, line_end, joined + edits.style.newline)


def _replace(edits: Edits, node: Node, first: int, stop: int, texts: Sequence[str]) -> None:
    """Replace the entries from ``first`` to before ``stop``, or delete them with one comma."""
    entries, tree = node.entries, edits.tree
    start, end = entries[first].start, entries[stop - 1].end
    column = tree.column(start)
    if texts:
        joined = _separator(edits, node).join(texts)
        edits.splice(start, end, edits.comments_before(start, end, column) + joined)
    elif stop < len(entries):
        end = entries[stop].start
        edits.splice(start, end, edits.comments_before(start, end, column))
    elif first == 0:
        comma = tree.comma_after(end, node.end)
        _delete(edits, start, end if comma is None else comma + 1)
    elif tree.comments_in(entries[first - 1].end, start):
        comma = tree.comma_after(entries[first - 1].end, start)
        if comma is not None:
            edits.splice(comma, comma + 1)
        _delete(edits, start, end)
    else:
        before = entries[first - 1].end
        edits.splice(before, end, edits.comments_before(before, end, column))


def _delete(edits: Edits, start: int, end: int) -> None:
    """Delete a part, with its lines if there is nothing else in them."""
    tree = edits.tree
    is_alone = tree.starts_line(start) and not tree.text[end : tree.next_line(end)].strip()
    if is_alone and not tree.comments_in(start, end):
        edits.splice(tree.line_start(start), tree.next_line(end))
    else:
        edits.splice(start, end, edits.comments_before(start, end, tree.column(start)))
