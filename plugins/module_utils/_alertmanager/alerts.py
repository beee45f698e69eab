# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's own alerts, by which the precedence of routes is decided.

A route has to come before one that takes all of its alerts. Matchers alone rarely answer that: a route for an empty
``alerttype`` takes all critical alerts of built-in policies, because they have no such label. So the values that
KubeSphere's alerts have stand for labels that a route does not name, and examples for those that it describes.

Labels of policies: kubesphere/kubesphere, pkg/models/alerting and pkg/controller/alerting (``alerttype``, ``rule_id``);
of events and audit events: kubesphere/ks-installer, roles/ks-monitor/files/prometheus/alertmanager.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .examples import examples
from .matchers import Matcher, as_text, route_matchers

#: Stands for any other value of a label.
OTHER = "another-value"
SEVERITIES = ("critical", "error", "warning", "info")
#: Labels that some alerts have, with values that are not known.
_SOMETIMES = (
    *("cluster", "container", "daemonset", "deployment", "device", "endpoint", "host_ip", "instance", "job"),
    *("job_name", "mountpoint", "node", "owner_kind", "owner_name", "owner_namespace", "persistentvolumeclaim", "pod"),
    *("prometheus", "resource", "role", "rule_group", "rule_id", "rule_level", "rule_type", "service", "statefulset"),
    *("thanos_ruler", "workload"),
)
_USUAL: Mapping[str, tuple[str, ...]] = {
    "alertname": (OTHER,),
    "namespace": (OTHER, MONITORING_NAMESPACE, ""),
    "severity": SEVERITIES,
    **dict.fromkeys(_SOMETIMES, ("", OTHER)),
}


class Kind(NamedTuple):
    """A kind of alerts: its name in messages, and the ``alerttype`` of its alerts, None for any."""

    name: str
    alerttype: str | None


BUILT_IN, POLICIES = Kind("alerts of built-in policies", ""), Kind("alerts of policies", "metric")
EVENTS, AUDIT = Kind("events", "event"), Kind("audit events", "auditing")
#: KubeSphere has a route for events and one for audit events, so these count only for routes that name them.
_OWN, _EVENTS, _ANY = (BUILT_IN, POLICIES), (EVENTS, AUDIT), Kind("alerts", None)


def kinds(matchers: Sequence[Matcher]) -> tuple[Kind, ...]:
    """Return the kinds of alerts that count for a route with these matchers; none if they exclude each other."""
    if contradiction(matchers):
        return ()
    for candidates in (_OWN, _EVENTS):
        if found := tuple(kind for kind in candidates if values("alerttype", matchers, kind)):
            return found
    return (_ANY,)


def values(label: str, matchers: Iterable[Matcher], kind: Kind) -> tuple[str, ...]:
    """Return the values that stand for those of a label in the alerts of a kind that satisfy the matchers.

    Empty if there are none. They are known for ``alerttype`` and ``severity``; of other labels there are examples.
    """
    named = [matcher for matcher in matchers if matcher.name == label]
    is_kind = label == "alerttype" and kind.alerttype is not None
    usual = (str(kind.alerttype),) if is_kind else _USUAL.get(label, ("",))
    known = _accepted(usual, named)
    if is_kind or not named or (label == "severity" and known):
        return known
    found = _accepted(dict.fromkeys((*usual, *_described(named), OTHER, "")), named)
    return found or ("", OTHER)


def _described(matchers: Iterable[Matcher]) -> tuple[str, ...]:
    return tuple(text for matcher in matchers for text in _texts(matcher))


def _texts(matcher: Matcher) -> tuple[str, ...]:
    if matcher.operator == "=":
        return (matcher.value,)
    return examples(matcher.value).texts if matcher.operator == "=~" else ()


def _accepted(candidates: Iterable[str], matchers: Sequence[Matcher]) -> tuple[str, ...]:
    return tuple(value for value in candidates if all(one.accepts({one.name: value}) for one in matchers))


def contradiction(matchers: Sequence[Matcher]) -> str:
    """Return the label for which no value satisfies all matchers; empty if there is none, or if that is not certain."""
    if not all(matcher.is_known for matcher in matchers):
        return ""
    for matcher in matchers:
        are_all = matcher.operator == "=" or (matcher.operator == "=~" and examples(matcher.value).are_all)
        same_label = [one for one in matchers if one.name == matcher.name]
        if are_all and not _accepted(_texts(matcher), same_label):
            return matcher.name
    return ""


def taken_kinds(route: Any, new: Sequence[Matcher]) -> tuple[Kind, ...]:
    """Return the kinds of which a route takes all alerts with the matchers ``new``, and leaves none to later routes."""
    matchers = route_matchers(route) if isinstance(route, Mapping) else None
    if matchers is None or route.get("continue") is True:
        return ()
    return tuple(kind for kind in kinds(new) if all(_accepts_all(matcher, new, kind) for matcher in matchers))


def _accepts_all(matcher: Matcher, new: Sequence[Matcher], kind: Kind) -> bool:
    return matcher in new or all(matcher.accepts({matcher.name: text}) for text in values(matcher.name, new, kind))


def all_matchers(routes: Iterable[Any]) -> list[Matcher] | None:
    """Return the matchers of a route and of those above it; None if one of them is invalid."""
    found: list[Matcher] = []
    for route in routes:
        matchers = route_matchers(route) if isinstance(route, Mapping) else []
        if matchers is None:
            return None
        found += matchers
    return found


def place(routes: Sequence[Any], new: Mapping[str, Any], above: Sequence[Any] = ()) -> int:
    """Return the index of a new route: before the first one that takes all its alerts of a kind, or the end.

    ``above``: the routes that contain ``routes``.
    """
    wanted = all_matchers([*above, new])
    taking = (index for index, route in enumerate(routes) if wanted is not None and taken_kinds(route, wanted))
    return next(taking, len(routes))


def receivers(routes: Any, wanted: Sequence[Matcher]) -> dict[Kind, str]:
    """Return the receivers of the alerts with the matchers ``wanted``, by kind, as far as these routes name them."""
    found: dict[Kind, str] = {}
    for route in routes if isinstance(routes, list) else []:
        taken = [kind for kind in taken_kinds(route, wanted) if kind not in found]
        deeper = receivers(route.get("routes"), wanted) if taken else {}
        found |= {kind: deeper.get(kind) or as_text(route.get("receiver")) for kind in taken}
    return found
