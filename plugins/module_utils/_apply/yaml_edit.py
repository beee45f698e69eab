# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit an embedded YAML document and preserve comments, order and quoting of all other content."""

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

#: A key followed by a list with indented dashes, possibly after comments and empty lines.
INDENTED_DASH = re.compile(r"^( *)[^ #\n-][^\n]*:[ ]*(?:#[^\n]*)?\n(?:[ ]*(?:#[^\n]*)?\n)*\1 +- ", re.MULTILINE)


def parse(text: str, place: str, optional: bool = False) -> dict[str, Any]:
    """Parse a document into plain containers; with ``optional``, a text without content is an empty mapping.

    Raises ``OperationError`` with the place and the line, but without the content, which may contain secrets.
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
    """Return the edited text; the unchanged text if there are no edits.

    With ``optional``, the document may have no content before or after the edits.
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
        edited = _terminated(text) + edited  # preserves the comments of a text without content
    if parse(edited, place, optional) != expected:
        raise OperationError(f"{place} cannot be edited without loss; simplify it (anchors, tags, merge keys) first")
    return edited


def _round_trip(text: str) -> Any:
    round_trip = YAML(typ="rt")
    round_trip.preserve_quotes = True
    round_trip.width = sys.maxsize
    round_trip.allow_duplicate_keys = True
    round_trip.explicit_start = text.startswith("---")
    # Preserve the indentation of "key:\n  - item"; the default is "key:\n- item".
    if INDENTED_DASH.search(text):
        round_trip.indent(mapping=2, sequence=4, offset=2)
    return round_trip


def _styled(document: Any, change: Change) -> Change:
    """Return the change with the quoting style of the string that it replaces."""
    old = field_paths.get(document, change.path)
    if isinstance(change.value, str) and isinstance(old, ScalarString):
        return Change(change.path, type(old)(change.value), change.containers)
    return change


def _dump(round_trip: Any, document: Any, text: str) -> str:
    stream = io.StringIO()
    round_trip.dump(document, stream)
    edited = stream.getvalue()
    return edited if text.endswith("\n") or not text else edited.rstrip("\n")


def _terminated(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"
