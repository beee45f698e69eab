# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A configuration as it was written, and as Alertmanager prints it once it is loaded: compared by what they mean.

Alertmanager has words of its own: one form for durations and matchers, defaults filled in, secrets hidden. Source:
prometheus/alertmanager, config/config.go, whose ``String`` is ``config.original`` of ``GET /api/v2/status``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableSequence
from typing import Any

from .._core.field_paths import ABSENT, Path
from .item_kinds import field_paths
from .matchers import FORMS, as_text, identity
from .values import seconds

#: What stands in the place of a secret.
HIDDEN = "<secret>"
#: The sections that are compared. Paths of templates are resolved, and time intervals written anew.
SECTIONS = ("global", "route", "receivers", "inhibit_rules")
#: Paths are resolved in it, and settings of older versions moved.
UNREAD = "http_config"
#: What the three forms of matchers begin with in routes, and on the two sides of an inhibit rule.
SIDES = ("", "source_", "target_")


def differing(written: Mapping[str, Any], loaded: Mapping[str, Any], paths: Iterable[Path]) -> list[Path]:
    """Return the paths at which Alertmanager does not run with what was written, which is laid over a chart's.

    What is not written counts where it would stand in a list, as that replaces the chart's; elsewhere the chart has a
    say.
    """
    return [
        path
        for path in paths
        if path[0] in SECTIONS
        and UNREAD not in path
        and _is_set(written, path)
        and not _agree(field_paths.get(written, path), field_paths.get(loaded, path))
    ]


def _is_set(written: Mapping[str, Any], path: Path) -> bool:
    if field_paths.get(written, path) is not ABSENT:
        return True
    return any(isinstance(field_paths.get(written, path[:depth]), MutableSequence) for depth in range(1, len(path)))


def _agree(written: Any, loaded: Any) -> bool:
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
    """Fields that only Alertmanager has are its defaults."""
    if any(_matching(written, side) != _matching(loaded, side) for side in SIDES):
        return False
    return all(_agree(value, loaded.get(name, ABSENT)) for name, value in written.items() if _is_read(name))


def _matching(part: Mapping[str, Any], side: str) -> str:
    return identity({form: part.get(f"{side}{form}") for form in FORMS})


def _is_read(name: str) -> bool:
    """Tell whether a field is compared as it is. Of integrations, that is webhooks: others spell their headers anew."""
    if name.removeprefix("source_").removeprefix("target_") in FORMS:
        return False
    return name != UNREAD and (name == "webhook_configs" or not name.endswith("_configs"))


def _scalars_agree(written: Any, loaded: Any) -> bool:
    if as_text(written) == as_text(loaded):
        return True
    length = seconds(written)
    if length is not None:
        return length == seconds(loaded)
    # A slash is put at the end of some addresses.
    return str(written).startswith("http") and str(written).rstrip("/") == str(loaded).rstrip("/")
