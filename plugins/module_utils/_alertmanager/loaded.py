# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Semantic comparison of a written configuration with the one that Alertmanager has loaded.

Alertmanager normalises durations and matchers, fills in defaults and hides secrets. Source: prometheus/alertmanager,
config/config.go, whose ``String`` is ``config.original`` of ``GET /api/v2/status``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableSequence
from typing import Any

from .._core.field_paths import ABSENT, Path
from .inhibition import SOURCE, TARGET
from .item_kinds import field_paths
from .matchers import FORMS, as_text, identity
from .values import seconds

#: The placeholder of a secret.
HIDDEN = "<secret>"
#: The compared sections. Alertmanager resolves template paths and reformats time intervals.
SECTIONS = ("global", "route", "receivers", "inhibit_rules")
#: Ignored, as Alertmanager resolves paths in it and moves settings of older versions.
IGNORED = "http_config"
#: The prefixes of the three forms of matchers in routes, and on the two sides of an inhibit rule.
SIDES = ("", SOURCE, TARGET)


def differing(written: Mapping[str, Any], loaded: Mapping[str, Any], paths: Iterable[Path]) -> list[Path]:
    """Return the paths at which the loaded configuration differs from the written one, which is merged into a chart's.

    A missing value is compared inside a list only, as a list replaces the chart's; elsewhere the chart's value applies.
    """
    return [
        path
        for path in paths
        if path[0] in SECTIONS
        and IGNORED not in path
        and _is_set(written, path)
        and not _agree(field_paths.get(written, path), field_paths.get(loaded, path))
    ]


def _is_set(written: Mapping[str, Any], path: Path) -> bool:
    if field_paths.get(written, path) is not ABSENT:
        return True
    return any(isinstance(field_paths.get(written, path[:depth]), MutableSequence) for depth in range(1, len(path)))


def _agree(written: Any, loaded: Any) -> bool:
    # Null stands for a default, and a secret cannot be compared.
    if written is None or loaded == HIDDEN:
        return True
    if isinstance(written, Mapping):
        return not written or (isinstance(loaded, Mapping) and _maps_agree(written, loaded))
    if isinstance(written, list):
        found = loaded if isinstance(loaded, list) else []
        return len(written) == len(found) and all(map(_agree, written, found))
    if not written and not loaded:  # ABSENT among them
        return True
    return _scalars_agree(written, loaded)


def _maps_agree(written: Mapping[str, Any], loaded: Mapping[str, Any]) -> bool:
    """Compare the fields of ``written``; other fields of ``loaded`` are defaults."""
    if any(_matching(written, side) != _matching(loaded, side) for side in SIDES):
        return False
    return all(_agree(value, loaded.get(name, ABSENT)) for name, value in written.items() if _is_compared(name))


def _matching(part: Mapping[str, Any], side: str) -> str:
    return identity({form: part.get(f"{side}{form}") for form in FORMS})


def _is_compared(name: str) -> bool:
    """Return whether a field is compared by value; of the integrations, only webhooks, as others get new headers."""
    if name.removeprefix("source_").removeprefix("target_") in FORMS:
        return False
    return name != IGNORED and (name == "webhook_configs" or not name.endswith("_configs"))


def _scalars_agree(written: Any, loaded: Any) -> bool:
    if as_text(written) == as_text(loaded):
        return True
    length = seconds(written)
    if length is not None:
        return length == seconds(loaded)
    # Alertmanager appends a slash to some URLs.
    return str(written).startswith("http") and str(written).rstrip("/") == str(loaded).rstrip("/")
