# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of list items that are merged field by field: Alertmanager's routes, Prometheus' rules and rule groups."""

from __future__ import annotations

from .._core.field_paths import FieldPaths, ItemKind
from . import alerts, matchers

field_paths = FieldPaths(
    {
        "matchers": ItemKind(matchers.identity, matchers.FORMS, alerts.place),
        # KubeSphere adds an ID and an expression to each rule, which must not retain the rule.
        "alert": ItemKind(
            lambda rule: str(rule.get("alert") or rule.get("record")), ("alert", "record"), unmanaged="remove"
        ),
        "group": ItemKind(lambda group: str(group.get("name")), ("name",), unmanaged="reduce"),
    }
)
