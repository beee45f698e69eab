# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which inventory hosts want which fields of shared objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._alertmanager.item_kinds import field_paths
from .contributors import FieldContributors
from .plan import DesiredObject


def attributed(contributions: Iterable[tuple[frozenset[str], Sequence[DesiredObject]]]) -> dict[str, FieldContributors]:
    """Return object key -> field -> hosts. ``contributions``: hosts, and the objects that they alone want."""
    fields: dict[str, dict[str, frozenset[str]]] = {}
    for hosts, objects in contributions:
        for desired in objects:
            known = fields.setdefault(desired.reference.key, {})
            for path, _value in desired.leaves():
                text = field_paths.render(path)
                known[text] = known.get(text, frozenset()) | hosts
    return dict(fields)
