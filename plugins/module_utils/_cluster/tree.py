# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths into nested maps and lists, where a list's item has a path of its own.

A path is a tuple of segments: a map's key; ``[=ITEM]`` for an item of a list of scalars; ``[name=VALUE]`` for the item
of a list of maps that has this key. So one vocabulary says who put what, whether it is a field, a chat ID or a
receiver. The functions work on plain containers and on ruamel.yaml's alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator, Mapping, MutableMapping, MutableSequence
from typing import Any, Final

Path = tuple[str, ...]


class _Absent:
    def __repr__(self) -> str:
        return "absent"

    def __bool__(self) -> bool:
        return False


#: Nothing is there; differs from None, which in a wish means "take it away".
ABSENT: Final = _Absent()


def render(path: Path) -> str:
    """Return a path as text, with the escapes of JSON Pointer."""
    return "".join(f"/{segment.replace('~', '~0').replace('/', '~1')}" for segment in path)


def parse(text: str) -> Path:
    """Return the path that :func:`render` wrote."""
    return tuple(segment.replace("~1", "/").replace("~0", "~") for segment in text.split("/")[1:])


def leaves(
    wish: Mapping[str, Any], shared: Mapping[str, str], whole: Container[str] = (), path: Path = ()
) -> Iterator[tuple[Path, Any]]:
    """Yield each wished value with its path.

    ``shared`` names the lists that several people feed, by rendered path: the value is the key that tells items apart,
    or empty for scalars. Other lists are values as a whole, and so are the maps that ``whole`` names. A wish of None is
    yielded: it asks for removal.
    """
    for key, value in wish.items():
        here = (*path, str(key))
        if isinstance(value, Mapping) and value and render(here) not in whole:
            yield from leaves(value, shared, whole, here)
        elif isinstance(value, list) and render(here) in shared:
            yield from _items(value, shared[render(here)], here)
        else:
            yield here, value


def _items(items: list[Any], key: str, path: Path) -> Iterator[tuple[Path, Any]]:
    for item in items:
        yield (*path, f"[{key}={item[key] if key else item}]"), item


def get(tree: Any, path: Path) -> Any:
    """Return the value at ``path``, or ABSENT."""
    for segment in path:
        if isinstance(tree, Mapping):
            tree = tree.get(segment, ABSENT)
        elif isinstance(tree, MutableSequence):
            index = _index(tree, segment)
            tree = ABSENT if index is None else tree[index]
        else:
            return ABSENT
    return tree


def missing_containers(tree: Any, path: Path) -> set[Path]:
    """Return the paths of the containers that :func:`put` would have to make on the way to ``path``."""
    ways = [path[:depth] for depth in range(1, len(path))]
    return {way for way in ways if not isinstance(get(tree, way), Mapping | MutableSequence)}


def put(tree: MutableMapping[str, Any], path: Path, value: Any) -> None:
    """Set the value at ``path``; containers on the way are made, what is no container is replaced."""
    node: Any = tree
    for segment, following in itertools.pairwise(path):
        if not isinstance(node.get(segment), Mapping | MutableSequence):
            node[segment] = [] if _is_item(following) else {}
        node = node[segment]
    if not isinstance(node, MutableSequence):
        node[path[-1]] = value
        return
    index = _index(node, path[-1])
    if index is None:
        node.append(value)
    else:
        node[index] = value


def remove(tree: MutableMapping[str, Any], path: Path, containers: int = 0) -> None:
    """Take the value at ``path`` away, and up to so many containers above it when they are left empty."""
    parent = get(tree, path[:-1])
    if isinstance(parent, MutableSequence):
        index = _index(parent, path[-1])
        if index is not None:
            del parent[index]
    elif isinstance(parent, MutableMapping):
        parent.pop(path[-1], None)
    if containers and len(path) > 1 and parent is not ABSENT and not parent:
        remove(tree, path[:-1], containers - 1)


def _is_item(segment: str) -> bool:
    # No key of a Kubernetes map or of Alertmanager's configuration starts with a bracket.
    return segment.startswith("[") and segment.endswith("]")


def _index(items: MutableSequence[Any], segment: str) -> int | None:
    key, _equals, wanted = segment[1:-1].partition("=")
    for index, item in enumerate(items):
        value = item.get(key) if key and isinstance(item, Mapping) else item
        if str(value) == wanted:
            return index
    return None
