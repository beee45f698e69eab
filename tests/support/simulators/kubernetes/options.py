# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a request, from its query and from the body of a DELETE."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.simulators.kubernetes.statuses import Refusal

Json = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """Options; ``uid`` and ``resource_version`` are a DELETE's preconditions, ``strict`` refuses unknown fields."""

    dry_run: bool = False
    strict: bool = False
    label_selector: str = ""
    field_selector: str = ""
    limit: int = 0
    continue_from: str = ""
    uid: str = ""
    resource_version: str = ""


def options_of(query: Mapping[str, str], body: Json | None = None) -> Options:
    """Parse the options; with the body of a DELETE, kube-apiserver ignores dryRun in the query.

    Raises Refusal for unsupported values.
    """
    asked = [query["dryRun"]] if "dryRun" in query else []
    if body is not None:
        asked = body.get("dryRun") or []
    body = body or {}
    preconditions = body.get("preconditions") or {}
    if query.get("watch") in ("1", "true"):
        raise Refusal(405, "watch is not supported")
    return Options(
        dry_run=_dry_run(asked),
        strict=query.get("fieldValidation") == "Strict",
        label_selector=query.get("labelSelector", ""),
        field_selector=query.get("fieldSelector", ""),
        limit=int(query.get("limit") or 0),
        continue_from=query.get("continue", ""),
        uid=preconditions.get("uid") or "",
        resource_version=preconditions.get("resourceVersion") or "",
    )


def _dry_run(values: list[str]) -> bool:
    if values not in ([], ["All"]):
        message = f'Unsupported value: {json.dumps(values)}: supported values: "All"'
        causes = [{"reason": "FieldValueNotSupported", "message": message, "field": "dryRun"}]
        details = {"group": "meta.k8s.io", "kind": "CreateOptions", "causes": causes}
        raise Refusal(422, f'CreateOptions.meta.k8s.io "" is invalid: dryRun: {message}', "Invalid", details)
    return bool(values)
