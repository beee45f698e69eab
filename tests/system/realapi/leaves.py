# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as flat maps from paths to values.

A path into an embedded document has the segment ``#`` where the document begins; a path that ends in ``[name]`` is a
list item. An atomic value, such as a reference to a Secret, is one leaf.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

Json = dict[str, Any]
Path = tuple[str, ...]
Leaves = dict[Path, Any]

#: No value.
ABSENT: Final = None

DOCUMENT: Path = ("data", "alertmanager.yaml", "#")
CHAT_IDS: Path = ("spec", "dingtalk", "conversation", "chatids")
KEYWORDS: Path = ("spec", "dingtalk", "chatbot", "keywords")
WEBHOOK: Path = ("spec", "dingtalk", "chatbot", "webhook")
CONVERSATION: Path = ("spec", "dingtalk", "conversation")
RECEIVERS: Path = (*DOCUMENT, "receivers")

_LOADER, _DUMPER = (getattr(yaml, f"C{name}", getattr(yaml, name)) for name in ("SafeLoader", "SafeDumper"))

LISTS = (CHAT_IDS, KEYWORDS, RECEIVERS)
_SERVER_FIELDS = {"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"}
_HEAD = {"apiVersion", "kind", "type", "status"}


def leaves(manifest: Json) -> Leaves:
    """Return the leaves of an object, without its identity and the server's fields."""
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in _SERVER_FIELDS}
    content = {key: value for key, value in manifest.items() if key not in _HEAD}
    return dict(_leaves({**content, "metadata": metadata}, ()))


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if path == DOCUMENT[:-1]:
        yield from _leaves(yaml.load(base64.b64decode(value), _LOADER), DOCUMENT)
    elif path in LISTS:
        yield from (((*path, _segment(item)), item) for item in value)
    elif isinstance(value, Mapping) and path != WEBHOOK and not (path == CONVERSATION and "appkey" in value):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    else:
        yield path, value


def put(manifest: Json, path: Path, value: Any) -> None:
    """Set or, with ABSENT, remove one leaf as an editor does; empty parents are removed as well."""
    if path[: len(DOCUMENT)] == DOCUMENT:
        document = yaml.load(base64.b64decode(manifest["data"][DOCUMENT[1]]), _LOADER)
        put_in(document, path[len(DOCUMENT) :], path[:-1] in LISTS, value)
        manifest["data"][DOCUMENT[1]] = base64.b64encode(yaml.dump(document, Dumper=_DUMPER, encoding="utf-8")).decode()
    else:
        put_in(manifest, path, path[:-1] in LISTS, value)


def put_in(tree: Any, path: Path, in_list: bool, value: Any) -> None:
    """Set or remove a leaf in a nested map; ``in_list``: whether the last segment is a list item."""
    key, *rest = path
    if in_list and len(rest) == 1:
        items = [item for item in tree.get(key, []) if _segment(item) != rest[0]]
        tree[key] = items if value is ABSENT else [*items, value]
    elif rest:
        put_in(tree.setdefault(key, {}), tuple(rest), in_list, value)
    elif value is ABSENT:
        tree.pop(key, None)
    else:
        tree[key] = value
    if tree.get(key) in ({}, []):
        tree.pop(key)


def _segment(item: Any) -> str:
    return f"[{item['name'] if isinstance(item, Mapping) else item}]"
