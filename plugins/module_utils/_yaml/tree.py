# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a YAML document with their positions in the text, and the positions of its comments.

Positions are indexes of characters. The parser is libyaml where available, whose Go port reads the documents of
Alertmanager and Helm; PyYAML's own rejects some of their blanks.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

with suppress(ImportError):  # reported by the parser of the document, which is called first
    import yaml

from .._core.field_paths import ABSENT

#: A line break of YAML 1.1.
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_COMMENT = re.compile("#[^\n\r\x85\u2028\u2029]*")
#: The comment after the indicator of a block scalar.
_HEADER_COMMENT = re.compile("[|>][-+0-9]*[ \t]+(#[^\n\r\x85\u2028\u2029]*)")

Span = tuple[int, int]


@dataclass
class Node:
    """A value in the text, from ``start``, with anchor and tag, to ``end``, without following comments.

    ``kind``: ``scalar``, ``mapping``, ``sequence`` or ``alias``. ``anchor``: the name that it defines, or refers to.
    ``style``: that of a scalar, as in PyYAML's events. ``flow``: whether a collection is in brackets; ``bare``: whether
    it is a pair in a list without brackets of its own.
    """

    kind: str
    start: int
    end: int
    anchor: str | None = None
    style: str | None = None
    flow: bool = False
    bare: bool = False
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Entry:
    """A pair of a map, or an item of a list, whose ``key`` is ABSENT.

    ``start``: of the key or the dash. ``header``: the end of the colon or the dash; of an item in brackets, its start.
    """

    start: int
    header: int
    value: Node
    key: Any = ABSENT
    is_merge: bool = False

    @property
    def end(self) -> int:
        """The end of the value."""
        return max(self.header, self.value.end)


class Tree:
    """The first document of a text that has been parsed without an error."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._tokens: list[Any] = list(yaml.scan(text, Loader=self._loader))
        self._constructor: Any = yaml.SafeLoader("")
        self.has_aliases = any(isinstance(token, yaml.AliasToken) for token in self._tokens)
        self._ends = [token.end_mark.index for token in self._tokens if token.end_mark.index > token.start_mark.index]

    @cached_property
    def root(self) -> Node | None:
        """The content of the document, None if there is none."""
        events = iter(yaml.parse(self.text, Loader=self._loader))
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                node = self._node(event, events)
                return None if node.kind == "scalar" and node.start == node.end else node
        return None

    def _node(self, event: Any, events: Iterator[Any]) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            return Node("alias", start, end, event.anchor)
        if isinstance(event, yaml.ScalarEvent):
            return Node("scalar", start, self._scalar_end(event), event.anchor, event.style)
        if isinstance(event, yaml.MappingStartEvent):
            node = Node("mapping", start, end, event.anchor, flow=bool(event.flow_style))
            self._pairs(node, events)
        else:
            node = Node("sequence", start, end, event.anchor, flow=bool(event.flow_style))
            self._items(node, events)
        return node

    def _scalar_end(self, event: Any) -> int:
        """Return the end of a scalar; without the blank lines that follow a block scalar but are no part of it."""
        start, end = event.start_mark.index, event.end_mark.index
        if event.style not in ("|", ">"):
            return int(end)
        source = self.text[start:end]
        # With the indicator `+`, blank lines at the end are part of the value.
        is_complete = "+" in re.split(r"[|>]", source, maxsplit=1)[1][:2]
        content = source.removesuffix("\n").removesuffix("\r") if is_complete else source.rstrip()
        return int(start + len(content))

    def _pairs(self, node: Node, events: Iterator[Any]) -> None:
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                self._close(node, event, "{")
                return
            key = self._node(event, events)
            value = self._node(next(events), events)
            start, header = self._key_start(key.start), self._value_header(key, value)
            if value.start == value.end:
                value.start = value.end = header
            constructed = self._key(event)
            is_merge = constructed == "<<" and event.implicit[0] if isinstance(event, yaml.ScalarEvent) else False
            node.entries.append(Entry(start, header, value, constructed, is_merge))

    def _items(self, node: Node, events: Iterator[Any]) -> None:
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                self._close(node, event, "[")
                return
            value = self._node(event, events)
            start = value.start if node.flow else self._dash_before(value.start)
            header = start if node.flow else start + 1
            node.entries.append(Entry(start, header, value))

    def _close(self, node: Node, event: Any, bracket: str) -> None:
        if not node.flow:
            node.end = node.entries[-1].end if node.entries else node.end
            return
        node.end = event.end_mark.index
        node.bare = self.text[self.content_start(node)] != bracket or self.text[node.end - 1] not in "]}"
        if node.bare:
            node.end = node.entries[-1].end if node.entries else node.end

    def _key(self, event: Any) -> Any:
        """Return the key of a map as the parser of the document constructs it, ABSENT if it is not a scalar."""
        if not isinstance(event, yaml.ScalarEvent):
            return ABSENT
        tag = event.tag or self._constructor.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag == "tag:yaml.org,2002:merge":
            return event.value
        return self._constructor.construct_object(yaml.ScalarNode(tag, event.value))

    def _dash_before(self, position: int) -> int:
        dashes = self._positions[yaml.BlockEntryToken]
        return dashes[bisect_left(dashes, position) - 1]

    def _key_start(self, position: int) -> int:
        keys = self._positions[yaml.KeyToken]
        return keys[bisect_right(keys, position) - 1]

    def _value_header(self, key: Node, value: Node) -> int:
        """Return the end of the colon; that of the key if there is none."""
        colons = self._positions.get(yaml.ValueToken, [])
        index = bisect_left(colons, key.end)
        is_found = index < len(colons) and colons[index] <= max(value.start, key.end)
        return colons[index] + 1 if is_found else key.end

    @cached_property
    def _starts(self) -> list[int]:
        return [token.start_mark.index for token in self._tokens]

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in BREAK.finditer(self.text))]

    @cached_property
    def _positions(self) -> Mapping[type[yaml.Token], list[int]]:
        """The positions of the tokens of each type."""
        found: dict[type[yaml.Token], list[int]] = {}
        for token, start in zip(self._tokens, self._starts, strict=True):
            found.setdefault(type(token), []).append(start)
        return found

    @cached_property
    def comments(self) -> list[Span]:
        """The positions of all comments: in the gaps between tokens, and after the indicators of block scalars."""
        # Scanners drop comments, so that they are what is between the tokens.
        found, position = [], 0
        for token in self._tokens:
            start, end = token.start_mark.index, token.end_mark.index
            found += [match.span() for match in _COMMENT.finditer(self.text, position, start)]
            header = _HEADER_COMMENT.match(self.text, start, end) if isinstance(token, yaml.ScalarToken) else None
            found += [header.span(1)] if header and not token.plain else []
            position = max(position, end)
        return sorted(found + [match.span() for match in _COMMENT.finditer(self.text, position)])

    def comments_in(self, start: int, end: int) -> list[str]:
        """Return the comments that begin between two positions."""
        return [self.text[first:last] for first, last in self.comments if start <= first < end]

    def comma_after(self, start: int, end: int) -> int | None:
        """Return the position of the first comma between two positions, None if there is none."""
        commas = self._positions.get(yaml.FlowEntryToken, [])
        index = bisect_left(commas, start)
        return commas[index] if index < len(commas) and commas[index] < end else None

    def content_start(self, node: Node) -> int:
        """Return the start of a node's content, after its anchor and tag."""
        start = node.start
        for index in range(bisect_left(self._starts, start), len(self._tokens)):
            token = self._tokens[index]
            if isinstance(token, yaml.AnchorToken | yaml.TagToken):
                start = token.end_mark.index
            elif token.end_mark.index > token.start_mark.index:
                return min(int(token.start_mark.index), max(start, node.end))
        return start

    def end_before(self, position: int) -> int:
        """Return the end of the last token before a position; 0 if there is none."""
        index = bisect_right(self._ends, position)
        return self._ends[index - 1] if index else 0

    def line_start(self, position: int) -> int:
        """Return the start of the line of a position."""
        return self._lines[bisect_right(self._lines, position) - 1]

    def line(self, position: int) -> int:
        """Return the number of the line of a position, from 1."""
        return bisect_right(self._lines, position)

    def next_line(self, position: int) -> int:
        """Return the start of the line after a position, or the end of the text."""
        found = BREAK.search(self.text, position)
        return found.end() if found else len(self.text)

    def column(self, position: int) -> int:
        """Return the column of a position."""
        return position - self.line_start(position)

    def starts_line(self, position: int) -> bool:
        """Return whether there are only blanks before a position in its line."""
        return not self.text[self.line_start(position) : position].strip(" \t")

    def comment_line(self, position: int) -> int | None:
        """Return the end of the next line if it has a comment and nothing else, None if not."""
        line = self.next_line(position)
        found = bisect_left(self.comments, (line, 0))
        if found < len(self.comments) and self.starts_line(self.comments[found][0]):
            start, end = self.comments[found]
            return end if self.line_start(start) == line else None
        return None
