# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Broken set-ups of a cluster, each made by one change to a working one, and the finding that names it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.clock import SystemClock
from tests.support.plays.environment import simulator
from tests.support.plays.policies import NODE
from tests.support.simulators.kubernetes import MASTERS, User
from tests.support.simulators.kubesphere.api import LICENCE_3, LICENCES
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.installer.multicluster import registered_clusters
from tests.support.testbed.installer.releases import RELEASES
from tests.support.testbed.paths import collection, path
from tests.support.testbed.stand_ins.monitoring import DEPLOYMENT, MANAGER, NAMESPACE, PODS, RULER, Monitoring
from tests.system.delivery import states
from tests.system.delivery.states import (
    ALERTMANAGER,
    ALL,
    APP_OF_OTHERS,
    CONFIG,
    CONSOLE_RECEIVER,
    CRITICAL,
    NEWER,
    OWN_TEMPLATES,
    PLANS,
    RECEIVER,
    WARNING,
    WITH_EXTENSIONS,
    WITH_SECRET,
    Change,
    Json,
    another,
    created,
    deleted,
    document,
    first_route,
    last_route,
    manager,
    patched,
    prometheus,
    router,
    selector,
    several,
    silence,
    values,
)

SECRETS = "/api/v1/namespaces/{namespace}/secrets/{name}"
LOGGED = 'level=error ts=2026-11-28T10:00:00Z caller=dingtalk.go:1 msg="DingtalkNotifier: notify error" err="{text}"\n'


@dataclass(frozen=True)
class Setup:
    """``finding``: the ID of the first one, empty for a working set-up. ``monitoring``: what changes what answers.

    ``notes``: the IDs of findings that only inform. ``hosts``: other hosts of the inventory. ``answers``: path ->
    status and body of what KubeSphere's own API serves.
    """

    change: Change = lambda cluster: None
    finding: str = ""
    monitoring: Callable[[Monitoring], object] = lambda monitoring: None
    variables: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    releases: tuple[str, ...] = ALL
    rules: Sequence[Json] | None = None
    #: Seconds by which the controller's clock is ahead of the cluster's, and DingTalk's ahead of the controller's.
    ahead: int = 0
    offset: int = 0
    notes: tuple[str, ...] = ()
    hosts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: Mapping[str, tuple[int, Any]] = field(default_factory=dict)


class ShiftedClock(SystemClock):
    """A clock that is some seconds ahead."""

    def __init__(self, ahead: int) -> None:
        self._ahead = ahead

    def time(self) -> float:
        return super().time() + self._ahead


#: A robot with a signing secret.
_KEY = {"name": "global-dingtalk-config-secret", "key": "chatbotsecret", "namespace": "kubesphere-monitoring-federated"}
SIGNED = {"spec": {"dingtalk": {"chatbot": {"secret": {"valueFrom": {"secretKeyRef": _KEY}}}}}}


def app_secret(cluster: Cluster) -> None:
    """Replace the value of the app secret, in the namespace of the release."""
    for namespace in ("kubesphere-monitoring-federated", NAMESPACE):
        place = SECRETS.format(namespace=namespace, name="global-dingtalk-config-secret")
        if cluster.find(place):
            cluster.patch(place, {"stringData": {"appsecret": "another"}})


def without_app_secret(cluster: Cluster) -> None:
    for namespace in ("kubesphere-monitoring-federated", NAMESPACE):
        place = SECRETS.format(namespace=namespace, name="global-dingtalk-config-secret")
        if cluster.find(place):
            cluster.delete(place)


def not_ready(cluster: Cluster) -> None:
    cluster.patch(f"{DEPLOYMENT}/{MANAGER}/status", {"status": {"readyReplicas": 0}})


def scaled_down(cluster: Cluster) -> None:
    cluster.patch(f"{DEPLOYMENT}/{MANAGER}", {"spec": {"replicas": 0}})
    not_ready(cluster)


def unpulled(cluster: Cluster) -> None:
    waiting = {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}
    container = {"name": "one", "image": "kubesphere/notification-manager:v2", "state": {"waiting": waiting}}
    body = {
        "metadata": {"name": "waiting"},
        "spec": {"containers": [{"name": "one", "image": "kubesphere/notification-manager:v2"}]},
    }
    cluster.post(PODS, body)
    cluster.patch(f"{PODS}/waiting/status", {"status": {"phase": "Pending", "containerStatuses": [container]}})


#: A token that says when it expires, as those of service accounts do.
_CLAIMS = base64.urlsafe_b64encode(json.dumps({"exp": int(time.time()) + 7 * 86400}).encode()).decode().rstrip("=")
EXPIRING = f"e30.{_CLAIMS}.signature"


def expiring_token(cluster: Cluster) -> None:
    simulator(cluster).grant(EXPIRING, User("admin", (MASTERS,)))


def members(**conditions: str) -> Change:
    """Return the change to a host that has a member with these conditions."""

    def change(cluster: Cluster) -> None:
        [host, member] = registered_clusters(RELEASES[cluster.version], {"edge": cluster.kubeconfig})
        member["status"]["conditions"] += [{"type": name, "status": text} for name, text in conditions.items()]
        for item in (host, member):
            if cluster.find(path(item)):
                cluster.delete(path(item))
            cluster.post(collection(item), item)

    return change


def failed_extension(cluster: Cluster) -> None:
    condition = {"type": "x", "status": "False", "reason": "x", "message": "no space left", "lastTransitionTime": None}
    condition["lastTransitionTime"] = "2026-11-28T10:00:00Z"
    status = {"state": "UpgradeFailed", "conditions": [condition]}
    cluster.patch(f"{PLANS}/whizard-notification", {"status": status})


def firing(monitoring: Monitoring, **status: Any) -> None:
    labels = {"alertname": "BuiltIn", "severity": "critical", "namespace": "shop", "alerttype": "metric"}
    state = {"state": "active", "silencedBy": [], "inhibitedBy": [], **status}
    monitoring.alerts = [{"labels": labels, "startsAt": "2026-11-28T10:00:00Z", "status": state}]


def silenced(monitoring: Monitoring) -> None:
    matchers = [{"name": "severity", "value": "critical", "isRegex": False, "isEqual": True}]
    silence_ = {"id": "1", "status": {"state": "active"}, "createdBy": "ops", "endsAt": "2026-12-24T00:00:00Z"}
    monitoring.silences = [{**silence_, "matchers": matchers}]


POLICY = {"alerting_policies": [NODE | {"nodes": ["node-1"]}], "alerting_enabled": True}


def rule(**more: Any) -> Callable[[Monitoring], object]:
    def change(monitoring: Monitoring) -> None:
        monitoring.rules = [{"name": NODE["name"], "type": "alerting", "health": "ok", **more}]

    return change


def down(*services: str) -> Callable[[Monitoring], object]:
    return lambda monitoring: monitoring.down.update(services or {monitoring.alertmanager})


def logged(text: str) -> Callable[[Monitoring], object]:
    return lambda monitoring: monitoring.log(LOGGED.format(text=text))


def loads(text: str) -> Callable[[Monitoring], object]:
    def change(monitoring: Monitoring) -> None:
        monitoring.loaded = text

    return change


#: An account for KubeSphere's own API.
USER = {"api_token": "planted-token-of-kubesphere"}
#: What a licence has beside its validity, and nobody else needs.
_PLANTED = "pl4nted"
_OWNER = {"co": _PLANTED, "id": _PLANTED, "name": _PLANTED}


def _at(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days)).isoformat()


def licences(ends: Any = None, violation: Any = None, extension: Any = "ks-core") -> dict[str, tuple[int, Any]]:
    """Return the answer of KubeSphere 4 with a licence."""
    profile = {"notAfter": ends, "corporation": _PLANTED, "importedBy": _PLANTED, "subject": _OWNER, "issuer": _OWNER}
    more = {"id": _PLANTED, "cloudUserID": _PLANTED, "metadata": {"signature": _PLANTED}}
    item = {"extension": extension, "profile": {**profile, "id": _PLANTED}, "violation": violation, **more}
    return {LICENCES: (200, {"items": [item], "total": 1})}


def licence_3(ends: Any = None, violation: Any = None) -> dict[str, tuple[int, Any]]:
    """Return the answer of KubeSphere Enterprise 3.x with its licence."""
    more = {"licenseId": _PLANTED, "apiKey": _PLANTED, "apiSecret": _PLANTED, "signature": _PLANTED, "subject": _OWNER}
    return {LICENCE_3: (200, {"data": {"notAfter": ends, **more}, "status": {"violation": violation}})}


def violation(kind: str) -> Json:
    return {"type": kind, "current": 130, "expected": 128, "reason": _PLANTED}


#: A member that the inventory has, and whose own settings do not matter here.
MEMBER: dict[str, Any] = {"kubesphere_host_cluster": "one", "notification_state": "absent"}

OLD = "route: {receiver: Default}\nreceivers: [{name: Default}]\n"

#: An account that may read everything.
READER = ({"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]},)

SETUPS: dict[str, Setup] = {
    "working": Setup(),
    "working, with an account that may only read": Setup(rules=READER),
    "working, with a clock that is a minute off": Setup(ahead=60),
    "working, with a controller whose clock is wrong": Setup(ahead=2 * 3600, offset=-2 * 3600),
    "working, with firing alerts": Setup(monitoring=firing, notes=("KD408", "KD507")),
    "working, with inhibited alerts": Setup(
        monitoring=lambda item: firing(item, inhibitedBy=["x"]), notes=("KD408", "KD506")
    ),
    "working, with a member": Setup(members(), hosts={"edge": MEMBER}, releases=WITH_EXTENSIONS),
    "working, with an account of a platform without licences": Setup(options=USER),
    "working, with an account that may not read licences": Setup(
        options=USER, answers={LICENCES: (403, "no"), LICENCE_3: (403, "no")}
    ),
    "working, with an account that is rejected": Setup(options={"api_token": "another"}),
    "working, with an API that fails": Setup(
        options=USER, answers={LICENCES: (500, "no"), LICENCE_3: (200, ["no", "object"])}
    ),
    "working, with a licence": Setup(
        options=USER,
        answers={**licences(_at(90), violation("No violation")), **licence_3(_at(90), violation("No violation"))},
    ),
    "working, with a licence of an extension without alerts that has ended": Setup(
        options=USER, answers=licences(_at(-1), violation("Time expired"), "gatekeeper"), releases=WITH_EXTENSIONS
    ),
    "working, without an account for licences": Setup(answers={**licences(_at(-1)), **licence_3(_at(-1))}),
    # the cluster
    "not reachable": Setup(finding="KD301", options={"host": "https://127.0.0.1:9", "kubeconfig": None}),
    "credentials rejected": Setup(finding="KD302", options={"api_key": "nobody"}),
    "credentials that expire": Setup(expiring_token, "KD305", options={"api_key": EXPIRING}),
    "credentials of a member that expire": Setup(
        members(KubeConfigCertExpiresInSevenDays="True"), "KD305", releases=WITH_EXTENSIONS
    ),
    "member that is not registered": Setup(
        members(), "KD310", hosts={"edge": {**MEMBER, "kubesphere_cluster_name": "egde"}}, releases=WITH_EXTENSIONS
    ),
    "account without any permission": Setup(finding="KD303", rules=()),
    "clock ten minutes behind": Setup(finding="KD327", ahead=600),
    "clock ten minutes ahead of DingTalk's": Setup(finding="KD327", ahead=600, offset=-1200),
    "clock two hours off, without a signed robot": Setup(finding="KD327", ahead=-7200),
    "clock two hours off, with a signed robot": Setup(patched(RECEIVER, SIGNED), "KD326", ahead=7200, releases=ALL[1:]),
    "image that cannot be pulled": Setup(unpulled, "KD308"),
    "extension failed": Setup(failed_extension, "KD307", releases=WITH_EXTENSIONS),
    "another repeat interval": Setup(
        document(lambda content: content["route"].update(repeat_interval="1h")), "KD309", releases=WITH_SECRET
    ),
    "licence that ends": Setup(finding="KD329", answers=licences(_at(20)), options=USER, releases=WITH_EXTENSIONS),
    "licence of an extension that ends": Setup(
        finding="KD329", answers=licences(_at(20), None, "whizard-alerting"), options=USER, releases=WITH_EXTENSIONS
    ),
    "licence that has ended": Setup(finding="KD330", answers=licences(_at(-1)), options=USER, releases=WITH_EXTENSIONS),
    "licence that is violated": Setup(
        finding="KD330",
        answers=licences(_at(90), violation("Core count limit exceeded")),
        options=USER,
        releases=WITH_EXTENSIONS,
    ),
    "licence that is missing": Setup(
        finding="KD330", answers=licences(None, violation("Empty license")), options=USER, releases=WITH_EXTENSIONS
    ),
    "licence of Enterprise 3.x that ends": Setup(
        finding="KD329", answers=licence_3(_at(20)), options=USER, releases=WITH_SECRET
    ),
    "licence of Enterprise 3.x that is violated": Setup(
        finding="KD330",
        answers=licence_3(_at(90), violation("Node count limit exceeded")),
        options=USER,
        releases=WITH_SECRET,
    ),
    # rules
    "Prometheus with another Alertmanager": Setup(
        states.prometheus_to(["monitoring/alertmanager-main"]), "KD414", releases=WITH_SECRET
    ),
    "Prometheus without Alertmanager": Setup(
        states.monitored("prometheuses/k8s", alerting=None), "KD414", releases=WITH_SECRET
    ),
    "ruler without Alertmanager": Setup(
        several(states.component, states.ruler_to()), "KD414", rule(), variables=POLICY, releases=("3.4",)
    ),
    "no replica of Prometheus": Setup(states.monitored("prometheuses/k8s", replicas=0), "KD415", releases=WITH_SECRET),
    "component not enabled": Setup(finding="KD401", variables={**POLICY, "alerting_enabled": False}, releases=("3.4",)),
    "rulers not installed": Setup(
        lambda cluster: cluster.delete(f"{PLANS}/whizard-alerting"),
        "KD403",
        variables={"alerting_enabled": False},
        releases=WITH_EXTENSIONS,
    ),
    "rulers without Alertmanager": Setup(values(None), "KD404", releases=WITH_EXTENSIONS),
    "policy not loaded": Setup(states.component, "KD406", rule(name="another"), variables=POLICY, releases=("3.4",)),
    "policy with an error": Setup(
        states.component, "KD407", rule(health="err", lastError="parse error"), variables=POLICY, releases=("3.4",)
    ),
    "ruler does not answer": Setup(states.component, "KD313", down(RULER), variables=POLICY, releases=("3.4",)),
    # Alertmanager
    "no configuration": Setup(
        lambda cluster: cluster.delete(ALERTMANAGER),
        "KD501",
        variables={"alertmanager_route": {}, "alertmanager_state": "absent"},
        releases=WITH_SECRET,
    ),
    "no replica of Alertmanager": Setup(
        states.monitored("alertmanagers/main", replicas=0), "KD525", releases=WITH_SECRET
    ),
    "configuration of another Secret": Setup(
        states.monitored("alertmanagers/main", configSecret="own"), "KD524", releases=WITH_SECRET
    ),
    "another configuration is loaded": Setup(finding="KD502", monitoring=loads(OLD)),
    "Alertmanager does not answer": Setup(finding="KD504", monitoring=down()),
    "silence in Alertmanager": Setup(finding="KD505", monitoring=silenced),
    "last route to Default": Setup(last_route(match_re={"alerttype": ".*"}, receiver="Default"), "KD503"),
    "last route is gone": Setup(document(lambda content: content["route"]["routes"].pop()), "KD503"),
    "critical to a relay": Setup(first_route(match=CRITICAL), "KD503"),
    "a namespace to a relay": Setup(first_route(match={"namespace": "kubesphere-monitoring-system"}), "KD503"),
    "receiver without an integration": Setup(prometheus(), "KD503"),
    "webhook of another program": Setup(
        prometheus(webhook_configs=[{"url": "http://relay.example/api/v2/alerts"}]), "KD503"
    ),
    "firing alert to a relay": Setup(first_route(match={"namespace": "shop"}), "KD503", firing),
    # notification-manager
    "no NotificationManager": Setup(deleted(states.MANAGER), "KD601"),
    "notification-manager is not deployed": Setup(lambda cluster: cluster.delete(f"{DEPLOYMENT}/{MANAGER}"), "KD602"),
    "notification-manager is scaled down": Setup(manager(replicas=0), "KD621"),
    "Deployment of notification-manager is scaled down": Setup(scaled_down, "KD621"),
    "notification-manager is not ready": Setup(not_ready, "KD602"),
    "deleted Receiver": Setup(deleted(RECEIVER), "KD603"),
    "disabled Receiver": Setup(patched(RECEIVER, {"spec": {"dingtalk": {"enabled": False}}}), "KD604"),
    "global Receivers by another label": Setup(
        manager(receivers={"globalReceiverSelector": {"matchLabels": {"type": "platform"}}}), "KD605"
    ),
    "Routers only": Setup(manager(routePolicy="RouterOnly"), "KD607", releases=NEWER),
    "Routers first, to another": Setup(
        several(manager(routePolicy="RouterFirst"), another(), router("another")), "KD607", releases=NEWER
    ),
    "Routers only, to the Receiver": Setup(
        several(manager(routePolicy="RouterOnly"), router(CONSOLE_RECEIVER)), "KD607", releases=NEWER
    ),
    "Silence of everything": Setup(silence({"matcher": {}}), "KD608", releases=NEWER),
    "Silence of critical": Setup(silence({"matcher": {"matchLabels": CRITICAL}}), "KD608", releases=NEWER),
    "only warnings": Setup(selector(matchLabels=WARNING), "KD609"),
    "alerts without a namespace": Setup(
        selector(matchExpressions=[{"key": "namespace", "operator": "DoesNotExist"}]), "KD609"
    ),
    "own chats replaced": Setup(
        patched(RECEIVER, {"spec": {"dingtalk": {"conversation": {"chatids": ["chat0"]}}}}), "KD610"
    ),
    "messages of a type of mails": Setup(
        patched(RECEIVER, {"spec": {"dingtalk": {"tmplType": "html"}}}), "KD620", releases=NEWER
    ),
    "template without a definition": Setup(
        patched(RECEIVER, {"spec": {"dingtalk": {"template": "own.text"}}}), "KD622", releases=NEWER
    ),
    "templates that are gone": Setup(manager(template={"text": OWN_TEMPLATES}), "KD622", releases=NEWER),
    "no robot": Setup(patched(RECEIVER, {"spec": {"dingtalk": {"chatbot": None}}}), "KD611"),
    "deleted Config": Setup(deleted(CONFIG), "KD612"),
    "default Configs by another label": Setup(
        manager(defaultConfigSelector={"matchLabels": {"type": "platform"}}), "KD612"
    ),
    "selector of no Config": Setup(
        patched(RECEIVER, {"spec": {"dingtalk": {"dingtalkConfigSelector": {"matchLabels": {"app": "old"}}}}}), "KD612"
    ),
    "another default Config": Setup(created("Config", "another", {"type": "default"}, APP_OF_OTHERS), "KD613"),
    "another default Config of a higher priority": Setup(
        created("Config", "another", {"type": "default", "priority": "1"}, APP_OF_OTHERS), "KD614", releases=NEWER
    ),
    "no credentials": Setup(without_app_secret, "KD615"),
    "another app secret": Setup(app_secret, "KD616"),
    "an error in the log": Setup(finding="KD619", monitoring=logged("render template failed")),
    # DingTalk as the cluster sees it
    "IP not on the list": Setup(
        finding="KD701", monitoring=logged("errcode 310000, errmsg ip 1.2.3.4 not in whitelist")
    ),
    "signature": Setup(finding="KD701", monitoring=logged("errcode: 310000, errmsg: sign not match")),
    "no route to DingTalk": Setup(
        finding="KD702", monitoring=logged("Post https://oapi.dingtalk.com/robot/send: dial tcp: i/o timeout")
    ),
    "no such host": Setup(
        finding="KD702",
        monitoring=logged(
            "Post https://oapi.dingtalk.com/robot/send: dial tcp: lookup oapi.dingtalk.com: no such host"
        ),
    ),
}
