# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's mutating webhook for rule groups: an ID for each rule, and the expression that its terms mean."""

from __future__ import annotations

import json
import uuid
from typing import Any

Json = dict[str, Any]

GROUP = "alerting.kubesphere.io"


def complete_rules(group: Json) -> Json:
    """The group as it is stored; a builder's expression is spelled in a way of the webhook's own."""
    spec = group.get("spec") or {}
    return {**group, "spec": {**spec, "rules": [_completed(rule) for rule in spec.get("rules") or []]}}


def _completed(rule: Json) -> Json:
    labels = {"rule_id": str(uuid.uuid4()), **(rule.get("labels") or {})}
    built = {"expr": f"built({json.dumps(rule['exprBuilder'], sort_keys=True)})"} if rule.get("exprBuilder") else {}
    return {**rule, **built, "labels": labels}
