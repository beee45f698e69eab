# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Common parts of all objects of the test bed: namespaces, and an object constructor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

Json = dict[str, Any]

SYSTEM = "kubesphere-system"
MONITORING = "kubesphere-monitoring-system"
FEDERATED = "kubesphere-monitoring-federated"

OWN = Path(__file__).parent / "files"


def new_object(
    api_version: str, kind: str, name: str, namespace: str = "", labels: Json | None = None, **more: Any
) -> Json:
    """Return an object to create."""
    place = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, **place, **({"labels": labels} if labels else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more}
