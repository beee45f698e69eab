# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of lists that are merged field by field: Alertmanager's routes, and Prometheus' rules and groups of them."""

from __future__ import annotations

from .._core.field_paths import FieldPaths, ItemKind
from . import matchers

field_paths = FieldPaths(
    {
        "matchers": ItemKind(matchers.identity, matchers.FORMS, matchers.place),
        # KubeSphere adds an ID and an expression to a rule.
        "alert": ItemKind(
            lambda rule: str(rule.get("alert") or rule.get("record")), ("alert", "record"), unmanaged="goes"
        ),
        "group": ItemKind(lambda group: str(group.get("name")), ("name",), unmanaged="stays"),
    }
)
