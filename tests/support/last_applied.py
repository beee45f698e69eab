# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last-applied state of different clusters and runs, made comparable."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

PATH = "/api/v1/configmaps/kubesphere-system/kubesphere-dingtalk"


def comparable(objects: Mapping[str, Any]) -> dict[str, Any]:
    """Return the apply sets among stored objects, without what differs by cluster: salt, digests, versions, hosts."""
    text = objects[PATH]["data"]["applied"]
    sets: dict[str, Any] = json.loads(re.sub(r"digest:\w+", "digest", text))["apply_sets"]
    for items in sets.values():
        for item in items.values():
            item.pop("version", None)
            item["contributors"] = [len(hosts) for hosts in item.get("contributors") or []]
    return sets
