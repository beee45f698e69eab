# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of a cluster, each made by one change to a working one, and the alerts that are lost by it.

A change is made by others after a run; then the same inventory runs again, so what the collection repairs is not
lost.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.support.plays.policies import NODE
from tests.support.simulators.kubesphere.installer import install_alerting
from tests.support.testbed.cluster import Cluster

Json = dict[str, Any]
#: The spec of a Config with an app of others, see :func:`app`.
APP_OF_OTHERS: Json = {}
Change = Callable[[Cluster], object]

ALL = ("3.1", "3.3", "3.4", "4.1", "4.2")
WITH_SECRET, NEWER, WITH_EXTENSIONS = ("3.1", "3.3", "3.4"), ("3.4", "4.1", "4.2"), ("4.1", "4.2")
#: On 3.4, it is unknown which of Prometheus and ThanosRuler evaluates a built-in policy.
BEFORE_3_4 = ("3.1", "3.3")
#: The alerts: severity, and whether they have a namespace.
ALERTS = ("critical", "critical bare", "warning", "warning bare")


def lost(*alerts: str, channels: str = "chats robot") -> dict[str, str]:
    """Return what is lost: alert -> channels."""
    return dict.fromkeys(alerts or ALERTS, channels)


@dataclass(frozen=True)
class State:
    """``variables``: the inventory where it differs. ``lost``: alert -> the channels by which it does not arrive.

    ``cause``: a part of the cause of each undelivered alert; empty if the inventory itself keeps the alerts out.
    ``rules``: those of the account's ClusterRole, None if it may do everything.
    """

    change: Change = lambda cluster: None
    lost: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    releases: tuple[str, ...] = ALL
    rules: Sequence[Json] | None = None


def group(cluster: Cluster) -> str:
    return f"/apis/notification.kubesphere.io/{'v2beta1' if cluster.version == '3.1' else 'v2beta2'}"


ALERTMANAGER = "/api/v1/namespaces/kubesphere-monitoring-system/secrets/alertmanager-main"
PLANS = "/apis/kubesphere.io/v1alpha1/installplans"
COREDNS = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
RECEIVER, CONFIG = "receivers/global-dingtalk-receiver", "configs/default-dingtalk-config"
MANAGER = "notificationmanagers/notification-manager"
MONITORING = "/apis/monitoring.coreos.com/v1/namespaces/kubesphere-monitoring-system"
OWN_TEMPLATES = {"name": "own", "namespace": "kubesphere-monitoring-system"}


def document(change: Callable[[Json], object]) -> Change:
    """Edit Alertmanager's configuration, on KubeSphere 4 in the values of the extension."""

    def edit(cluster: Cluster) -> None:
        if cluster.version in WITH_SECRET:
            secret = cluster.get(ALERTMANAGER)
            content = yaml.safe_load(base64.b64decode(secret["data"]["alertmanager.yaml"]))
            change(content)
            cluster.patch(ALERTMANAGER, {"stringData": {"alertmanager.yaml": yaml.safe_dump(content)}})
            return
        plan = cluster.get(f"{PLANS}/whizard-notification")
        values = yaml.safe_load(plan["spec"].get("config") or "{}") or {}
        place = "/api/v1/namespaces/kubesphere-monitoring-system/configmaps/whizard-notification-alertmanager"
        content = yaml.safe_load(cluster.get(place)["data"]["alertmanager.yml"])
        change(content)
        values["alertmanager"] = {**(values.get("alertmanager") or {}), "config": content}
        cluster.patch(f"{PLANS}/whizard-notification", {"spec": {"config": yaml.safe_dump(values)}})

    return edit


def first_route(**route: Any) -> Change:
    """Insert a route to the receiver ``relay`` before all others."""

    def change(content: Json) -> None:
        content["receivers"].append({"name": "relay", "webhook_configs": [{"url": "http://relay.example/"}]})
        content["route"]["routes"].insert(0, {"receiver": "relay", **route})

    return document(change)


def created_templates(name: str, text: str) -> Change:
    """Create a ConfigMap with templates of messages."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"own": text}}
    return lambda cluster: cluster.post("/api/v1/namespaces/kubesphere-monitoring-system/configmaps", body)


def last_route(**route: Any) -> Change:
    """Replace the route that takes all alerts to notification-manager."""

    def change(content: Json) -> None:
        content["route"]["routes"][-1] = route

    return document(change)


def prometheus(**receiver: Any) -> Change:
    """Replace Alertmanager's receiver with notification-manager's webhook."""

    def change(content: Json) -> None:
        content["receivers"] = [item for item in content["receivers"] if item["name"] != "prometheus"]
        content["receivers"].append({"name": "prometheus", **receiver})

    return document(change)


def webhook(url: str) -> Change:
    """Replace notification-manager's webhook by another URL."""
    return prometheus(webhook_configs=[{"url": url}])


def inhibit_rule(**rule: Any) -> Change:
    """Add an inhibit rule to those that KubeSphere ships."""
    return document(lambda content: content["inhibit_rules"].append(rule))


def patched(name: str, content: Json) -> Change:
    """Patch an object of notification-manager's."""
    return lambda cluster: cluster.patch(f"{group(cluster)}/{name}", content)


def deleted(name: str) -> Change:
    """Delete an object of notification-manager's."""
    return lambda cluster: cluster.delete(f"{group(cluster)}/{name}")


def app(cluster: Cluster, spec: Json) -> Json:
    """Return the spec of a Config with credentials in the form of the API version that is written."""
    reference = {"name": "old", "key": "one"}
    credential = reference if cluster.version == "3.1" else {"valueFrom": {"secretKeyRef": reference}}
    return (
        {"dingtalk": {"conversation": {"appkey": credential, "appsecret": credential}}}
        if spec is APP_OF_OTHERS
        else spec
    )


def created(kind: str, name: str, labels: Mapping[str, str], spec: Json) -> Change:
    """Create an object of notification-manager's."""

    def create(cluster: Cluster) -> None:
        body = {"apiVersion": group(cluster).removeprefix("/apis/"), "kind": kind}
        metadata = {"name": name, "labels": dict(labels)}
        cluster.post(f"{group(cluster)}/{kind.lower()}s", {**body, "metadata": metadata, "spec": app(cluster, spec)})

    return create


def several(*changes: Change) -> Change:
    return lambda cluster: [change(cluster) for change in changes]


def manager(**spec: Any) -> Change:
    return patched(MANAGER, {"spec": spec})


def selector(**more: Any) -> Change:
    return patched(RECEIVER, {"spec": {"dingtalk": {"alertSelector": more}}})


def silence(spec: Json, **labels: str) -> Change:
    return created("Silence", "quiet", {"type": "global", **labels}, spec)


def router(receiver: str, spec: Json | None = None) -> Change:
    content = {"alertSelector": {"matchLabels": {"severity": "critical"}}, "receivers": {"name": [receiver]}}
    return created("Router", "by-severity", {"type": "global"}, {**content, **(spec or {})})


def router_by(**receivers: Any) -> Change:
    """Create a Router of all alerts to the Receivers with these properties."""
    return router("", {"alertSelector": {}, "receivers": receivers})


def another(**spec: Any) -> Change:
    """Create another Receiver of the platform, of mails if there is no other ``spec``."""
    mails = {"email": {"to": ["ops@example.com"]}}
    return created("Receiver", "another", {"type": "global", "team": "dba"}, spec or mails)


def values(config: Json | None) -> Change:
    """Replace the values of extension whizard-alerting."""
    text = yaml.safe_dump(config) if config else ""
    return lambda cluster: cluster.patch(f"{PLANS}/whizard-alerting", {"spec": {"config": text}})


CRITICAL, WARNING = {"severity": "critical"}, {"severity": "warning"}
WATCHDOG = {"alertname": "Watchdog"}
BARE, NAMESPACED = ("critical bare", "warning bare"), ("critical", "warning")
ANY_NAMESPACE = {"match_re": {"namespace": ".+"}}
CONSOLE_RECEIVER = "global-dingtalk-receiver"


def former_secret(cluster: Cluster) -> None:
    """Refer to a signing secret beside the webhook, in a Secret that is gone."""
    reference = {"name": "default-dingtalk-secret", "key": "secret"}
    credential = reference if cluster.version in ("3.1",) else {"valueFrom": {"secretKeyRef": reference}}
    patched(RECEIVER, {"spec": {"dingtalk": {"chatbot": {"secret": credential}}}})(cluster)


def component(cluster: Cluster) -> None:
    """Let KubeSphere finish the installation of the alerting component."""
    install_alerting(cluster.client)


def monitored(name: str, **spec: Any) -> Change:
    """Change a monitoring component."""
    return lambda cluster: cluster.patch(f"{MONITORING}/{name}", {"spec": spec})


def prometheus_to(places: Sequence[str]) -> Change:
    """Let Prometheus send its alerts to these Services, NAMESPACE/NAME."""
    listed = [dict(zip(("namespace", "name"), place.split("/"), strict=True), port="web") for place in places]
    return monitored("prometheuses/k8s", alerting={"alertmanagers": listed})


def ruler_to(*urls: str) -> Change:
    """Let ThanosRuler send its alerts there."""
    return monitored("thanosrulers/kubesphere", alertmanagersUrl=list(urls))


def without_nodes(*names: str) -> Change:
    return several(component, *(lambda cluster, name=name: cluster.delete(f"/api/v1/nodes/{name}") for name in names))


def policies(*names: str, workload: str = "") -> dict[str, Any]:
    """Return the variables with a policy of nodes, and another of a Deployment."""
    terms = {"namespace": "kube-system", "metric": "cpu.usage", "nodes": None}
    other = {**NODE, "name": "cpu-high", **terms, "workload": {"names": [workload]}}
    return {"alerting_policies": [*([{**NODE, "nodes": list(names)}] if names else []), *([other] if workload else [])]}


#: All that a run needs, and not to read nodes and workloads.
WITHOUT_TARGETS: Sequence[Json] = (
    {"apiGroups": [""], "resources": ["configmaps", "secrets", "namespaces", "pods"], "verbs": ["*"]},
    *(
        {"apiGroups": [f"{name}"], "resources": ["*"], "verbs": ["*"]}
        for name in (
            "notification.kubesphere.io",
            "installer.kubesphere.io",
            "alerting.kubesphere.io",
            "monitoring.coreos.com",
        )
    ),
)

STATES: dict[str, State] = {
    "nothing": State(),
    "only chats": State(lambda cluster: None, lost(channels="robot"), variables={"notification_robot": ""}),
    "only a robot": State(lambda cluster: None, lost(channels="chats"), variables={"notification_chats": []}),
    # Alertmanager's routes
    "last route to Default": State(last_route(match_re={"alerttype": ".*"}, receiver="Default"), lost(), "Default"),
    "last route is gone": State(document(lambda content: content["route"]["routes"].pop()), lost(), "the root route"),
    "last route for an empty alerttype": State(
        last_route(match={"alerttype": ""}, receiver="prometheus"), releases=("3.1", "3.3")
    ),
    "last route for an empty alerttype, newer": State(
        last_route(match={"alerttype": ""}, receiver="prometheus"), lost(), "the root route", releases=NEWER
    ),
    "no routes": State(document(lambda content: content["route"].update(routes=[])), lost(), "the root route"),
    "root to notification-manager": State(
        document(lambda content: content["route"].update(receiver="prometheus", routes=[]))
    ),
    "critical to a relay": State(first_route(match=CRITICAL), lost("critical", "critical bare"), "relay"),
    "critical to a relay as well": State(first_route(match=CRITICAL, **{"continue": True})),
    "both severities to a relay": State(first_route(match_re={"severity": "critical|warning"}), lost(), "relay"),
    "other severity to a relay": State(first_route(match={"severity": "error"})),
    "a namespace to a relay": State(
        first_route(match={"namespace": "kubesphere-monitoring-system"}), lost(*NAMESPACED), "relay"
    ),
    "no namespace to a relay": State(first_route(match={"namespace": ""}), lost(*BARE), "relay"),
    "any namespace to a relay": State(first_route(**ANY_NAMESPACE), lost(*NAMESPACED), "relay"),
    "everything to a relay": State(first_route(match_re={"alertname": ".*"}), lost(), "relay"),
    "a nested route to a relay": State(
        first_route(
            match=CRITICAL, receiver="prometheus", routes=[{"match_re": {"namespace": ".+"}, "receiver": "relay"}]
        ),
        lost("critical"),
        "relay",
    ),
    "a nested route to notification-manager": State(
        first_route(match=CRITICAL, routes=[{**ANY_NAMESPACE, "receiver": "prometheus"}]),
        lost("critical bare"),
        "relay",
    ),
    "new matchers to a relay": State(
        first_route(matchers=['severity=~"crit.*"', 'namespace!=""']), lost("critical"), "relay", releases=NEWER
    ),
    "negative matchers to a relay": State(
        first_route(matchers=['severity!="critical"']), lost("warning", "warning bare"), "relay", releases=NEWER
    ),
    # Alertmanager's receivers
    "webhook of another program": State(webhook("http://relay.example/api/v2/alerts"), lost(), "prometheus"),
    "webhook with another path": State(
        webhook("http://notification-manager-svc.kubesphere-monitoring-system.svc:19093/"), lost(), "prometheus"
    ),
    "receiver without an integration": State(prometheus(), lost(), "prometheus"),
    "short name of the service": State(webhook("http://notification-manager-svc:19093/api/v2/alerts")),
    "full name of the service": State(
        webhook("http://notification-manager-svc.kubesphere-monitoring-system.svc.cluster.local:19093/api/v2/alerts")
    ),
    "service of another namespace": State(
        webhook("http://notification-manager-svc.monitoring.svc:19093/api/v2/alerts"), lost(), "prometheus"
    ),
    "another port of the service": State(
        webhook("http://notification-manager-svc.kubesphere-monitoring-system.svc:9093/api/v2/alerts"),
        lost(),
        "prometheus",
    ),
    "no port of the service": State(
        webhook("http://notification-manager-svc.kubesphere-monitoring-system.svc/api/v2/alerts"), lost(), "prometheus"
    ),
    "TLS to the service": State(
        webhook("https://notification-manager-svc.kubesphere-monitoring-system.svc:19093/api/v2/alerts"),
        lost(),
        "prometheus",
    ),
    "no configuration": State(
        lambda cluster: cluster.delete(ALERTMANAGER),
        lost(),
        "not found",
        {"alertmanager_route": {}, "alertmanager_state": "absent"},
        WITH_SECRET,
    ),
    # Alertmanager's inhibit rules; some less severe alerts are muted for a time in each state
    "Watchdog mutes all": State(
        inhibit_rule(source_match=WATCHDOG, target_match_re={"severity": "critical|warning"}),
        lost(),
        "as alert Watchdog always fires",
    ),
    "Watchdog mutes critical": State(
        inhibit_rule(source_match=WATCHDOG, target_match=CRITICAL), lost("critical", "critical bare"), "always fires"
    ),
    "Watchdog mutes alerts with the same labels": State(
        inhibit_rule(source_match=WATCHDOG, target_match_re={"severity": ".+"}, equal=["namespace", "pod"]),
        lost(*BARE),
        "always fires",
    ),
    "Watchdog mutes alerts of its name": State(
        inhibit_rule(source_match=WATCHDOG, target_match_re={"severity": "critical|warning"}, equal=["alertname"])
    ),
    "any alert mutes warnings": State(
        inhibit_rule(source_match_re={"alertname": ".*"}, target_match=WARNING),
        lost("warning", "warning bare"),
        "always fires",
    ),
    "no source": State(inhibit_rule(target_match=WARNING), lost("warning", "warning bare"), "always fires"),
    "any alert mutes any": State(inhibit_rule(source_match_re={"severity": ".+"}, target_match_re={"alertname": ".+"})),
    "the same on both sides": State(inhibit_rule(source_match=CRITICAL, target_match=CRITICAL)),
    "critical mutes warnings of any name": State(inhibit_rule(source_match=CRITICAL, target_match=WARNING)),
    "alerts of the kind of policies mute critical": State(
        inhibit_rule(source_match={"alerttype": "metric"}, target_match=CRITICAL),
        lost("critical", "critical bare"),
        "always fires",
        releases=NEWER,
    ),
    "alerts of another kind mute critical": State(
        inhibit_rule(source_match={"alerttype": "metric"}, target_match=CRITICAL), releases=("3.1", "3.3")
    ),
    "other severities mute critical": State(
        inhibit_rule(source_matchers=['severity!~"critical|warning"'], target_matchers=['severity=~"crit.*"']),
        lost("critical", "critical bare"),
        "always fires",
        releases=NEWER,
    ),
    # NotificationManager
    "global Receivers by another label": State(
        manager(receivers={"globalReceiverSelector": {"matchLabels": {"type": "platform"}}}), lost(), "type=platform"
    ),
    "default Configs by another label": State(
        manager(defaultConfigSelector={"matchLabels": {"type": "platform"}}), lost(channels="chats"), "no Config"
    ),
    "Secrets in another namespace": State(manager(defaultSecretNamespace="kubesphere-system"), releases=WITH_SECRET),
    # the console's Receiver
    "disabled Receiver": State(patched(RECEIVER, {"spec": {"dingtalk": {"enabled": False}}})),
    "alerts without a namespace": State(
        selector(matchExpressions=[{"key": "namespace", "operator": "DoesNotExist"}]),
        lost(*NAMESPACED),
        "alertSelector",
    ),
    "alerts with a namespace": State(
        selector(matchExpressions=[{"key": "namespace", "operator": "Exists"}]), lost(*BARE), "alertSelector"
    ),
    "only warnings": State(selector(matchLabels=WARNING), lost("critical", "critical bare"), "alertSelector"),
    "not some severities": State(
        selector(matchExpressions=[{"key": "severity", "operator": "NotIn", "values": ["warning", "info"]}]),
        lost("warning", "warning bare"),
        "alertSelector",
    ),
    "empty selector": State(selector(matchLabels={})),
    # notification-manager itself adds the cluster's name
    "name of another cluster": State(
        selector(matchLabels={"cluster": "two"}), lost(), "alertSelector", releases=WITH_SECRET
    ),
    "alerts without a cluster": State(
        selector(matchExpressions=[{"key": "cluster", "operator": "DoesNotExist"}]),
        lost(),
        "alertSelector",
        releases=WITH_SECRET,
    ),
    "own selector of the cluster": State(
        variables={"notification_alert_selector": {"matchLabels": {"cluster": "one"}}}, releases=WITH_SECRET
    ),
    "Silence of the cluster": State(
        silence({"matcher": {"matchLabels": {"cluster": "one"}}}), lost(), "Silence quiet", releases=("3.4",)
    ),
    "own selector": State(
        lambda cluster: None,
        lost("warning", "warning bare"),
        variables={"notification_alert_selector": {"matchLabels": CRITICAL}},
    ),
    "own chats replaced": State(patched(RECEIVER, {"spec": {"dingtalk": {"conversation": {"chatids": ["chat0"]}}}})),
    "no replica of notification-manager": State(manager(replicas=0), lost(), "spec.replicas is 0"),
    "messages of a type of mails": State(
        patched(RECEIVER, {"spec": {"dingtalk": {"tmplType": "html"}}}), lost(), "tmplType is html", releases=NEWER
    ),
    "messages of a type of mails by default": State(
        manager(receivers={"options": {"dingtalk": {"tmplType": "html"}}}), lost(), "tmplType is html", releases=NEWER
    ),
    "messages in markdown": State(
        several(
            patched(RECEIVER, {"spec": {"dingtalk": {"tmplType": "markdown"}}}),
            manager(receivers={"options": {"dingtalk": {"tmplType": "html"}}}),
        ),
        releases=NEWER,
    ),
    "template of others": State(
        several(
            created_templates("own", '{{ define "own.text" }}{{ end }}'),
            patched(RECEIVER, {"spec": {"dingtalk": {"template": "own.text", "tmplText": OWN_TEMPLATES}}}),
        ),
        releases=NEWER,
    ),
    "template as an action": State(
        patched(RECEIVER, {"spec": {"dingtalk": {"template": '{{ template "nm.default.subject" . }}'}}}), releases=NEWER
    ),
    "template without a definition": State(
        patched(RECEIVER, {"spec": {"dingtalk": {"template": "own.text"}}}),
        lost(),
        "spec.dingtalk.template is own.text, a template that ConfigMap kubesphere-monitoring-system/"
        "notification-manager-template does not define",
        releases=NEWER,
    ),
    "template with a typing error": State(
        patched(RECEIVER, {"spec": {"dingtalk": {"template": "nm.default.txt"}}}),
        lost(),
        "spec.dingtalk.template is nm.default.txt",
        releases=NEWER,
    ),
    "template of all without a definition": State(
        manager(receivers={"options": {"global": {"template": "own.text"}}}),
        lost(),
        "spec.receivers.options.global.template is own.text",
        releases=NEWER,
    ),
    "title without a definition": State(
        patched(RECEIVER, {"spec": {"dingtalk": {"titleTemplate": "own.title", "tmplType": "markdown"}}}),
        lost(),
        "spec.dingtalk.titleTemplate is own.title",
        releases=NEWER,
    ),
    "title of a text": State(
        patched(RECEIVER, {"spec": {"dingtalk": {"titleTemplate": "own.title", "tmplType": "text"}}}), releases=NEWER
    ),
    "templates that are gone": State(
        patched(RECEIVER, {"spec": {"dingtalk": {"tmplText": OWN_TEMPLATES}}}),
        lost(),
        "ConfigMap kubesphere-monitoring-system/own, which does not exist",
        releases=NEWER,
    ),
    "templates without the key": State(
        several(
            created_templates("own", ""),
            patched(RECEIVER, {"spec": {"dingtalk": {"tmplText": {**OWN_TEMPLATES, "key": "old"}}}}),
        ),
        lost(),
        "kubesphere-monitoring-system/own, which has no key old",
        releases=NEWER,
    ),
    "other templates of all": State(
        several(created_templates("own", ""), manager(template={"text": OWN_TEMPLATES})),
        lost(),
        "is nm.default.text, a template that ConfigMap kubesphere-monitoring-system/own does not define",
        releases=NEWER,
    ),
    "language of nobody": State(
        manager(template={"languagePack": [{"name": "de", "namespace": OWN_TEMPLATES["namespace"]}]}),
        lost(),
        "spec.template.languagePack refers to ConfigMap kubesphere-monitoring-system/de, which does not exist",
        releases=NEWER,
    ),
    "no robot": State(patched(RECEIVER, {"spec": {"dingtalk": {"chatbot": None}}})),
    "deleted Receiver": State(deleted(RECEIVER)),
    # Configs
    "deleted Config": State(deleted(CONFIG)),
    "Config without an app": State(created("Config", "mail", {"type": "default"}, {"labels": {}})),
    "Config of a tenant": State(
        created(
            "Config",
            "alice",
            {"type": "tenant", "user": "alice"},
            {
                "dingtalk": {
                    "conversation": {"appkey": {"key": "a", "name": "b"}, "appsecret": {"key": "a", "name": "b"}}
                }
            },
        ),
        releases=("3.1",),
    ),
    "Receiver of a tenant": State(
        created("Receiver", "bob", {"type": "tenant", "user": "bob"}, {"dingtalk": {"enabled": True}})
    ),
    "another default Config": State(created("Config", "another", {"type": "default"}, APP_OF_OTHERS)),
    "another default Config of a higher priority": State(
        created("Config", "another", {"type": "default", "priority": "1"}, APP_OF_OTHERS)
    ),
    "selector of another Config": State(
        several(
            created("Config", "another", {"type": "default", "app": "old"}, APP_OF_OTHERS),
            patched(RECEIVER, {"spec": {"dingtalk": {"dingtalkConfigSelector": {"matchLabels": {"app": "old"}}}}}),
        )
    ),
    "selector of no Config": State(
        patched(RECEIVER, {"spec": {"dingtalk": {"dingtalkConfigSelector": {"matchLabels": {"app": "old"}}}}})
    ),
    "signing secret of a former robot": State(former_secret),
    # Silences and Routers
    "Silence of everything": State(silence({"matcher": {}}), lost(), "Silence quiet", releases=NEWER),
    "Silence of critical": State(
        silence({"matcher": {"matchLabels": CRITICAL}}),
        lost("critical", "critical bare"),
        "Silence quiet",
        releases=NEWER,
    ),
    "disabled Silence": State(silence({"matcher": {}, "enabled": False}), releases=NEWER),
    "Silence of a tenant": State(silence({"matcher": {}}, type="tenant", user="alice"), releases=NEWER),
    "Silence that has ended": State(
        silence({"matcher": {}, "startsAt": "2020-01-01T00:00:00Z", "duration": "2h30m0s"}), releases=NEWER
    ),
    "Silence that has not begun": State(silence({"matcher": {}, "startsAt": "2090-01-01T00:00:00Z"}), releases=NEWER),
    "Silence that lasts": State(
        silence({"matcher": {}, "startsAt": "2020-01-01T00:00:00Z", "duration": "876000h0m0s"}),
        lost(),
        "silences them from 2020-01-01T00:00:00Z for 876000h0m0s",
        releases=NEWER,
    ),
    "Silence that has begun": State(
        silence({"matcher": {}, "startsAt": "2020-01-01T00:00:00Z"}), lost(), "without an end", releases=NEWER
    ),
    "Silence with a duration, but no beginning": State(
        silence({"matcher": {}, "duration": "1h0m0s"}), lost(), "without an end", releases=NEWER
    ),
    "Silence with a schedule": State(
        silence({"matcher": {}, "schedule": "0 2 29 2 *", "duration": "1s"}), releases=NEWER
    ),
    "Silence with a schedule, but no duration": State(
        silence({"matcher": {}, "schedule": "0 2 29 2 *"}), lost(), "without an end", releases=NEWER
    ),
    "Router beside": State(router("another"), releases=NEWER),
    "Routers only": State(manager(routePolicy="RouterOnly"), lost(), "RouterOnly", releases=NEWER),
    "Routers only, to the Receiver": State(
        several(manager(routePolicy="RouterOnly"), router(CONSOLE_RECEIVER)),
        lost("warning", "warning bare"),
        "Router",
        releases=NEWER,
    ),
    "Routers only, by an expression": State(
        several(manager(routePolicy="RouterOnly"), router_by(regexName="^global-ding")), releases=NEWER
    ),
    "Routers only, by an expression of others": State(
        several(manager(routePolicy="RouterOnly"), router_by(regexName="^ding")),
        lost(),
        "does not send them to it",
        releases=NEWER,
    ),
    "Routers only, by labels": State(
        several(manager(routePolicy="RouterOnly"), router_by(selector={"matchLabels": {"type": "global"}})),
        releases=NEWER,
    ),
    "Routers only, by labels of others": State(
        several(manager(routePolicy="RouterOnly"), another(), router_by(selector={"matchLabels": {"team": "dba"}})),
        lost(),
        "does not send them to it",
        releases=NEWER,
    ),
    "Routers only, by labels and type": State(
        several(
            manager(routePolicy="RouterOnly"), router_by(selector={"matchLabels": {"type": "global"}}, type="dingtalk")
        ),
        releases=NEWER,
    ),
    "Routers only, of another type": State(
        several(manager(routePolicy="RouterOnly"), router_by(name=[CONSOLE_RECEIVER], type="email")),
        lost(),
        "does not send them to it",
        releases=NEWER,
    ),
    "Routers only, by owner": State(
        several(
            manager(routePolicy="RouterOnly"),
            router_by(channels=[{"tenant": "notification-manager/type/global", "type": ["email", "dingtalk"]}]),
        ),
        releases=NEWER,
    ),
    "Routers only, by another owner": State(
        several(manager(routePolicy="RouterOnly"), router_by(channels=[{"tenant": "alice"}])),
        lost(),
        "does not send them to it",
        releases=NEWER,
    ),
    "Routers first, to another": State(
        several(manager(routePolicy="RouterFirst"), another(), router("another")),
        lost("critical", "critical bare"),
        "Router by-severity",
        releases=NEWER,
    ),
    "Routers first, to a Receiver that is gone": State(
        several(manager(routePolicy="RouterFirst"), router("another")), releases=NEWER
    ),
    "Routers first, to a disabled Receiver": State(
        several(
            manager(routePolicy="RouterFirst"),
            another(email={"enabled": False, "to": ["ops@example.com"]}),
            router("another"),
        ),
        releases=NEWER,
    ),
    "Routers first, to another type of a Receiver": State(
        several(
            manager(routePolicy="RouterFirst"),
            another(),
            router("another", {"receivers": {"name": ["another"], "type": "sms"}}),
        ),
        releases=NEWER,
    ),
    "Routers first, to the Receiver": State(
        several(manager(routePolicy="RouterFirst"), router(CONSOLE_RECEIVER)), releases=NEWER
    ),
    "Routers first, disabled": State(
        several(manager(routePolicy="RouterFirst"), router("another", {"enabled": False})), releases=NEWER
    ),
    # KubeSphere 4's rulers
    "rulers without Alertmanager": State(values(None), releases=WITH_EXTENSIONS),
    "rulers with an Alertmanager of others": State(
        values({"agent": {"ruler": {"alertmanagersUrl": ["http://alertmanager.example"]}}}), releases=WITH_EXTENSIONS
    ),
    "rulers on the host": State(values({"global": {"rules": {"distributionMode": "None"}}}), releases=WITH_EXTENSIONS),
    "rulers on the host, with the list of the agents": State(
        values(
            {
                "global": {"rules": {"distributionMode": "None"}},
                "agent": {"ruler": {"alertmanagersUrl": ["http://alertmanager.example"]}},
            }
        ),
        releases=WITH_EXTENSIONS,
    ),
    "rulers without policies": State(
        values(None), variables={"alerting_enabled": None, "alerting_policies": []}, releases=WITH_EXTENSIONS
    ),
    "rulers not installed": State(
        lambda cluster: cluster.delete(f"{PLANS}/whizard-alerting"),
        lost(),
        "not installed",
        {"alerting_enabled": False},
        WITH_EXTENSIONS,
    ),
    # Prometheus, ThanosRuler and Alertmanager before KubeSphere 4
    "Prometheus with a headless Service": State(
        prometheus_to(["kubesphere-monitoring-system/alertmanager-operated"]), releases=WITH_SECRET
    ),
    "Prometheus with another Alertmanager as well": State(
        prometheus_to(["kubesphere-monitoring-system/alertmanager-main", "monitoring/alertmanager-main"]),
        releases=WITH_SECRET,
    ),
    "Prometheus with another Alertmanager": State(
        prometheus_to(["monitoring/alertmanager-main"]),
        lost(),
        "Prometheus k8s: spec.alerting.alertmanagers lists monitoring/alertmanager-main, and not alertmanager-main, so",
        releases=BEFORE_3_4,
    ),
    "Prometheus without Alertmanager": State(
        monitored("prometheuses/k8s", alerting=None),
        lost(),
        "spec.alerting.alertmanagers lists no Alertmanager, so it sends its alerts nowhere",
        releases=BEFORE_3_4,
    ),
    "no replica of Prometheus": State(
        monitored("prometheuses/k8s", replicas=0), lost(), "Prometheus k8s: spec.replicas is 0", releases=BEFORE_3_4
    ),
    "no replica of Alertmanager": State(
        monitored("alertmanagers/main", replicas=0),
        lost(),
        "Alertmanager main: spec.replicas is 0",
        releases=WITH_SECRET,
    ),
    "Alertmanager is gone": State(
        lambda cluster: cluster.delete(f"{MONITORING}/alertmanagers/main"),
        lost(),
        "Alertmanager main: not found",
        releases=WITH_SECRET,
    ),
    "ruler by the name of a Service": State(
        several(component, ruler_to("http://alertmanager-main.kubesphere-monitoring-system:9093")),
        variables=policies("node-1"),
        releases=WITH_SECRET,
    ),
    "ruler by the name of a port": State(
        several(
            component,
            ruler_to(
                "http://alertmanager.example:9093",
                "dnssrvnoa+http://_web._tcp.alertmanager-operated.kubesphere-monitoring-system.svc.cluster.local",
            ),
        ),
        variables=policies("node-1"),
        releases=WITH_SECRET,
    ),
    "ruler with another Alertmanager": State(
        several(component, ruler_to("http://alertmanager-main.monitoring.svc:9093")),
        cause="ThanosRuler kubesphere: spec.alertmanagersUrl lists http://alertmanager-main.monitoring.svc:9093, and "
        "not alertmanager-main, so it sends its alerts there",
        variables=policies("node-1"),
        releases=BEFORE_3_4,
    ),
    "ruler without Alertmanager": State(
        several(component, ruler_to()),
        cause="spec.alertmanagersUrl lists no Alertmanager",
        variables=policies("node-1"),
        releases=BEFORE_3_4,
    ),
    "no replica of the ruler": State(
        several(component, monitored("thanosrulers/kubesphere", replicas=0)),
        cause="spec.replicas is 0, so nothing evaluates policies",
        variables=policies("node-1"),
        releases=BEFORE_3_4,
    ),
    "ruler is gone": State(
        several(component, lambda cluster: cluster.delete(f"{MONITORING}/thanosrulers/kubesphere")),
        cause="ThanosRuler kubesphere: not found",
        variables=policies("node-1"),
        releases=BEFORE_3_4,
    ),
    # What policies name
    "nodes and workload of policies": State(
        component, variables=policies("node-1", workload="coredns"), releases=WITH_SECRET
    ),
    "nodes of a policy are gone": State(
        without_nodes("node-1", "node-2"),
        cause="none of the nodes node-1, node-2 is on this cluster",
        variables=policies("node-1", "node-2", workload="coredns"),
        releases=WITH_SECRET,
    ),
    "one of two nodes of a policy is gone": State(
        without_nodes("node-1"), variables=policies("node-1", "node-2"), releases=WITH_SECRET
    ),
    "workload of a policy is gone": State(
        several(component, lambda cluster: cluster.delete(COREDNS)),
        cause="Deployment coredns is not in project kube-system of this cluster",
        variables=policies("node-1", workload="coredns"),
        releases=WITH_SECRET,
    ),
    "nodes of a policy are gone, component is missing": State(
        lambda cluster: cluster.delete("/api/v1/nodes/node-1"),
        cause="node node-1 is not on this cluster",
        variables=policies("node-1"),
        releases=WITH_SECRET,
    ),
    "nodes and workload may not be read": State(
        several(without_nodes("node-1"), lambda cluster: cluster.delete(COREDNS)),
        variables=policies("node-1", workload="coredns"),
        releases=WITH_SECRET,
        rules=WITHOUT_TARGETS,
    ),
}
