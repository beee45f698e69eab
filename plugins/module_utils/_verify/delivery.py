# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a cluster's alerts go once its plans are executed: what the model of delivery needs, and its outcomes.

Objects that are planned count as they will be. Others are read, with a LIST where all objects of a kind matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._alertmanager import config as alertmanager
from .._apply.embedded_document import Document, MergeContext
from .._apply.plan import Plan
from .._core.clock import SystemClock
from .._core.errors import OperationError
from .._core.field_paths import Path
from .._delivery import monitoring
from .._delivery.alerts import Expectations, Origin
from .._delivery.destinations import referenced_secrets
from .._delivery.holdings import Forbidden, Holdings, Ruler, mapping, part
from .._delivery.manager import default_namespace
from .._delivery.model import outcomes
from .._delivery.outcome import Outcome, Result
from .._delivery.receivers import SELECTOR
from .._delivery.routers import ALL, FIRST
from .._delivery.templates import referenced_texts, texts_of
from .._findings.finding import cited
from .._fleet.alert_delivery import describe_alerts, describe_targets
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError
from .._kubernetes.existence import existing, first_reads
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .._kubernetes.object_ref import KNOWN_RESOURCES, ObjectRef
from .._kubernetes.router import ObjectRouter
from .._kubesphere import alerting_extension
from .._kubesphere.facts import Facts
from .._kubesphere.missing_permissions import FORBIDDEN
from .._kubesphere.releases import BEFORE_3_4, NOTIFICATION_GROUP
from .._kubesphere.ruler_urls import CONFIG, OVERRIDES, values

Manifest = Mapping[str, Any]

_ALERTMANAGER = ObjectRef("v1", "Secret", alertmanager.SECRET, MONITORING_NAMESPACE)
_DOCUMENT = ("data", alertmanager.KEY)
_NOTIFICATION_PLAN = ObjectRef("kubesphere.io/v1alpha1", "InstallPlan", alertmanager.EXTENSION)
_INSTALLER = ObjectRef("installer.kubesphere.io/v1alpha1", "ClusterConfiguration", "ks-installer", "kubesphere-system")


class _View:
    """The objects of a cluster after the plans, read through the cache of the cluster."""

    def __init__(self, router: ObjectRouter, plans: Iterable[Plan]) -> None:
        self._router = router
        self._plans = {plan.reference.key: plan for plan in plans}
        self.forbidden: list[Forbidden] = []

    @property
    def cluster(self) -> Cluster:
        return self._router.cluster

    def get(self, reference: ObjectRef) -> Manifest | Forbidden | None:
        """Return an object, None if there is none."""
        if reference.key in self._plans:
            return self._plans[reference.key].after
        try:
            return self.cluster.get(self._router.path(reference))
        except ClusterError as error:
            return self.refused(error, f"get {_resource(reference)} {reference.name}")

    def list(self, kind: ObjectRef) -> list[Manifest] | Forbidden:
        """Return all objects of a cluster-scoped kind, in the API version of ``kind``."""
        try:
            answer = self.cluster.get(self._router.collection(kind))
        except ClusterError as error:
            return self.refused(error, f"list {_resource(kind)}")
        items = mapping(answer).get("items")
        listed = [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
        prefix = kind.key.removesuffix(kind.name)
        found = {f"{prefix}{mapping(item.get('metadata')).get('name')}": item for item in listed}
        planned = {key: plan.after for key, plan in self._plans.items() if key.startswith(prefix)}
        return [item for item in {**found, **planned}.values() if item is not None]

    def planned_document(self, reference: ObjectRef, path: Path) -> Mapping[str, Any] | None:
        """Return an embedded document that was merged for a plan, None if there is none."""
        plan = self._plans.get(reference.key)
        return plan.documents.get(path) if plan else None

    def refused(self, error: ClusterError, permission: str) -> Forbidden:
        """Return what stands for an object that the account may not read; raises any other error."""
        if error.status != 403:
            raise error
        self.forbidden.append(Forbidden(permission, error.message))
        return self.forbidden[-1]


def _resource(reference: ObjectRef) -> str:
    plural, _namespaced = KNOWN_RESOURCES[(reference.group, reference.kind)]
    return f"{plural}.{reference.group}" if reference.group else plural


class Delivery(NamedTuple):
    """The outcomes of alerts, what the account may not read to find them out, and what the cluster holds."""

    outcomes: Sequence[Outcome] = ()
    forbidden: Sequence[Forbidden] = ()
    holdings: Holdings | None = None


def reads(cluster: Cluster, facts: Facts, expectations: Expectations) -> list[str]:
    """Return the paths that :func:`find_delivery` reads whatever the plans are, so that they can be read together."""
    if not _is_asked(expectations):
        return []
    router = ObjectRouter(cluster)
    return [
        *map(router.collection, _listed_kinds(facts, expectations)),
        router.path(_document_place(facts)),
        *map(router.path, _monitoring(facts, expectations)),
        *first_reads(router, _targets(expectations)),
    ]


def find_delivery(router: ObjectRouter, plans: Sequence[Plan], facts: Facts, expectations: Expectations) -> Delivery:
    """Return the outcomes of the expected alerts after the plans; raises ``ClusterError``."""
    if not _is_asked(expectations):
        return Delivery()
    view = _View(ObjectRouter(router.cluster), plans)
    holdings = _holdings(view, facts, expectations)
    return Delivery(outcomes(holdings, expectations), view.forbidden, holdings)


class Stored(NamedTuple):
    """What a cluster holds without any plan; ``receivers``: all of its Receivers."""

    holdings: Holdings
    receivers: Sequence[Manifest] | Forbidden


def read_stored(router: ObjectRouter, facts: Facts, expectations: Expectations) -> Stored:
    """Return what a cluster holds that decides about the expected alerts; raises ``ClusterError``."""
    view = _View(ObjectRouter(router.cluster), ())
    api = f"{NOTIFICATION_GROUP}/{facts.notification_api_version}"
    return Stored(_holdings(view, facts, expectations), view.list(ObjectRef(api, "Receiver", "")))


def _is_asked(expectations: Expectations) -> bool:
    return bool(expectations.receivers and expectations.alerts)


def _document_place(facts: Facts) -> ObjectRef:
    """Return the object with Alertmanager's configuration."""
    return _ALERTMANAGER if facts.alertmanager_in == "Secret" else _NOTIFICATION_PLAN


def _listed_kinds(facts: Facts, expectations: Expectations) -> list[ObjectRef]:
    """Return the kinds of which all objects matter, in the API version of each."""
    has_chats = any(receiver.chats for receiver in expectations.receivers) and facts.role != "member"
    configs = ObjectRef(f"{NOTIFICATION_GROUP}/{facts.notification_api_version}", "Config", "")
    silences = ObjectRef(f"{NOTIFICATION_GROUP}/{facts.manager_api_version}", "Silence", "")
    return [configs] * has_chats + [silences] * (facts.release not in BEFORE_3_4)


def _monitoring(facts: Facts, expectations: Expectations) -> list[ObjectRef]:
    """Return what sends alerts before KubeSphere 4, and the Alertmanager that gets them."""
    if facts.is_kubesphere_4 or not expectations.alerts:
        return []
    has_policies = facts.alerting_installed and any(alert.origin == Origin.POLICY for alert in expectations.alerts)
    return [
        ObjectRef("monitoring.coreos.com/v1", kind, name, MONITORING_NAMESPACE)
        for kind, name in monitoring.OBJECTS.items()
        if kind != "ThanosRuler" or has_policies
    ]


def _targets(expectations: Expectations) -> list[tuple[ObjectRef, ...]]:
    return [alert.targets for alert in expectations.alerts]


def _holdings(view: _View, facts: Facts, expectations: Expectations) -> Holdings:
    api = f"{NOTIFICATION_GROUP}/{facts.notification_api_version}"
    newer = f"{NOTIFICATION_GROUP}/{facts.manager_api_version}"
    is_copied = facts.role == "member"
    document_place = _document_place(facts)
    view.cluster.prefetch(reads(view.cluster, facts, expectations))  # again after a dry run, which empties the cache
    lists = {kind.kind: view.list(kind) for kind in _listed_kinds(facts, expectations)}
    manager = view.get(ObjectRef(newer, "NotificationManager", "notification-manager"))
    spec = part(manager, "spec") if isinstance(manager, Mapping) else {}
    receivers = {item.name: view.get(ObjectRef(api, "Receiver", item.name)) for item in expectations.receivers}
    configs = lists.get("Config", [])
    has_routers = "Silence" in lists and spec.get("routePolicy") not in (None, "", ALL)
    return Holdings(
        release=facts.release,
        alertmanager=_document(view, document_place),
        alertmanager_object=str(document_place),
        manager=manager,
        receivers=receivers,
        configs=configs,
        silences=lists.get("Silence", []),
        routers=view.list(ObjectRef(newer, "Router", "")) if has_routers else [],
        all_receivers=view.list(ObjectRef(api, "Receiver", "")) if has_routers and spec["routePolicy"] == FIRST else [],
        secrets={} if is_copied else _secrets(view, [*receivers.values()], configs, spec),
        texts={} if is_copied or facts.release in BEFORE_3_4 else _template_texts(view, [*receivers.values()], spec),
        ruler=_ruler(view, facts) if facts.is_kubesphere_4 else None,
        monitoring={reference.kind: view.get(reference) for reference in _monitoring(facts, expectations)},
        is_member=is_copied,
        alerting=_alerting(facts, view),
        targets=existing(ObjectRouter(view.cluster), _targets(expectations)),
        time=view.cluster.server_time() or SystemClock().time(),
    )


def _secrets(
    view: _View,
    receivers: Iterable[Manifest | Forbidden | None],
    configs: Iterable[Manifest] | Forbidden,
    manager: Mapping[str, Any],
) -> dict[tuple[str, str], frozenset[str] | Forbidden | None]:
    """Return the keys with a value of each Secret that is referred to."""
    known = [item for item in receivers if isinstance(item, Mapping)]
    known += [] if isinstance(configs, Forbidden) else list(configs)
    found: dict[tuple[str, str], frozenset[str] | Forbidden | None] = {}
    for namespace, name in referenced_secrets(known, default_namespace(manager)):
        secret = view.get(ObjectRef("v1", "Secret", name, namespace))
        found[namespace, name] = _set_keys(secret) if isinstance(secret, Mapping) else secret
    return found


def _template_texts(
    view: _View, receivers: Iterable[Manifest | Forbidden | None], manager: Mapping[str, Any]
) -> dict[tuple[str, str], Mapping[str, str] | Forbidden | None]:
    """Return the texts of each ConfigMap with templates that is referred to; none where KubeSphere's own are used."""
    found: dict[tuple[str, str], Mapping[str, str] | Forbidden | None] = {}
    for namespace, name in referenced_texts([item for item in receivers if isinstance(item, Mapping)], manager):
        stored = view.get(ObjectRef("v1", "ConfigMap", name, namespace))
        found[namespace, name] = texts_of(stored) if isinstance(stored, Mapping) else stored
    return found


def _set_keys(secret: Manifest) -> frozenset[str]:
    return frozenset(key for key, value in part(secret, "data").items() if value)


def _document(view: _View, reference: ObjectRef) -> Mapping[str, Any] | Forbidden | None:
    """Return Alertmanager's configuration, with that of the chart if the object is an InstallPlan."""
    found = view.get(reference)
    if not isinstance(found, Mapping):
        return found
    path = _DOCUMENT if reference.kind == "Secret" else CONFIG
    if planned := view.planned_document(reference, path):
        return planned
    try:
        document = Document(reference, path, dict(found), MergeContext("", read=view.cluster.get))
        return None if document.is_missing and not document.rules.optional else document.effective()
    except ClusterError as error:
        return view.refused(error, f"get configmaps {alertmanager.EXTENSION_CONFIG_MAP}")
    except OperationError:
        return {}  # not YAML, which Alertmanager rejects


def _ruler(view: _View, facts: Facts) -> Ruler | Forbidden:
    plan = view.get(alerting_extension.REFERENCE)
    if isinstance(plan, Forbidden):
        return plan
    if plan is None:
        return Ruler(None)
    overrides = {name: values(plan, (*OVERRIDES, name)) for name in part(plan, *OVERRIDES)}
    return Ruler(plan, values(plan, CONFIG), overrides, facts.alerting_cluster)


def _alerting(facts: Facts, view: _View) -> str:
    if facts.alerting_installed:
        return "ready"
    switch = view.get(_INSTALLER)
    spec = part(switch, "spec", "alerting") if isinstance(switch, Mapping) else {}
    return "installing" if spec.get("enabled") is True else "absent"


def report(delivery: Delivery, plans: Iterable[Plan], undelivered: str, warn: Callable[[str], None]) -> None:
    """Warn of alerts that do not arrive and of what is unknown; ``undelivered``: ``warn``, ``fail`` or ``ignore``.

    The plan of a Receiver warns of a selector itself. Raises ``OperationError`` instead of a warning if alerts do not
    arrive and it is ``fail``.
    """
    if undelivered == "ignore":
        return
    lost = [outcome for outcome in delivery.outcomes if outcome.result == Result.UNDELIVERED]
    if lost and undelivered == "fail":
        listed = "\n".join(f"- {_described(outcome)}" for outcome in lost)
        raise OperationError(
            f"Alerts would not arrive, and kubesphere_undelivered is fail. Nothing was changed:\n{listed}",
            finding=lost[0].finding,
        )
    warned = {(str(plan.reference), SELECTOR) for plan in plans if plan.warnings}
    for outcome in lost:
        if outcome.ends_at not in warned:
            warn(f"Alerts do not arrive: {_described(outcome)}")
    for outcome in delivery.outcomes:
        # Missing permissions follow, each once.
        if outcome.result == Result.UNKNOWN and outcome.finding != FORBIDDEN:
            warn(f"It is unknown whether alerts arrive: {_described(outcome)}")
    for missing in dict.fromkeys(delivery.forbidden):
        text = f"It is unknown whether alerts arrive, as the account may not {missing.permission}. {missing.message}"
        warn(cited(text, FORBIDDEN))


def _described(outcome: Outcome) -> str:
    return cited(f"{describe_end(outcome)}. {outcome.cure}".strip(), outcome.finding)


def describe_end(outcome: Outcome) -> str:
    """Return in words which alerts do not arrive where, and why."""
    targets = describe_targets(list(outcome.chats), outcome.robot)
    reach = "may not reach" if outcome.result == Result.UNKNOWN else "do not reach"
    return f"{describe_alerts(outcome.alerts)} {reach} {targets}: {outcome.cause}"
