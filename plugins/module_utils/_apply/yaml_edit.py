# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit an embedded YAML document: change the edited values in its text, and no other character."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from .._alertmanager.item_kinds import field_paths
from .._core import yaml_text
from .._core.errors import OperationError
from .._core.field_paths import ABSENT, Path
from .._yaml import render
from .._yaml.differences import same
from .._yaml.layout import INHERITED, Digest, find, layout
from .._yaml.splice import Splicer
from .._yaml.tree import BREAK, Tree
from .merge import Merged

_BYTE_ORDER_MARK = "\ufeff"


class Edited(NamedTuple):
    """An edited text, and notes about changes outside of the edited values."""

    text: str
    notes: tuple[str, ...] = ()


def parse(text: str, place: str, optional: bool = False) -> dict[str, Any]:
    """Parse a document into plain containers; with ``optional``, a text without content is an empty mapping.

    Of several documents it is the first one, which is also the only one that Alertmanager and Helm read.
    Raises ``OperationError`` with the place and the line, but without the content, which may contain secrets.
    """
    try:
        documents = yaml_text.load_all(text)
    except yaml_text.NotYaml as error:
        raise OperationError(
            f"{place} is {error.message}. Nothing was changed; correct it first.", finding="KD320"
        ) from None
    document = documents[0] if documents else None
    if document is None and optional:
        return {}
    if not isinstance(document, dict):
        raise OperationError(f"{place} is not a YAML mapping. Nothing was changed; correct it first.", finding="KD320")
    return document


def edit(
    text: str,
    merged: Merged,
    place: str,
    optional: bool = False,
    layouts: Mapping[Path, str] | None = None,
    digest: Digest = str,
) -> Edited:
    """Return the edited text; the unchanged text if there are no edits.

    With ``optional``, the document may have no content before or after the edits. ``layouts``: path of a restored value
    -> the layout that it had, whose comments have the digests of ``digest``. Raises ``OperationError`` if the edits
    would lose a comment or change another value.
    """
    if not merged.changes:
        return Edited(text)
    before = parse(text, place, optional)
    after = field_paths.copied(before)
    merged.apply(after)
    steps = {_steps(after, path): source for path, source in (layouts or {}).items()}
    for known in (steps, {}) if steps else ({},):
        edited = changed(text, before, after, known, digest)
        if _is_lossless(text, edited.text, after, place, optional):
            return edited
    raise OperationError(
        f"{place} cannot be edited without loss of other values or comments. Nothing was changed. Write the edited "
        "part without anchors, tags, merge keys and keys that are marked with '?', one value in a line.",
        finding="KD320",
    )


def changed(
    text: str,
    before: dict[str, Any],
    after: dict[str, Any],
    layouts: Mapping[tuple[Any, ...], str] | None = None,
    digest: Digest = str,
) -> Edited:
    """Return the text of the document ``before``, changed to that of ``after``; an empty text if that is impossible."""
    body = text.removeprefix(_BYTE_ORDER_MARK)
    found = BREAK.search(body)
    # Whole lines are inserted and deleted, so the last one needs a line break for the time being.
    added = "" if not body or BREAK.fullmatch(body[-1]) else (found[0] if found else "\n")
    splicer = Splicer(Tree(body + added), layouts or {}, digest)
    try:
        edited = splicer.edited(before, after)
    except (ValueError, LookupError):
        return Edited("")
    return Edited(text[: len(text) - len(body)] + edited.removesuffix(added), tuple(splicer.notes))


def layout_of(text: str, document: dict[str, Any], path: Path, digest: Digest) -> str:
    """Return the layout of the value at a path of the parsed text."""
    tree = Tree(text.removeprefix(_BYTE_ORDER_MARK))
    found = find(tree, _steps(document, path))
    return layout(tree, found, digest) if found else INHERITED


def plain_layout(value: Any) -> str:
    """Return the layout of an unquoted scalar, which need not be stored; empty for a null and for collections."""
    return "" if value is None or isinstance(value, Mapping | list) else f" {render.scalar(value, render.Style())}"


def _steps(document: Any, path: Path) -> tuple[Any, ...]:
    """Return the keys and indexes of a path, up to the first that does not exist."""
    steps: list[Any] = []
    for segment in path:
        child = field_paths.get(document, (segment,))
        if child is ABSENT:
            break
        steps.append(
            segment
            if isinstance(document, Mapping)
            else next(index for index, item in enumerate(document) if item is child)
        )
        document = child
    return tuple(steps)


def _is_lossless(text: str, edited: str, expected: dict[str, Any], place: str, optional: bool) -> bool:
    """Return whether the edited text has the expected meaning and all comments of the text."""
    try:
        if not same(parse(edited, place, optional), expected):
            return False
    except OperationError:
        return False
    return not _comments(text) - _comments(edited)


def _comments(text: str) -> Counter[str]:
    tree = Tree(text.removeprefix(_BYTE_ORDER_MARK))
    return Counter(tree.text[start:end].rstrip() for start, end in tree.comments)
