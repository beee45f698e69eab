# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths into nested maps and lists, in which each list item has its own path.

A path is a tuple of segments: a map's key; ``[=ITEM]`` for an item of a list of scalars; ``[name=VALUE]`` for the item
of a list of maps with this key; ``[KIND=IDENTITY]`` for an item of an :class:`ItemKind`, such as a route, or
``[KIND=IDENTITY -> QUALIFIER]`` if others have the same identity. A field, a chat ID, a receiver and a route are
therefore managed in the same way.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any, Final, NamedTuple

Path = tuple[str, ...]


class _Absent:
    def __repr__(self) -> str:
        return "absent"

    def __bool__(self) -> bool:
        return False


#: No value, as opposed to None, which removes a field in a desired state.
ABSENT: Final = _Absent()


class ItemKind(NamedTuple):
    """Maps in a list that are merged field by field; items of other lists are atomic.

    ``identity``: returns the text that identifies an item. ``head``: the fields that make up the identity, which are
    added first and removed last. ``place``: returns the index of a new item among its siblings, below the items that
    contain them, the end by default. ``unmanaged``: what happens to an item with unmanaged fields when the managed ones
    are removed: ``retain`` the item unchanged, ``remove`` it, or ``reduce`` it to the unmanaged fields. ``qualifier``:
    the field that distinguishes items with the same identity.
    """

    identity: Callable[[Any], str]
    head: tuple[str, ...]
    place: Callable[[Sequence[Any], Any, Sequence[Any]], int] | None = None
    unmanaged: str = "retain"
    qualifier: str = ""

    def qualified(self, item: Any) -> str:
        """Return the text that identifies an item among others with the same identity."""
        return f"{self.identity(item)} -> {item.get(self.qualifier)}"


class Qualified(dict[str, Any]):
    """A desired item that is not the only one with its identity, so that the qualifier of its kind counts."""


def copied(value: Any) -> Any:
    """Return a deep copy of plain containers, several times as fast as :func:`copy.deepcopy`."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def render(path: Path) -> str:
    """Return a path as text, with the escapes of JSON Pointer."""
    return "".join(f"/{segment.replace('~', '~0').replace('/', '~1')}" for segment in path)


def parse(text: str) -> Path:
    """Return the path of a text from :func:`render`."""
    return tuple(segment.replace("~1", "/").replace("~0", "~") for segment in text.split("/")[1:])


class FieldPaths:
    """Reads and edits nested containers by path. ``item_kinds``: name in a segment -> the kind of the items."""

    copied = staticmethod(copied)
    render = staticmethod(render)
    parse = staticmethod(parse)

    def __init__(self, item_kinds: Mapping[str, ItemKind]) -> None:
        self._item_kinds = item_kinds

    def leaves(
        self, desired: Mapping[str, Any], merge_keys: Mapping[str, str], atomic: Container[str] = (), path: Path = ()
    ) -> Iterator[tuple[Path, Any]]:
        """Yield each desired value with its path, including None, which removes a field.

        ``merge_keys``: rendered path of a list that is merged item by item -> the key that identifies its items, empty
        for scalars, or the name of an item kind. Other lists are atomic, and so are the maps in ``atomic``.
        """
        for key, value in desired.items():
            here = (*path, str(key))
            if isinstance(value, Mapping) and value and _list_path(here) not in atomic:
                yield from self.leaves(value, merge_keys, atomic, here)
            elif isinstance(value, list) and self._is_merged_by_item(
                value, item_key := merge_keys.get(_list_path(here))
            ):
                for item in value:
                    yield from self._item_leaves(item, str(item_key), (merge_keys, atomic), here)
            else:
                yield here, value

    def _is_merged_by_item(self, items: list[Any], key: str | None) -> bool:
        """Return whether a list is merged item by item; one with duplicate items is atomic."""
        if key is None:
            return False
        return key not in self._item_kinds or len({self._identity(item, key) for item in items}) == len(items)

    def _item_leaves(
        self, item: Any, key: str, known: tuple[Mapping[str, str], Container[str]], path: Path
    ) -> Iterator[tuple[Path, Any]]:
        kind = self._item_kinds.get(key)
        here = (*path, f"[{key}={self._identity(item, key)}]")
        if not kind:
            yield here, item
            return
        head = (*kind.head, kind.qualifier) if isinstance(item, Qualified) else kind.head
        yield here, {field: item[field] for field in head if item.get(field)}
        yield from self.leaves({name: value for name, value in item.items() if name not in kind.head}, *known, here)

    def item_kind(self, path: Path) -> ItemKind | None:
        """Return the kind of the item at ``path``, None if it is not merged field by field."""
        return self._item_kinds.get(path[-1][1:].partition("=")[0]) if _is_item(path[-1]) else None

    def is_qualifier(self, path: Path) -> bool:
        """Return whether ``path`` is that of the field that distinguishes items with the same identity."""
        kind = self.item_kind(path[:-1]) if len(path) > 1 else None
        return kind is not None and kind.qualifier == path[-1]

    def get(self, tree: Any, path: Path) -> Any:
        """Return the value at ``path``, or ABSENT."""
        for segment in path:
            if isinstance(tree, Mapping):
                tree = tree.get(segment, ABSENT)
            elif isinstance(tree, MutableSequence):
                index = self._index(tree, segment)
                tree = ABSENT if index is None else tree[index]
            else:
                return ABSENT
        return tree

    def missing_containers(self, tree: Any, path: Path) -> set[Path]:
        """Return the paths of the containers that :meth:`put` would create."""
        parents = [path[:depth] for depth in range(1, len(path))]
        return {parent for parent in parents if not isinstance(self.get(tree, parent), Mapping | MutableSequence)}

    def put(self, tree: MutableMapping[str, Any], path: Path, value: Any) -> None:
        """Set the value at ``path``; create missing parents and replace scalars by them."""
        node: Any = tree
        above: list[Any] = []
        for segment, following in itertools.pairwise(path):
            child = self.get(node, (segment,))
            if not isinstance(child, Mapping | MutableSequence):
                child = [] if _is_item(following) else {}
                self._set(node, segment, child, above)
            node = child
            above += [node] if _is_item(segment) else []
        self._set(node, path[-1], value, above)

    def _set(self, node: Any, segment: str, value: Any, above: Sequence[Any]) -> None:
        if not isinstance(node, MutableSequence):
            node[segment] = value
            return
        index = self._index(node, segment)
        if index is None:
            kind = self.item_kind((segment,))
            node.insert(kind.place(node, value, above) if kind and kind.place else len(node), value)
        else:
            node[index] = value

    def remove(self, tree: MutableMapping[str, Any], path: Path, containers: int = 0) -> None:
        """Remove the value at ``path``, and up to ``containers`` parents that become empty."""
        parent = self.get(tree, path[:-1])
        if isinstance(parent, MutableSequence):
            index = self._index(parent, path[-1])
            if index is not None:
                del parent[index]
        elif isinstance(parent, MutableMapping):
            parent.pop(path[-1], None)
        if containers and len(path) > 1 and parent is not ABSENT and not parent:
            self.remove(tree, path[:-1], containers - 1)

    def _index(self, items: MutableSequence[Any], segment: str) -> int | None:
        key, _equals, wanted = segment[1:-1].partition("=")
        kind = self._item_kinds.get(key)
        found = (index for index, item in enumerate(items) if self._identity(item, key) == wanted)
        qualified = (
            index
            for index, item in enumerate(items)
            if kind and kind.qualifier and isinstance(item, Mapping) and kind.qualified(item) == wanted
        )
        return next(itertools.chain(found, qualified), None)

    def _identity(self, item: Any, key: str) -> str:
        if key in self._item_kinds:
            kind = self._item_kinds[key]
            return kind.qualified(item) if isinstance(item, Qualified) else kind.identity(item)
        return str(item.get(key) if key and isinstance(item, Mapping) else item)


def _list_path(path: Path) -> str:
    """Return the path of a list without the identities of its parent items, as in ``merge_keys``."""
    return render(tuple("[]" if _is_item(segment) else segment for segment in path))


def _is_item(segment: str) -> bool:
    # No key of a Kubernetes map or of Alertmanager's configuration starts with a bracket.
    return segment.startswith("[") and segment.endswith("]")
