# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add and delete entries of a collection in block style. Comments of deleted entries become lines of their own."""

from __future__ import annotations

from collections.abc import Sequence

from .edits import Added, Edits, Inserts
from .tree import Entry, Node


def restructure(edits: Edits, node: Node, retained: Sequence[bool], inserts: Inserts) -> None:
    """Delete the entries that are not retained and insert others; some entry remains or is inserted."""
    _delete(edits, node, retained)
    for index, added in inserts.items():
        _insert(edits, node, index, added)


def _insert(edits: Edits, node: Node, index: int, added: Sequence[Added]) -> None:
    """Insert entries after the previous one, before the comments of the next one."""
    tree, first = edits.tree, node.entries[0].start
    column = tree.column(first)
    lines = edits.broken(edits.lines(node, added), column)
    if index > 0:
        position = tree.next_line(node.entries[index - 1].end)
    elif not tree.starts_line(first):
        edits.splice(first, first, lines[column:] + " " * column)
        return
    else:
        header = tree.end_before(first)
        # Before the comments of the former first entry, which follow the key.
        position = tree.next_line(header) if header else tree.line_start(first)
    edits.splice(position, position, lines)


def _delete(edits: Edits, node: Node, retained: Sequence[bool]) -> None:
    entries, start = node.entries, 0
    if not retained[0] and not edits.tree.starts_line(entries[0].start):
        start = _delete_first(edits, entries, retained)
    for entry, remains in list(zip(entries, retained, strict=True))[start:]:
        if not remains:
            _delete_lines(edits, entry)


def _delete_first(edits: Edits, entries: Sequence[Entry], retained: Sequence[bool]) -> int:
    """Delete the first entries, which follow a dash in its line, and return their number.

    The first one that remains replaces them, unless there are comments between.
    """
    start, count = entries[0].start, 1
    end = entries[0].end
    if True in retained:
        following = retained.index(True)
        if not edits.tree.comments_in(start, entries[following].start):
            count, end = following, entries[following].start
    edits.splice(start, end, edits.comments_before(start, end, edits.tree.column(start)))
    return count


def _delete_lines(edits: Edits, entry: Entry) -> None:
    tree = edits.tree
    end = tree.next_line(entry.end)
    comments = edits.broken(tree.comments_in(entry.start, end), tree.column(entry.start))
    edits.splice(tree.line_start(entry.start), end, comments)


def empty(edits: Edits, node: Node, text: str, column: int) -> None:
    """Delete all entries and write a text after the key or dash, which is in a column."""
    tree, rest = edits.tree, node.entries
    first = rest[0]
    header = tree.end_before(first.start)
    if not tree.starts_line(first.start):
        edits.splice(header, first.end, f" {text}" + edits.comments_before(first.start, first.end, column + 2))
        rest = rest[1:]
    elif header and text:
        edits.splice(header, header, f" {text}")
    for entry in rest:
        _delete_lines(edits, entry)
