# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""notification-manager's choice of Receivers: by owner, Routers, Silences and selectors.

Sources: notification-manager v1.4.0 and v2.3.0 (pkg/notify/config, pkg/controller, pkg/webhook, and the notifier for
DingTalk in pkg/notify/notifier).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._kubesphere.console_pages import DINGTALK
from .._kubesphere.releases import BEFORE_3_4, KUBESPHERE_4, WITH_RULE_LEVEL
from .alerts import Alert, ExpectedReceiver
from .holdings import Holdings, Manifest, known, mapping, part
from .manager import MANAGER, STAGE, manager_of, owner_of, selectors_of, tenant_key
from .outcome import Result, Step, WayEnds
from .routers import check_routers
from .selectors import in_words, is_empty, matches
from .silences import check_silences
from .templates import check_templates

#: The field of a Receiver that selects alerts.
SELECTOR = "spec.dingtalk.alertSelector"
#: The types of messages to DingTalk; notification-manager refuses any other.
TEMPLATE_TYPES = ("text", "markdown")


def receive(holdings: Holdings, alert: Alert, expected: ExpectedReceiver) -> tuple[Manifest, tuple[Step, ...]]:
    """Return the Receiver that takes an alert, with the steps to it; raises ``WayEnds`` if it does not take it."""
    place = f"Receiver {expected.name}"
    receiver = receiver_of(holdings, expected)
    manager = manager_of(holdings)
    settings = part(receiver, "spec", "dingtalk")
    _check_owner(place, receiver, manager, expected)
    check_enabled(receiver, expected)
    if expected.user:
        _check_level(holdings.release, alert, place)
    alert = _with_cluster(holdings.release, alert, manager)
    # Routers and silences came with notification-manager 2.x.
    if holdings.release not in BEFORE_3_4:
        check_routers(holdings, alert, receiver, manager)
        check_silences(holdings, alert, expected)
    step = _selected(place, settings, alert, expected)
    _check_template_type(place, settings, part(manager, "receivers", "options", "dingtalk"))
    if holdings.release not in BEFORE_3_4 and not holdings.is_member:
        check_templates(holdings, place, settings, manager)
    return receiver, (step,)


def receiver_of(holdings: Holdings, expected: ExpectedReceiver) -> Manifest:
    """Return the stored Receiver; raises ``WayEnds`` if there is none."""
    receiver = known(holdings.receivers.get(expected.name))
    if receiver is None:
        raise _no_receiver(holdings, expected)
    return receiver


def check_enabled(receiver: Manifest, expected: ExpectedReceiver) -> None:
    """Raise ``WayEnds`` if the stored Receiver is disabled."""
    if part(receiver, "spec", "dingtalk").get("enabled") is False:
        place = f"Receiver {expected.name}"
        raise WayEnds(Result.UNDELIVERED, f"{place}: is disabled", f"Enable it: {DINGTALK}.", finding="KD604")


def _no_receiver(holdings: Holdings, expected: ExpectedReceiver) -> WayEnds:
    if holdings.is_member:
        return WayEnds(
            Result.PENDING, f"KubeSphere has not copied Receiver {expected.name} from the host yet", finding="KD617"
        )
    if expected.robot and not expected.robot_is_ready and not expected.chats:
        return robot_is_pending()
    return WayEnds(
        Result.UNDELIVERED, f"Receiver {expected.name}: not found", "Run feature notification.", finding="KD603"
    )


def robot_is_pending() -> WayEnds:
    """Return the end of the way to a robot that nobody has added to its chat yet."""
    return WayEnds(
        Result.PENDING,
        "it has no webhook yet; the manual steps of role dingtalk say how to add it to its chat",
        finding="KD618",
    )


def _check_owner(place: str, receiver: Manifest, manager: Mapping[str, Any], expected: ExpectedReceiver) -> None:
    if not owner_of(receiver, manager):
        described = [f"{name} {in_words(selector)}" for name, selector in selectors_of(manager).items()]
        described += [f"tenantKey {tenant_key(manager)}"] if expected.user else []
        raise WayEnds(
            Result.UNDELIVERED,
            f"{place}: no selector of {MANAGER} selects its labels ({'; '.join(described)})",
            f"Restore spec.receivers of {MANAGER} to the values that KubeSphere ships: type=global and type=tenant, "
            "with tenantKey user.",
            finding="KD605",
        )


def _check_level(release: str, alert: Alert, place: str) -> None:
    level = alert.labels.get("rule_level")
    if release in WITH_RULE_LEVEL and level != "namespace":
        raise WayEnds(
            Result.UNDELIVERED,
            f"{place}: KubeSphere {release} gives a tenant only alerts with the label rule_level=namespace, and these "
            f"have {level or 'none'}",
            "Write a policy of the project (namespace) for the tenant, or send these alerts to a global Receiver.",
            finding="KD606",
        )


def _with_cluster(release: str, alert: Alert, manager: Mapping[str, Any]) -> Alert:
    """Return an alert with the label ``cluster`` that notification-manager adds before anything selects alerts.

    1.x replaces the label. 2.x adds it if it is missing, which it is not on KubeSphere 4; the name that it adds without
    the option is not known here.
    """
    name = part(manager, "receivers", "options", "global").get("cluster")
    if release in BEFORE_3_4:
        return replace(alert, labels={**alert.labels, "cluster": str(name or "default")})
    if release in KUBESPHERE_4 or not name:
        return alert
    return replace(alert, labels={"cluster": str(name), **alert.labels})


def _check_template_type(place: str, settings: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Raise ``WayEnds`` if messages have a type that DingTalk does not have; ``options``: for Receivers without one."""
    own, field, owner = settings.get("tmplType"), "spec.dingtalk.tmplType", place
    if not own:
        own, field, owner = options.get("tmplType"), "spec.receivers.options.dingtalk.tmplType", MANAGER
    if own and own not in TEMPLATE_TYPES:
        sent = " and ".join(TEMPLATE_TYPES)
        raise WayEnds(
            Result.UNDELIVERED,
            f"{owner}: {field} is {own}, and notification-manager sends DingTalk {sent} only",
            f"Set {field} of {owner} to {' or '.join(TEMPLATE_TYPES)}, or remove it.",
            Step(STAGE, owner, field, str(own)),
            "KD620",
        )


def _selected(place: str, settings: Mapping[str, Any], alert: Alert, expected: ExpectedReceiver) -> Step:
    selector = settings.get("alertSelector")
    words = "" if is_empty(selector) else in_words(mapping(selector))
    step = Step(STAGE, place, SELECTOR, words)
    if not words or matches(selector, alert.labels):
        return step
    if expected.selector:
        raise WayEnds(Result.EXCLUDED, f"{expected.option} keeps them out: {words}", step=step)
    raise WayEnds(
        Result.UNDELIVERED,
        f"{place}: its alertSelector, which is unmanaged, keeps them out: {words}",
        f"Set {expected.option}: {{}} to remove the selector, or set the one that you want.",
        step,
        finding="KD609",
    )
