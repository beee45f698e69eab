# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New values as YAML text, in the style of the document that they are added to."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

with suppress(ImportError):  # reported by the parser of the document, which is called first
    import yaml

from .tree import BREAK, Node, Tree

#: Plain texts that are strings for PyYAML, but booleans or numbers for Go's parsers or in YAML 1.2.
_AMBIGUOUS = re.compile(
    r"[yYnN]|[-+]?(?:0[oO][0-7_]+|0[bB][01_]+|0[xX][0-9a-fA-F_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
)


@dataclass(frozen=True)
class Style:
    """The style of a document.

    ``newline``: its line break. ``indent``: the indentation of maps in maps, ``dash``: that of lists in maps.
    ``quoted``: whether keys and strings are quoted as in JSON.
    """

    newline: str = "\n"
    indent: int = 2
    dash: int = 0
    quoted: bool = False

    @classmethod
    def of(cls, tree: Tree) -> Style:
        """Return the style of the first nodes of a document that show it."""
        found = BREAK.search(tree.text)
        steps = list(_steps(tree, tree.root)) if tree.root else []
        first = tree.root.entries[0].start if tree.root and tree.root.entries else len(tree.text)
        return cls(
            newline=found[0] if found else "\n",
            indent=next((step for kind, step in steps if kind == "mapping"), 2),
            dash=next((step for kind, step in steps if kind == "sequence"), 0),
            quoted=tree.text.startswith('"', first),
        )


def _steps(tree: Tree, node: Node) -> Iterator[tuple[str, int]]:
    """Yield the kinds of the block collections in block maps, and how far they are indented."""
    for entry in node.entries:
        child = entry.value
        if node.kind == "mapping" and not node.flow and child.entries and not child.flow:
            yield child.kind, tree.column(child.entries[0].start) - tree.column(entry.start)
        yield from _steps(tree, child)


def scalar(value: Any, style: Style, quote: str | None = None, in_flow: bool = False) -> str:
    """Return a scalar in one line; ``quote``: the style of a string, one of ``'`` and ``"``."""
    if not isinstance(value, str):
        return _dumped(value, None)
    if (style.quoted or quote == '"') and value.isprintable():
        return json.dumps(value, ensure_ascii=False)
    if len(value.splitlines()) > 1 or not value.isprintable():
        return _dumped(value, '"')
    if quote == "'" or _AMBIGUOUS.fullmatch(value):
        return _dumped(value, "'")
    return _dumped([value], None, flow=True)[1:-1] if in_flow else _dumped(value, quote)


def _dumped(value: Any, quote: str | None, flow: bool | None = None) -> str:
    # Never folded, as the text is placed within a line.
    text: str = yaml.safe_dump(
        value, default_style=quote, default_flow_style=flow, allow_unicode=True, width=sys.maxsize, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...")


def flow(value: Any, style: Style, quote: str | None = None) -> str:
    """Return a value in one line, with collections in brackets."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(pair(key, item, style) for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, style) for item in value) + "]"
    return scalar(value, style, quote, in_flow=True)


def pair(key: Any, value: Any, style: Style) -> str:
    """Return a pair of a map in brackets."""
    return f"{scalar(key, style, in_flow=True)}: {flow(value, style)}"


def lines_of(value: Any, style: Style) -> Iterator[str]:
    """Yield the lines of a map or list that is not empty, in block style."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from pair_lines(key, item, style)
    else:
        for item in value:
            yield from item_lines(item, style)


def pair_lines(key: Any, value: Any, style: Style) -> Iterator[str]:
    """Yield the lines of a pair of a map in block style."""
    name = scalar(key, style)
    if not (value and isinstance(value, Mapping | list)):
        yield f"{name}: {_leaf(value, style)}"
        return
    yield f"{name}:"
    indentation = " " * (style.indent if isinstance(value, Mapping) else style.dash)
    yield from (indentation + line for line in lines_of(value, style))


def item_lines(value: Any, style: Style, quote: str | None = None) -> Iterator[str]:
    """Yield the lines of an item of a list in block style."""
    if not (value and isinstance(value, Mapping | list)):
        yield f"- {_leaf(value, style, quote)}"
        return
    first, *rest = lines_of(value, style)
    yield f"- {first}"
    yield from (f"  {line}" for line in rest)


def _leaf(value: Any, style: Style, quote: str | None = None) -> str:
    return flow(value, style) if isinstance(value, Mapping | list) else scalar(value, style, quote)
