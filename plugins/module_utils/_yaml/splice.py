# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the text of a YAML document where its values differ, and nowhere else.

Values are compared with the nodes of the text. Comments in a replaced part remain, where possible as lines of their
own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._core.field_paths import ABSENT
from . import block, flow, render
from .differences import aligned, same
from .edits import Added, Edits, Inserts
from .layout import INHERITED, Digest, filled, span
from .tree import Entry, Node, Span, Tree

Steps = tuple[Any, ...]


@dataclass(frozen=True)
class Place:
    """The place of a value.

    ``column``: of the key or dash before it; ``header``: the end of these. ``block``: whether they are in block style.
    ``path``: the keys and indexes to it. ``layout``: the position of its layout.
    """

    column: int = 0
    header: int = 0
    block: bool = True
    path: Steps = ()
    layout: Span = (0, 0)


class Splicer:
    """Edits one text, which ends with a line break. ``notes`` are sentences about anchors.

    ``layouts``: path of keys and indexes -> the layout of the value in place of a rendered one.
    """

    def __init__(self, tree: Tree, layouts: Mapping[Steps, str], digest: Digest) -> None:
        self._tree = tree
        self._layouts = layouts
        self._digest = digest
        self._edits = Edits(tree)
        #: Anchor -> its value before and after.
        self._anchors: dict[str | None, tuple[Any, Any]] = {}
        self.notes: list[str] = []

    def edited(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        """Return the text with the value ``after`` in place of ``before``; raises ``ValueError`` if impossible."""
        if self._tree.root is None:
            return self._tree.text + self._edits.broken(render.lines_of(after, self._edits.style), 0)
        self._value(self._tree.root, before, after, Place())
        return self._edits.applied()

    def _value(self, node: Node, before: Any, after: Any, place: Place) -> None:
        if node.kind == "alias":
            self._alias(node, after, place)
            return
        if node.anchor:
            self._anchors[node.anchor] = (before, after)
        # With aliases, it may contain one of an anchor whose value changes.
        if same(before, after) and not self._tree.has_aliases:
            return
        if not same(before, after) and self._restored(place):
            return
        if node.kind == "mapping" and isinstance(before, dict) and isinstance(after, dict) and not node.bare:
            self._mapping(node, before, after, place)
        elif node.kind == "sequence" and isinstance(before, list) and isinstance(after, list):
            self._sequence(node, before, after, place)
        elif not same(before, after):
            self._replace(node, after, place)

    def _restored(self, place: Place) -> bool:
        """Restore the layout of a value; not if a comment was added since it was replaced."""
        source = self._layouts.get(place.path)
        start, end = place.layout
        while source is not None:
            text = filled(self._tree, (start, end), source, self._digest)
            if text is not None:
                self._edits.splice(start, end, text)
                return True
            following = self._tree.comment_line(end) if place.block else None
            if following is None:
                break
            end = following
        return False

    def _alias(self, node: Node, after: Any, place: Place) -> None:
        if node.anchor not in self._anchors or not same(self._anchors[node.anchor][1], after):
            self._note(node)
            self._replace(node, after, place)

    def _note(self, node: Node) -> None:
        source = self._tree.text[node.start : node.end]
        self.notes.append(
            f"{source} in line {self._tree.line(node.start)} becomes a copy of the value that it refers to, which is "
            "edited"
        )

    def _mapping(self, node: Node, before: dict[Any, Any], after: dict[Any, Any], place: Place) -> None:
        explicit = {entry.key: entry for entry in node.entries if not entry.is_merge}
        removed, added = self._merged(node, explicit, before, after)
        retained = []
        for entry in node.entries:
            is_inherited = self._layouts.get((*place.path, entry.key)) == INHERITED
            is_removed = entry.key in before and (entry.key not in after or is_inherited)
            retained.append(not removed if entry.is_merge else not is_removed)
            if retained[-1] and explicit.get(entry.key) is entry and entry.key in before:
                below = self._place(node, entry, place, entry.key)
                self._value(entry.value, before[entry.key], after[entry.key], below)
        self._restructure(node, retained, {len(node.entries): added}, place)

    def _merged(
        self, node: Node, explicit: Mapping[Any, Entry], before: Mapping[Any, Any], after: Mapping[Any, Any]
    ) -> tuple[bool, list[Added]]:
        """Return whether the merge keys of a map are replaced by their values, and the pairs to add.

        A changed value overrides that of a merge key. That is impossible if it is removed, or the merged map changes.
        """
        merges = [entry for entry in node.entries if entry.is_merge]
        inherited = [key for key in before if key not in explicit] if merges else []
        is_replaced = not self._are_stable(merges) or any(key not in after for key in inherited)
        for entry in merges if is_replaced else ():
            self._note(entry.value)
        added = [key for key in inherited if key in after and (is_replaced or not same(before[key], after[key]))]
        return is_replaced, [(key, after[key]) for key in (*added, *(key for key in after if key not in before))]

    def _are_stable(self, entries: Iterable[Entry]) -> bool:
        """Return whether the aliases in entries refer to unchanged values."""
        return all(
            entry.value.anchor in self._anchors and same(*self._anchors[entry.value.anchor])
            if entry.value.kind == "alias"
            else self._are_stable(entry.value.entries)
            for entry in entries
        )

    def _place(self, node: Node, entry: Entry, parent: Place, step: Any) -> Place:
        column, layout = self._tree.column(entry.start), span(self._tree, node, entry)
        return Place(column, entry.header, not node.flow, (*parent.path, step), layout)

    def _sequence(self, node: Node, before: list[Any], after: list[Any], place: Place) -> None:
        retained = [False] * len(before)
        inserts: dict[int, list[Added]] = {}
        position = 0
        for index, other in aligned(before, after):
            if index is None:
                inserts.setdefault(position, []).append((ABSENT, after[other]))
                continue
            retained[index], position = True, index + 1
            entry = node.entries[index]
            self._value(entry.value, before[index], after[other], self._place(node, entry, place, other))
        self._restructure(node, retained, inserts, place)

    def _restructure(self, node: Node, retained: Sequence[bool], inserts: Inserts, place: Place) -> None:
        inserts = {index: added for index, added in inserts.items() if added}
        if all(retained) and not inserts:
            return
        if node.flow:
            flow.restructure(self._edits, node, retained, inserts)
        elif any(retained) or inserts:
            block.restructure(self._edits, node, retained, inserts)
        else:
            text = "{}" if node.kind == "mapping" else "[]"
            block.empty(self._edits, node, text if place.header else "", place.column)

    def _replace(self, node: Node, after: Any, place: Place) -> None:
        """Replace a value by one of another type, or by another scalar."""
        style, quote = self._edits.style, node.style if node.style in ("'", '"') else None
        is_collection = isinstance(after, Mapping | list)
        in_flow = is_collection or not place.block
        text = render.flow(after, style, quote) if in_flow else render.scalar(after, style, quote)
        if node.entries and not node.flow:
            block.empty(self._edits, node, "" if after is None else text, place.column)
        elif node.start == node.end and is_collection and after and place.block:
            self._fill(after, place)
        elif node.start == node.end:
            self._edits.splice(place.header, place.header, f" {text}")
        else:
            anchor = f"&{node.anchor} " if node.anchor and node.kind != "alias" else ""
            comments = self._edits.comments_before(node.start, node.end, place.column + 2)
            self._edits.splice(node.start, node.end, comments + anchor + text)

    def _fill(self, after: Any, place: Place) -> None:
        """Write a collection in block style in place of nothing."""
        style = self._edits.style
        step = style.indent if isinstance(after, Mapping) else style.dash
        if self._tree.text[place.header - 1] == "-":
            step = 2
        position = self._tree.next_line(place.header)
        lines = self._edits.broken(render.lines_of(after, style), place.column + step)
        self._edits.splice(position, position, lines)
