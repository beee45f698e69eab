# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory expects of a cluster: which alerts are to arrive at which Receivers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._alertmanager.alerts import all_matchers
from .._alertmanager.matchers import Matcher, identity, literal_value
from .._alertmanager.routes import built_in_labels
from .._delivery.alerts import BUILT_IN, POLICY, WITHOUT_NAMESPACE, Alert, Expectations, ExpectedReceiver, Origin
from .._delivery.selectors import matches
from .._kubesphere.releases import BEFORE_3_4, labels_of_rules
from .config_selection import CONFIG
from .notification import DesiredNotification
from .policies.policy import Policy
from .policies.targets import targets
from .receivers import GLOBAL_RECEIVER, selector_option

#: An expression that is true all the time, as that of Watchdog.
_CONSTANT = re.compile(r"\s*vector\(\s*[\d.]+\s*\)\s*")


def expectations(
    desired: DesiredNotification,
    chat_ids: Mapping[str, str],
    contexts: Mapping[str, Mapping[str, Any]],
    release: str,
    members: Iterable[str] = (),
) -> Expectations:
    """Return what the inventory expects of a cluster.

    ``chat_ids``: chat key -> chat ID. ``contexts``: feature -> its template context. ``members``: KubeSphere's names of
    the clusters whose alerts arrive through this one, in KubeSphere 4.
    """
    routes = _routes(contexts)
    receivers = list(_receivers(desired, chat_ids))
    alerts = [
        *built_in(release),
        *_policies(contexts, release),
        *_of_routes(routes, release),
        *_of_selectors(receivers, release),
    ]
    alerts += [alert for member in members for alert in built_in(release, member)]
    named = frozenset(identity(route) for _place, route, _parents in routes if route.get("receiver"))
    return Expectations(tuple(receivers), tuple(alerts), named)


def built_in(release: str, member: str = "") -> list[Alert]:
    """Return alerts of KubeSphere's built-in policies: of each severity, with and without a namespace.

    ``member``: KubeSphere's name of the cluster that raises them, empty for the cluster itself.
    """
    place = f" on {member}" if member else ""
    return [
        Alert(
            f"{labels['severity']} {BUILT_IN}{place}{'' if 'namespace' in labels else WITHOUT_NAMESPACE}",
            {**labels, **labels_of_rules(release)},
            cluster=member,
        )
        for with_namespace in built_in_labels()
        for labels in (with_namespace, {name: text for name, text in with_namespace.items() if name != "namespace"})
    ]


def _receivers(desired: DesiredNotification, chat_ids: Mapping[str, str]) -> Iterator[ExpectedReceiver]:
    params = desired.params
    keys, robot = params["notification_chats"], params["notification_robot"]
    if params["notification_enabled"] and (keys or robot):
        yield ExpectedReceiver(
            GLOBAL_RECEIVER,
            _by_id(desired, keys, chat_ids),
            robot,
            _is_ready(desired, robot),
            CONFIG,
            params["notification_alert_selector"],
            selector_option(GLOBAL_RECEIVER),
        )
    for name, receiver in desired.receivers.items():
        if receiver.enabled:
            yield ExpectedReceiver(
                name,
                _by_id(desired, receiver.chats, chat_ids),
                receiver.robot,
                _is_ready(desired, receiver.robot),
                CONFIG,
                receiver.alert_selector,
                selector_option(name),
                receiver.user,
            )


def _by_id(desired: DesiredNotification, keys: Iterable[str], chat_ids: Mapping[str, str]) -> dict[str, str]:
    return {chat_ids.get(key) or str(desired.chats[key].chat_id): key for key in keys}


def _is_ready(desired: DesiredNotification, robot: str) -> bool:
    return not robot or bool(desired.robots[robot].webhook)


def _policies(contexts: Mapping[str, Mapping[str, Any]], release: str) -> Iterator[Alert]:
    for policy in map(Policy, (contexts.get("alerting") or {}).get("policies") or []):
        namespace = {"namespace": policy.namespace} if policy.namespace else {}
        fixed = {"alertname": policy.name, "severity": policy.desired["severity"], "alerttype": "metric"}
        own = {str(name): str(value) for name, value in (policy.desired["labels"] or {}).items()}
        labels = {**fixed, **_of_controller(policy, release), **namespace, **own}
        yield Alert(
            f"{POLICY} {policy.name}",
            labels,
            Origin.POLICY,
            targets=targets(policy),
            always_fires=bool(_CONSTANT.fullmatch(str(policy.desired["expr"] or ""))),
        )


def _of_controller(policy: Policy, release: str) -> dict[str, str]:
    """Return the labels that KubeSphere's controller of rule groups adds to the alerts of a policy, from 3.4 on."""
    if release in BEFORE_3_4:
        return {}
    kind = "template" if policy.target else "custom"
    return {"rule_level": policy.scope, "rule_group": str(policy.desired["group"]), "rule_type": kind}


#: A desired route with its place and the routes above it.
_Route = tuple[str, Mapping[str, Any], tuple[Mapping[str, Any], ...]]


def _routes(contexts: Mapping[str, Mapping[str, Any]]) -> list[_Route]:
    document = (contexts.get("alertmanager") or {}).get("document") or {}
    return list(_below("alertmanager_routes", (document.get("route") or {}).get("routes") or [], ()))


def _below(place: str, routes: Iterable[Mapping[str, Any]], parents: tuple[Mapping[str, Any], ...]) -> Iterator[_Route]:
    for index, route in enumerate(routes):
        yield f"{place}[{index}]", route, parents
        yield from _below(f"{place}[{index}].routes", route.get("routes") or [], (*parents, route))


def _of_routes(routes: Iterable[_Route], release: str) -> Iterator[Alert]:
    """Yield an alert for each desired route, if its matchers determine one."""
    base = built_in(release)[0].labels
    for place, route, parents in routes:
        matchers = all_matchers((*parents, route)) or []
        labels = {**base, **_wanted(matchers)}
        if all(matcher.accepts(labels) for matcher in matchers):
            yield Alert(
                f"alerts of {place}", {name: value for name, value in labels.items() if value}, Origin.INVENTORY
            )


def _of_selectors(receivers: Iterable[ExpectedReceiver], release: str) -> Iterator[Alert]:
    """Yield an alert for each desired selector, if its positive conditions determine one that it selects."""
    for receiver in receivers:
        selector = receiver.selector or {}
        terms = [term for term in selector.get("matchExpressions") or [] if term["operator"] == "In"]
        chosen = {**(selector.get("matchLabels") or {}), **{term["key"]: term["values"][0] for term in terms}}
        labels = {**built_in(release)[0].labels, **chosen}
        if chosen and matches(selector, labels):
            yield Alert(f"alerts of {receiver.option}", labels, Origin.INVENTORY, receiver=receiver.name)


def _wanted(matchers: Iterable[Matcher]) -> dict[str, str]:
    """Return labels that positive matchers accept: their value, or the first of the alternatives."""
    found = ((matcher.name, literal_value(matcher)) for matcher in matchers)
    return {name: value for name, value in found if value is not None}
