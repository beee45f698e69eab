# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Receivers get an alert, and with which Config: by labels and selectors, as notification-manager 1.x or 2.x."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .cluster import Json, Settings

Labels = Mapping[str, str]
_LAST = float("inf")

_OPERATORS: dict[str, Callable[[Json, str | None], bool]] = {
    "In": lambda term, value: value in (term.get("values") or ()),
    "NotIn": lambda term, value: value not in (term.get("values") or ()),
    "Exists": lambda term, value: value is not None,
    "DoesNotExist": lambda term, value: value is None,
    "Match": lambda term, value: value is not None and bool(re.search(term.get("regexValue", ""), value)),
}
"""`Match` is KubeSphere 4.1's own."""


def matches(selector: Mapping[str, Any] | None, labels: Labels) -> bool:
    """Tell whether a LabelSelector selects these labels; none selects everything."""
    selector = selector or {}
    wanted: Labels = selector.get("matchLabels") or {}
    terms: Sequence[Json] = selector.get("matchExpressions") or ()
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _OPERATORS[term["operator"]](term, labels.get(term["key"])) for term in terms
    )


@dataclass(frozen=True)
class Target:
    """A Receiver's DingTalk part with the Config found for it."""

    name: str
    spec: Json
    """The Receiver's spec.dingtalk."""
    config: Json | None = None
    """The Config's spec.dingtalk."""
    manager: Json = field(default_factory=dict)

    @property
    def chatids(self) -> list[str]:
        """The chats to send to."""
        return list((self.spec.get("conversation") or {}).get("chatids") or ())

    @property
    def options(self) -> Json:
        """The NotificationManager's options for DingTalk."""
        return _path(self.manager, "receivers", "options", "dingtalk")


def targets(settings: Settings, modern: bool) -> list[Target]:
    """Return the enabled global Receivers with their Configs. Tenants' Receivers are left out."""
    selector = _path(settings.manager, "receivers", "globalReceiverSelector") or {"matchLabels": {"type": "global"}}
    found = []
    for receiver in settings.receivers:
        spec = _path(receiver, "spec", "dingtalk")
        if spec and spec.get("enabled") is not False and matches(selector, _labels(receiver)):
            config = _config(settings, spec.get("dingtalkConfigSelector"), modern)
            found.append(Target(receiver["metadata"]["name"], spec, config, settings.manager))
    return found


def _config(settings: Settings, selector: Mapping[str, Any] | None, modern: bool) -> Json | None:
    """Choose a Config: 1.x takes the last seen, 2.x the lowest priority among the default ones."""
    default = settings.manager.get("defaultConfigSelector") or {"matchLabels": {"type": "default"}}
    known = [config for config in settings.configs if "dingtalk" in (config.get("spec") or {})]
    if modern or not selector:
        known = [config for config in known if matches(default, _labels(config))]
    known = [config for config in known if matches(selector, _labels(config))]
    if not known:
        return None
    chosen = min(known, key=_priority) if modern else known[-1]
    return _path(chosen, "spec", "dingtalk")


def _priority(config: Json) -> float:
    try:
        return float(_labels(config)["priority"])
    except (KeyError, ValueError):
        return _LAST


def _labels(manifest: Json) -> dict[str, str]:
    return manifest.get("metadata", {}).get("labels") or {}


def _path(value: Json, *keys: str) -> Json:
    for key in keys:
        value = value.get(key) or {}
    return value
