# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alert selectors that others set on a Receiver: notification-manager drops what they do not match, without a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._apply.plan import DesiredObject
from .._core.printable import printable
from .._core.text import shortened
from .._findings.finding import cited
from .._kubesphere.releases import NOTIFICATION_GROUP
from .receivers import REGEX_OPERATOR, selector_option

#: The number of characters of a selector that a warning shows.
SHOWN_CHARACTERS = 300


def warnings(desired: DesiredObject, after: Mapping[str, Any] | None) -> list[str]:
    """Return a warning if ``after``, the object as applied, drops alerts by a selector that is not desired.

    An empty selector matches all alerts.
    """
    dingtalk = _dingtalk(desired.content)
    sends = dingtalk.get("conversation") or dingtalk.get("chatbot")
    is_receiver = (desired.reference.group, desired.reference.kind) == (NOTIFICATION_GROUP, "Receiver")
    if not is_receiver or not sends or "alertSelector" in dingtalk:
        return []
    terms = list(_terms(_dingtalk(after).get("alertSelector")))
    if not terms:
        return []
    option = selector_option(desired.reference.name)
    return [
        cited(
            "its alertSelector, which someone else set, is retained and drops every alert, except those with "
            f"{shortened(printable(' and '.join(terms)), SHOWN_CHARACTERS)}. To send all alerts, set {option}: {{}}; "
            "to send others, set a selector there",
            "KD609",
        )
    ]


def _dingtalk(manifest: Mapping[str, Any] | None) -> Mapping[str, Any]:
    found = field_paths.get(manifest, ("spec", "dingtalk"))
    return found if isinstance(found, Mapping) else {}


def _terms(selector: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the terms of a label selector in words."""
    for key, value in ((selector or {}).get("matchLabels") or {}).items():
        yield f"label {key} = {value}"
    for term in (selector or {}).get("matchExpressions") or []:
        yield _in_words(term)


def _in_words(term: Mapping[str, Any]) -> str:
    key, operator = term.get("key"), term.get("operator")
    if operator == "Exists":
        return f"a label {key}"
    if operator == "DoesNotExist":
        return f"no label {key}"
    if operator == REGEX_OPERATOR:
        return f"label {key} matching {term.get('regexValue')}"
    values = ", ".join(map(str, term.get("values") or ()))
    return f"label {key} {'not in' if operator == 'NotIn' else 'in'} ({values})"
