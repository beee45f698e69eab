# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML read within bounds and written by PyYAML, with its C parser where available."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

try:
    import yaml
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None

from .bounded import json_text
from .bounded.limits import MAX_DEPTH, MAX_SIZE, MAX_VALUES, violation
from .errors import OperationError
from .libraries import require_library

_MERGE = "<<"
#: What YAML, or UTF-8, does not have, and its line breaks.
_UNREADABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class NotYaml(OperationError):
    """Invalid YAML, or YAML out of bounds. The message contains the line and the cause, but no part of the text."""


def load(text: str | bytes) -> Any:
    """Return the document in a text, as UTF-8 if it is bytes; raises :class:`NotYaml`.

    Dates are strings, as they are for the programs that read these documents.
    """
    documents = load_all(text)
    if len(documents) > 1:
        raise NotYaml("not valid YAML: expected a single document")
    return documents[0] if documents else None


def load_all(text: str | bytes) -> list[Any]:
    """Return the documents in a text; raises :class:`NotYaml`."""
    require_library("PyYAML", IMPORT_ERROR)
    if len(text) > MAX_SIZE:
        raise NotYaml(f"larger than {MAX_SIZE} bytes")
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        bounds = _Bounds()
        for event in yaml.parse(decoded, Loader=_loader()):
            bounds.add(event)
        documents = list(yaml.load_all(decoded, Loader=_loader()))
    except NotYaml:
        raise
    except yaml.YAMLError as error:
        raise NotYaml(_describe(error)) from None
    except UnicodeError:
        raise NotYaml("not UTF-8") from None
    except Exception:  # PyYAML lets those of its conversions pass: ValueError, KeyError, AttributeError and others
        raise NotYaml("not valid YAML: a value that does not have the form of its type") from None
    if reason := violation(documents):
        raise NotYaml(reason)
    return documents


def dump_flow(value: Any) -> str:
    """Return a value as a YAML document in JSON syntax, which :func:`load_flow` reads in a tenth of the time."""
    return _escaped(json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1)) + "\n"


def dump_lines(value: Any) -> str:
    """Return a value as :func:`dump_flow` does, with a line for each item and less indentation.

    An indented document is written in Python, this one in C, in a fraction of the time.
    """
    return _escaped(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",\n", ": "))) + "\n"


def _escaped(text: str) -> str:
    """Escape the characters that may be in a JSON text, but not in YAML."""
    return _UNREADABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def load_flow(text: str) -> Any:
    """Return a document from :func:`dump_flow`, or one edited in block style; raises like :func:`load`.

    A lone surrogate that was written as an escape is read again, as the document would be lost otherwise.
    """
    try:
        return json_text.load(text, is_text_checked=False)
    except json_text.NotJson:
        return load(text)


def dump(value: Any) -> str:
    """Return a value as a YAML document with sorted keys."""
    require_library("PyYAML", IMPORT_ERROR)
    text: str = yaml.safe_dump(value, sort_keys=True, allow_unicode=True, width=120)
    return text


@dataclass
class _Collection:
    """A map or a list that is open: its values so far; the keys of a map, and whether the next value is one."""

    anchor: str | None = None
    size: int = 1
    keys: set[str] | None = None
    awaits_key: bool = False

    def add(self, size: int, key: str | None) -> bool:
        """Add a value; return whether it is a key that the map has already."""
        self.size += size
        if self.keys is None:
            return False
        is_key, self.awaits_key = self.awaits_key, not self.awaits_key
        if not is_key or key is None or key == _MERGE:
            return False
        is_duplicate = key in self.keys
        self.keys.add(key)
        return is_duplicate


class _Bounds:
    """Checks a document by the parser's events, with its aliases expanded.

    PyYAML's constructor crashes on deep documents, expands merge keys without a limit and ignores duplicate keys, so
    this comes before it.
    """

    def __init__(self) -> None:
        self._open = [_Collection()]
        self._anchored: dict[str, int] = {}

    def add(self, event: Any) -> None:
        """Add an event; raises :class:`NotYaml` if the document is out of bounds."""
        if isinstance(event, yaml.CollectionStartEvent):
            is_map = isinstance(event, yaml.MappingStartEvent)
            self._open.append(_Collection(event.anchor, keys=set() if is_map else None, awaits_key=is_map))
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self._open.pop()
            self._add_value(closed.size, closed.anchor, None, event)
        elif isinstance(event, yaml.ScalarEvent):
            self._add_value(1, event.anchor, event.value, event)
        elif isinstance(event, yaml.AliasEvent):
            if any(collection.anchor == event.anchor for collection in self._open):
                raise NotYaml(f"not valid YAML{_line(event.start_mark)}: an alias of a value that contains it")
            self._add_value(self._anchored.get(str(event.anchor), 1), None, None, event)
        if len(self._open) > MAX_DEPTH + 1:
            raise NotYaml(f"values nested more than {MAX_DEPTH} levels deep{_line(event.start_mark)}")

    def _add_value(self, size: int, anchor: str | None, key: str | None, event: Any) -> None:
        if anchor:
            self._anchored[anchor] = size
        if self._open[-1].add(size, key):
            raise NotYaml(f"not valid YAML{_line(event.start_mark)}: a duplicate key")
        if self._open[-1].size > MAX_VALUES:
            raise NotYaml(f"more than {MAX_VALUES} values, with its aliases expanded")


@lru_cache(maxsize=1)
def _loader() -> Any:
    """Return a safe loader that reads dates as strings."""
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag != _TIMESTAMP]
        for first, rules in base.yaml_implicit_resolvers.items()
    }
    return type("Loader", (base,), {"yaml_implicit_resolvers": resolvers})


def _describe(error: Exception) -> str:
    # Text after a quote comes from the document, which may contain secrets.
    reason = str(getattr(error, "problem", "") or "").partition(" '")[0]
    return f"not valid YAML{_line(getattr(error, 'problem_mark', None))}{': ' + reason if reason else ''}"


def _line(mark: Any) -> str:
    return f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
