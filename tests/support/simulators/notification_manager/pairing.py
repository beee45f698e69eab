# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Receivers of an alert and their Configs, by labels and selectors, as in notification-manager 1.x or 2.x."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.support.simulators.notification_manager.cluster import Json, Settings

Labels = Mapping[str, str]
_LAST = float("inf")

_OPERATORS: dict[str, Callable[[Json, str | None], bool]] = {
    "In": lambda term, value: value in (term.get("values") or ()),
    "NotIn": lambda term, value: value not in (term.get("values") or ()),
    "Exists": lambda term, value: value is not None,
    "DoesNotExist": lambda term, value: value is None,
    "Match": lambda term, value: value is not None and bool(re.search(term.get("regexValue", ""), value)),
}
"""`Match` is an operator of KubeSphere 4.1."""


def matches(selector: Mapping[str, Any] | None, labels: Labels) -> bool:
    """Return whether a LabelSelector selects these labels; None selects everything."""
    selector = selector or {}
    wanted: Labels = selector.get("matchLabels") or {}
    terms: Sequence[Json] = selector.get("matchExpressions") or ()
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _OPERATORS[term["operator"]](term, labels.get(term["key"])) for term in terms
    )


@dataclass(frozen=True)
class Target:
    """A Receiver's DingTalk settings with their Config."""

    name: str
    spec: Json
    """The Receiver's spec.dingtalk."""
    config: Json | None = None
    """The Config's spec.dingtalk."""
    manager: Json = field(default_factory=dict)
    namespaces: frozenset[str] | None = None
    """The namespaces visible to a tenant; None for a global Receiver, which receives all alerts."""
    routers: tuple[Json, ...] = ()
    """The selectors of Routers to this Receiver."""
    all_routers: tuple[Json, ...] = ()
    """The selectors of Routers to any Receiver."""
    silences: tuple[Json, ...] = ()
    """The matchers of active Silences of this owner, or of the platform."""

    def selects(self, labels: Labels) -> bool:
        """Return whether an alert is sent here: visible to the tenant or routed by a Router, selected, not silenced."""
        if any(matches(matcher, labels) for matcher in self.silences):
            return False
        visible = self.namespaces is None or labels.get("namespace") in self.namespaces
        routed = any(matches(selector, labels) for selector in self.routers)
        policy = self.manager.get("routePolicy")
        if policy == "RouterOnly" or (
            policy == "RouterFirst" and any(matches(selector, labels) for selector in self.all_routers)
        ):
            visible = False
        return (visible or routed) and matches(self.spec.get("alertSelector"), labels)

    @property
    def chatids(self) -> list[str]:
        """The chats to send to."""
        return list((self.spec.get("conversation") or {}).get("chatids") or ())

    @property
    def options(self) -> Json:
        """The NotificationManager's options for DingTalk."""
        return _path(self.manager, "receivers", "options", "dingtalk")


def targets(settings: Settings, modern: bool, tenants: Mapping[str, Collection[str]], now: float) -> list[Target]:
    """Return the enabled Receivers with their Configs; ``tenants`` maps users to their visible namespaces."""
    found = []
    for receiver in settings.receivers:
        spec, name = _path(receiver, "spec", "dingtalk"), receiver["metadata"]["name"]
        owner = _owner(settings, receiver)
        if spec and spec.get("enabled") is not False and owner is not None:
            config = _config(settings, spec.get("dingtalkConfigSelector"), modern, owner)
            namespaces = frozenset(tenants.get(owner, ())) if owner else None
            routers = tuple(_routers(settings, [(receiver, "dingtalk")]))
            all_routers = tuple(_routers(settings, _channels(settings)))
            silences = tuple(_silences(settings, owner, now))
            found.append(Target(name, spec, config, settings.manager, namespaces, routers, all_routers, silences))
    return found


def _owner(settings: Settings, receiver: Json) -> str | None:
    """Return the tenant's name, an empty string for a global Receiver, None for an ignored one."""
    labels, receivers = _labels(receiver), _path(settings.manager, "receivers")
    if matches(receivers.get("globalReceiverSelector") or {"matchLabels": {"type": "global"}}, labels):
        return ""
    if matches(receivers.get("tenantReceiverSelector") or {"matchLabels": {"type": "tenant"}}, labels):
        return labels.get(receivers.get("tenantKey") or "user")
    return None


def _channels(settings: Settings) -> list[tuple[Json, str]]:
    """Return the enabled channels of all Receivers: a Receiver, and the name of the part of its spec."""
    return [
        (receiver, name)
        for receiver in settings.receivers
        if _owner(settings, receiver) is not None
        for name, part in receiver["spec"].items()
        if part.get("enabled") is not False
    ]


def _routers(settings: Settings, channels: Collection[tuple[Json, str]]) -> Iterator[Json]:
    """Yield the selectors of enabled Routers to one of these channels."""
    for router in settings.routers:
        spec, wanted = _path(router, "spec"), _path(router, "spec", "receivers")
        found = [channel for channel in channels if _leads_to(settings, wanted, *channel)]
        if spec.get("enabled") is not False and found:
            yield spec.get("alertSelector") or {}


def _leads_to(settings: Settings, wanted: Json, receiver: Json, channel: str) -> bool:
    name, labels = receiver["metadata"]["name"], _labels(receiver)
    tenant = _owner(settings, receiver) or "notification-manager/type/global"
    if any(
        one["tenant"] == tenant and (not one.get("type") or channel in one["type"])
        for one in wanted.get("channels") or ()
    ):
        return True
    is_named = name in (wanted.get("name") or ()) or (
        bool(wanted.get("regexName")) and bool(re.search(wanted["regexName"], name))
    )
    is_selected = wanted.get("selector") is not None and matches(wanted["selector"], labels)
    return (is_named or is_selected) and wanted.get("type", "") in ("", channel)


def _silences(settings: Settings, owner: str, now: float) -> Iterator[Json]:
    """Yield the matchers of active Silences, of the platform or of a tenant."""
    for silence in settings.silences:
        spec, labels = _path(silence, "spec"), _labels(silence)
        concerns = labels.get("type") == "global" or (owner and labels.get("user") == owner)
        if concerns and spec.get("enabled") is not False and _is_active(spec, now):
            yield spec.get("matcher") or {}


def _is_active(spec: Json, now: float) -> bool:
    """Return whether a Silence is active, as far as this simulation goes: one with a schedule never is in its time."""
    duration, begins = spec.get("duration"), spec.get("startsAt")
    if spec.get("schedule"):
        return not duration
    if not begins:
        return True
    begin = datetime.fromisoformat(begins).timestamp()
    return begin <= now and (not duration or now < begin + _seconds(duration))


def _seconds(duration: str) -> float:
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(float(amount) * units[unit] for amount, unit in re.findall(r"([\d.]+)([hms])", duration))


def _config(settings: Settings, selector: Mapping[str, Any] | None, modern: bool, owner: str) -> Json | None:
    """Return the Config: a tenant's own, else the last one in 1.x, the default one with the lowest priority in 2.x.

    ``owner`` is the tenant's name, empty for a global Receiver.
    """
    default = settings.manager.get("defaultConfigSelector") or {"matchLabels": {"type": "default"}}
    known = [config for config in settings.configs if "dingtalk" in (config.get("spec") or {})]
    own = [config for config in known if owner and matches(_tenant(owner), _labels(config))]
    if selected := [config for config in own if matches(selector, _labels(config))]:
        return _path(selected[-1], "spec", "dingtalk")
    if modern and owner:
        selector = None  # the fallback of a tenant is any default Config
    if modern or not selector:
        known = [config for config in known if matches(default, _labels(config))]
    known = [config for config in known if matches(selector, _labels(config))]
    if not known:
        return None
    chosen = min(known, key=_priority) if modern else known[-1]
    return _path(chosen, "spec", "dingtalk")


def _tenant(user: str) -> Json:
    return {"matchLabels": {"type": "tenant", "user": user}}


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
