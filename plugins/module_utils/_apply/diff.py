# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diff of a plan for ``--diff``: what changes in an object, without values that may be secret."""

from __future__ import annotations

import copy
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._core import yaml_text
from .._core.field_paths import ABSENT, Path
from .._core.masking import HIDDEN, HIDDEN_CHANGED
from . import yaml_edit
from .document_rules import document_rules, text_fields
from .embedded_document import decode
from .plan import Plan

# Set by the API server and different after each write, so they are noise in a diff.
SERVER_FIELDS = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")


#: What the header says about an action.
ACTIONS = {"created": " (new)", "deleted": " (deleted)"}


def diff(plan: Plan, host: str = "") -> dict[str, str]:
    """Return a diff in the format of Ansible's callbacks; both sides are empty if nothing changes.

    Ansible prints the diffs of many clusters one after another, so each names its ``host``, has what differs and the
    path to it only, and therefore one hunk.
    """
    if plan.action == "unchanged":
        return {"before": "", "after": ""}
    header = f"{f'{host}: ' if host else ''}{plan.reference}{ACTIONS.get(plan.action, '')}"
    before, after = _differing(_shown(plan, plan.before), _shown(plan, plan.after))
    return {"before_header": header, "after_header": header, "before": _text(before), "after": _text(after)}


def _text(shown: Any) -> str:
    return yaml_text.dump(shown) if shown else ""


def _differing(before: Any, after: Any) -> tuple[Any, Any]:
    """Return both sides without the keys whose values are the same on both; None is a missing side."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return before, after
    common = before.keys() & after.keys()
    parts = {key: _differing(before[key], after[key]) for key in common if before[key] != after[key]}
    sides = []
    for number, side in enumerate((before, after)):
        shown = {
            key: parts[key][number] if key in parts else side[key] for key in side if key in parts or key not in common
        }
        # A map of which this side has nothing that differs is not an empty one.
        sides.append({key: value for key, value in shown.items() if value != {} or side[key] == {}})
    return sides[0], sides[1]


def _shown(plan: Plan, manifest: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return an object as it may be shown, without what the header says."""
    if manifest is None:
        return None
    shown = copy.deepcopy({key: value for key, value in manifest.items() if key not in ("status", "data")})
    for field in (*SERVER_FIELDS, "name", "namespace"):
        shown["metadata"].pop(field, None)
    if not shown["metadata"]:
        del shown["metadata"]
    # An answer need not name the type of the object that was asked for.
    shown.pop("kind", None)
    if None in (plan.before, plan.after):
        shown.pop("apiVersion", None)
    if manifest.get("data"):
        shown["data"] = {key: _value(plan, key, manifest is plan.after) for key in manifest["data"]}
    for path, _document_text in list(text_fields(plan.reference, shown)):
        field_paths.put(shown, path, _redacted(plan, path, manifest is plan.after))
    return shown


def _value(plan: Plan, key: str, is_after: bool) -> Any:
    if plan.reference.kind != "Secret":
        return ((plan.after if is_after else plan.before) or {})["data"][key]
    return _redacted(plan, ("data", key), is_after)


def _redacted(plan: Plan, path: Path, is_after: bool) -> Any:
    """Return the redacted form of a text that may be secret: changed values of a document, or whether it changes."""
    before, after = (field_paths.get(side or {}, path) for side in (plan.before, plan.after))
    if path in plan.document_edits and before != after:
        return _document(plan, path, after if is_after else before)
    return HIDDEN_CHANGED if is_after and before is not ABSENT and before != after else HIDDEN


def _document(plan: Plan, path: Path, text: str) -> dict[str, Any]:
    """Return the changed values of a document; values that may be secret are masked."""
    rules = document_rules(plan.reference, path)
    text = decode(text, path[-1]) if plan.reference.kind == "Secret" else text
    document = yaml_edit.parse(text, path[-1], rules.optional)
    shown = {}
    for change in plan.document_edits[path].changes:
        value = field_paths.get(document, change.path)
        if value is not ABSENT:
            shown[field_paths.render(change.path)] = value if rules.shown(change.path) else HIDDEN
    return shown
