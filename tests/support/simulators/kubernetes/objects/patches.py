# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The patch formats of the API server."""

from __future__ import annotations

from typing import Any

import jsonpatch
import jsonpointer

from tests.support.simulators.kubernetes.objects.resources import Resource
from tests.support.simulators.kubernetes.statuses import Refusal

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


def patched(resource: Resource, content_type: str, patch: Any, value: dict[str, Any]) -> dict[str, Any]:
    """Return the patched object. A strategic merge patch is treated as a merge patch, which replaces lists."""
    if content_type == JSON_PATCH:
        return _json_patched(patch, value)
    if content_type == MERGE_PATCH or (content_type == STRATEGIC_PATCH and not resource.custom):
        merged: dict[str, Any] = merge(value, patch)
        return merged
    raise Refusal(
        415,
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    )


def merge(value: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for key, item in patch.items():
        if item is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), item)
    return result


def _json_patched(patch: Any, value: dict[str, Any]) -> dict[str, Any]:
    try:
        result: dict[str, Any] = jsonpatch.apply_patch(value, patch)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError):
        raise Refusal(422, "the server rejected our request due to an error in our request", "Invalid") from None
    return result
