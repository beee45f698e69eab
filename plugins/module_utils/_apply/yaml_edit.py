# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A YAML document inside an object's field, edited so that comments, order and quoting of the rest survive."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

try:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError as RoundTripError
    from ruamel.yaml.scalarstring import ScalarString

    IMPORT_ERROR: ImportError | None = None
except ImportError as error:
    IMPORT_ERROR = error

from .._alertmanager.item_kinds import field_paths
from .._core import yaml_text
from .._core.errors import OperationError
from .._core.libraries import require_library
from .merge import Change, Merged

#: A key whose list's dashes stand further to the right than the key, comments and empty lines between them allowed.
INDENTED_DASH = re.compile(r"^( *)[^ #\n-][^\n]*:[ ]*(?:#[^\n]*)?\n(?:[ ]*(?:#[^\n]*)?\n)*\1 +- ", re.MULTILINE)


def parse(text: str, place: str, optional: bool = False) -> dict[str, Any]:
    """Return the document as plain containers; with ``optional``, a text without content is an empty one.

    Raises ``OperationError`` with the place and the line, without a word of the content: it may hold secrets.
    """
    try:
        document = yaml_text.load(text)
    except yaml_text.NotYaml as error:
        raise OperationError(f"{place} is {error.message}. Nothing was changed; correct it first.") from None
    if document is None and optional:
        return {}
    if not isinstance(document, dict):
        raise OperationError(f"{place} is not a YAML mapping. Nothing was changed; correct it first.")
    return document


def edit(text: str, merged: Merged, place: str, optional: bool = False) -> str:
    """Return the document with the edits made; the very same text when there are none.

    With ``optional``, the document may have no content, before or afterwards.
    """
    if not merged.changes:
        return text
    require_library("ruamel.yaml", IMPORT_ERROR)
    round_trip = _round_trip(text)
    try:
        document = round_trip.load(text) or CommentedMap()
    except RoundTripError:
        raise OperationError(f"{place} cannot be edited without loss: it is not YAML 1.2") from None
    expected = parse(text, place, optional)
    merged.apply(expected)
    Merged(tuple(_styled(document, change) for change in merged.changes), {}).apply(document)
    edited = _dump(round_trip, document, text)
    if optional and not expected:
        edited = edited.removesuffix("\n").removesuffix("{}")
    elif optional and not parse(text, place, optional):
        edited = _ended(text) + edited  # comments of a text without content belong to nothing
    if parse(edited, place, optional) != expected:
        raise OperationError(f"{place} cannot be edited without loss; simplify it (anchors, tags, merge keys) first")
    return edited


def _round_trip(text: str) -> Any:
    round_trip = YAML(typ="rt")
    round_trip.preserve_quotes = True
    round_trip.width = sys.maxsize
    round_trip.allow_duplicate_keys = True
    round_trip.explicit_start = text.startswith("---")
    # "key:\n  - item" keeps its indented dash, "key:\n- item" its flush one.
    if INDENTED_DASH.search(text):
        round_trip.indent(mapping=2, sequence=4, offset=2)
    return round_trip


def _styled(document: Any, change: Change) -> Change:
    """Give a new string the quotes of the one that it replaces."""
    old = field_paths.get(document, change.path)
    if isinstance(change.value, str) and isinstance(old, ScalarString):
        return Change(change.path, type(old)(change.value), change.containers)
    return change


def _dump(round_trip: Any, document: Any, text: str) -> str:
    stream = io.StringIO()
    round_trip.dump(document, stream)
    edited = stream.getvalue()
    return edited if text.endswith("\n") or not text else edited.rstrip("\n")


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"
