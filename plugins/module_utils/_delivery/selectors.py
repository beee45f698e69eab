# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes label selectors over the labels of an alert or of an object.

Source: apimachinery's LabelSelector; KubeSphere 4 adds the operator Match with regexValue (notification-manager,
apis/v2beta2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._alertmanager.go_regexp import compiled

Labels = Mapping[str, str]


def matches(selector: Any, labels: Labels, match: bool | None = None) -> bool:
    """Return whether a selector selects labels; one that is missing or empty selects all.

    A selector that notification-manager cannot parse selects nothing. ``match``: what to assume of the operator Match,
    whose regular expressions are Go's; None evaluates them here.
    """
    if not isinstance(selector, Mapping):
        return selector is None
    wanted, terms = selector.get("matchLabels") or {}, selector.get("matchExpressions") or []
    if not isinstance(wanted, Mapping) or not isinstance(terms, list):
        return False
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        isinstance(term, Mapping) and _accepts(term, labels.get(str(term.get("key"))), match) for term in terms
    )


def is_empty(selector: Any) -> bool:
    """Return whether a selector selects everything, as it has no condition."""
    return not isinstance(selector, Mapping) or not any(selector.values())


def _accepts(term: Mapping[str, Any], value: str | None, match: bool | None) -> bool:
    operator, values = term.get("operator"), term.get("values") or []
    if operator in ("In", "NotIn"):
        # NotIn also selects what has no such label.
        return isinstance(values, list) and (value in values) is (operator == "In")
    if operator in ("Exists", "DoesNotExist"):
        return (value is not None) is (operator == "Exists")
    if match is not None:
        return match
    if operator == "Match" and value is not None:
        expression = compiled(str(term.get("regexValue") or ""))
        return expression is not None and expression.search(value) is not None
    return False


def in_words(selector: Mapping[str, Any]) -> str:
    """Return a selector in the notation of kubectl, such as ``severity in (critical), !namespace``."""
    labels, terms = selector.get("matchLabels"), selector.get("matchExpressions")
    parts = [f"{key}={value}" for key, value in labels.items()] if isinstance(labels, Mapping) else []
    for term in terms if isinstance(terms, list) else []:
        parts += [_in_words(term)] if isinstance(term, Mapping) else []
    return ", ".join(parts)


def _in_words(term: Mapping[str, Any]) -> str:
    key, operator, listed = term.get("key"), str(term.get("operator")), term.get("values")
    values = ", ".join(map(str, listed)) if isinstance(listed, list) else ""
    words = {
        "In": f"{key} in ({values})",
        "NotIn": f"{key} notin ({values})",
        "Exists": str(key),
        "DoesNotExist": f"!{key}",
        "Match": f"{key} matches {term.get('regexValue')}",
    }
    return words.get(operator, f"{key} {operator} ({values})")
