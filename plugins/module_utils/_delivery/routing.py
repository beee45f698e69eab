# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From Alertmanager's route to notification-manager, whose webhook one of the taken receivers must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .._alertmanager.matchers import as_text
from .._alertmanager.routes import Taken, taken
from .._alertmanager.timing import effective_repeat_interval
from .._alertmanager.warnings.intervals import always, never
from .._alertmanager.warnings.parts import ACTIVE, MUTE, intervals_that, names
from .._core.text import few
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .alerts import Alert, Expectations
from .holdings import Holdings, known, mapping
from .outcome import Result, Step, WayEnds

STAGE = "Alertmanager"
#: The Service that notification-manager's operator creates, without TLS, and the path for Alertmanager's messages
#: (notification-manager, controllers and pkg/webhook/v1).
SERVICE, PORT, PATH = ("notification-manager-svc", MONITORING_NAMESPACE, "svc"), 19093, "/api/v2/alerts"
URL = f"http://{'.'.join(SERVICE)}:{PORT}{PATH}"


@dataclass(frozen=True)
class Routed:
    """The routes that lead an alert to notification-manager; ``interval``: seconds until the first repetition."""

    steps: tuple[Step, ...]
    interval: float


def route(holdings: Holdings, alert: Alert, expectations: Expectations) -> Routed:
    """Return the way of an alert through Alertmanager; raises ``WayEnds`` if it does not lead to notification-manager.

    Of several routes, each with ``continue``, one that leads there is enough; the shortest interval counts.
    """
    document = known(holdings.alertmanager)
    if document is None:
        raise WayEnds(
            Result.UNDELIVERED,
            f"{holdings.alertmanager_object}: not found, so Alertmanager has no configuration",
            "Install KubeSphere's monitoring component, or the extension whizard-notification on KubeSphere 4.",
            finding="KD501",
        )
    routes = taken(mapping(document.get("route")), alert.labels)
    receivers = {as_text(item.get("name")): item for item in _items(document.get("receivers"))}
    leading = [item for item in routes if is_notification_manager(mapping(receivers.get(_receiver(item))))]
    if not leading:
        raise _elsewhere(holdings.alertmanager_object, routes, expectations)
    ends = [_muted(holdings.alertmanager_object, item, document) for item in leading]
    leading = [item for item, end in zip(leading, ends, strict=True) if end is None]
    if not leading:
        raise next(filter(None, ends))
    settings = mapping(mapping(document.get("global")).get("http_config"))
    if all(_is_proxied(mapping(receivers.get(_receiver(item))), settings) for item in leading):
        raise _proxied(holdings.alertmanager_object, leading[0])
    steps = tuple(
        Step(STAGE, holdings.alertmanager_object, f"route {item.matchers or '(root)'}", f"receiver {_receiver(item)}")
        for item in leading
    )
    return Routed(steps, min(effective_repeat_interval(item.settings) for item in leading))


def is_notification_manager(receiver: Mapping[str, Any]) -> bool:
    """Return whether a receiver of Alertmanager sends to notification-manager."""
    return any(map(is_notification_manager_webhook, _items(receiver.get("webhook_configs"))))


def is_notification_manager_webhook(webhook: Mapping[str, Any]) -> bool:
    """Return whether a webhook of a receiver is that of notification-manager."""
    return _is_its_url(str(webhook.get("url") or ""))


def _is_its_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    name = tuple((parts.hostname or "").split("."))[: len(SERVICE)]
    # The namespace is Alertmanager's own if it is missing; the domain of the cluster may follow.
    return (parts.scheme, port, parts.path) == ("http", PORT, PATH) and name == SERVICE[: len(name)]


def _elsewhere(place: str, routes: list[Taken], expectations: Expectations) -> WayEnds:
    names = {item.matchers: _receiver(item) for item in routes}
    if names and all(matchers in expectations.routes for matchers in names):
        wanted = ", ".join(f"{matchers} to {receiver}" for matchers, receiver in names.items())
        return WayEnds(Result.EXCLUDED, f"alertmanager_routes sends them elsewhere: {wanted}")
    described = ", ".join(
        f"{f'the route for {matchers}' if matchers else 'the root route'} to receiver {receiver}"
        for matchers, receiver in names.items()
    )
    return WayEnds(
        Result.UNDELIVERED,
        f"{place}: they take {described or 'no route'}, which does not send to notification-manager",
        f"Set the receiver of that route to the one with notification-manager's webhook {URL} (prometheus as "
        "KubeSphere ships it), or add a route for these alerts with that receiver to alertmanager_routes.",
        finding="KD503",
    )


def _muted(place: str, item: Taken, document: Mapping[str, Any]) -> WayEnds | None:
    """Return the end of the way if the time intervals of a route mute it all the time, else None."""
    muting, active = (names(item.route, field) or [] for field in (MUTE, ACTIVE))
    full = intervals_that(always, document) if muting else set()
    if found := [name for name in muting if name in full]:
        field, reason = MUTE, f"{found[0]} contains all time"
    elif active and set(active) <= intervals_that(never, document):
        field, reason = ACTIVE, f"{few(active)} never begins"
    else:
        return None
    return WayEnds(
        Result.UNDELIVERED,
        f"{place}: the route for {item.matchers} is muted all the time, as {field} {reason}",
        f"Correct the interval, or remove it from {field} of that route.",
        Step(STAGE, place, f"route {item.matchers}", field),
        "KD521",
    )


def _is_proxied(receiver: Mapping[str, Any], shared: Mapping[str, Any]) -> bool:
    """Return whether a receiver reaches notification-manager through a proxy only; ``shared``: the global settings."""
    webhooks = filter(is_notification_manager_webhook, _items(receiver.get("webhook_configs")))
    # Settings of its own replace the global ones, also if they are empty.
    used = [shared if item.get("http_config") is None else mapping(item["http_config"]) for item in webhooks]
    return all(settings.get("proxy_url") and not settings.get("no_proxy") for settings in used)


def _proxied(place: str, item: Taken) -> WayEnds:
    name = _receiver(item)
    return WayEnds(
        Result.UNKNOWN,
        f"{place}: receiver {name} sends to notification-manager through a proxy (proxy_url), which may not reach a "
        "Service of the cluster",
        f"Set http_config: {{}} on the webhook of {name}, and proxy_url only on the receivers that need it. The "
        "playbook verify shows whether alerts arrive.",
        Step(STAGE, place, f"receiver {name}", "proxy_url"),
        "KD522",
    )


def _receiver(item: Taken) -> str:
    return as_text(item.settings.get("receiver"))


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
