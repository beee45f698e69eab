# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the demo; an unexpected result ends it."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubesphere import controllers
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.simulators.notification_manager import ClusterAccess, deliver
from tests.support.simulators.world import (
    APP_SECRET,
    CHATS,
    CLUSTERS,
    KUBESPHERE_PASSWORD,
    KUBESPHERE_USER,
    ROBOT,
    populate,
)
from tests.support.testbed import Cluster, clusters
from tests.support.testbed.installer.multicluster import HOST_CLUSTER, spread
from tests.support.testbed.stand_ins.notifying import notifying
from tests.system.demo.breaks import BREAKS, Break, monitored
from tests.system.demo.controller import Controller
from tests.system.demo.deviation import Deviation

#: Cluster -> its expected name in messages.
MESSAGE_NAMES = {**{name: name for name in CLUSTERS}, "lab": "lab (3.3)"}
#: The clusters of KubeSphere 4 and their names in KubeSphere.
KUBESPHERE_4 = {"hangzhou": HOST_CLUSTER, "ningbo": "ningbo"}
#: The clusters that use the custom robot.
WITH_ROBOT = set(CLUSTERS) - {"lab"}
VAULT = {"vault_dingtalk_app_secret": APP_SECRET, "vault_kubesphere_api_password": KUBESPHERE_PASSWORD}

#: KubeSphere version -> API paths of its policies.
RULES = {
    "3.3": ["/apis/monitoring.coreos.com/v1/prometheusrules"],
    "3.4": [f"/apis/alerting.kubesphere.io/v2beta1/{plural}" for plural in ("rulegroups", "clusterrulegroups")],
}
POLICIES = ["dns-replicas", "node-memory-high"]


def run_demo(folder: Path, real: bool, broken: str = "", keep: bool = False) -> None:
    """Run the demo with all its files in ``folder``.

    ``broken``: the name of a way to break it at the end, which the doctor finds. ``keep``: do not end it by itself.
    """
    kind = "real kube-apiservers" if real else "embedded API servers"
    headline(f"Start KubeSphere clusters ({kind}) and a simulated DingTalk")
    _show_clusters()
    with (
        DingTalk(_created(folder / "dingtalk")) as dingtalk,
        clusters(CLUSTERS, folder / "clusters", real) as fleet,
        KubeSphereApi(fleet["hangzhou"], KUBESPHERE_USER, KUBESPHERE_PASSWORD, "", list(KUBESPHERE_4.values())) as api,
    ):
        populate(dingtalk)
        controller = Controller(folder / "controller", fleet, dingtalk, api, VAULT)
        headline("First run: create the chats, write all settings, install alerting, list the manual steps")
        with controllers(fleet.values(), seconds=2):
            controller.play("site", expect_changed=set(CLUSTERS))
        spread(fleet, CLUSTERS)
        _show_policies(fleet, api)
        headline("Manual step: add the custom robot in the DingTalk client, and its webhook and secret to the vault")
        _add_robot(dingtalk, controller)
        headline("Second run: add the robot to the clusters that use it; members get it from their hosts")
        controller.play("site", expect_changed={name for name in WITH_ROBOT if CLUSTERS[name].role != "member"})
        spread(fleet, CLUSTERS)
        headline("Third run: no changes")
        _steady_run(controller, dingtalk, fleet, api)
        headline("Fire an alert in each cluster")
        _raise_alerts(dingtalk, fleet)
        headline("Prove that alerts arrive: one test message for each chat and robot")
        _verify(controller, dingtalk, fleet)
        if broken:
            _break(controller, fleet, BREAKS[broken])
        if keep:
            headline("The clusters and DingTalk remain. Play with them from another terminal:")
            print(controller.instructions(), flush=True)
            signal.pause()


def _break(controller: Controller, fleet: Mapping[str, Cluster], way: Break) -> None:
    headline(f"Break {way.cluster}: {way.title}")
    way.change(monitored(fleet)[way.cluster])
    output = controller.play_in_vain("doctor")
    if f"-> ERROR {way.finding} " not in output:
        raise Deviation(f"expected the doctor to find {way.finding} first")


def headline(text: str) -> None:
    """Print the title of a step."""
    print(f"\n=== {text}", flush=True)


def _show_clusters() -> None:
    for name, spec in CLUSTERS.items():
        role = (
            f"member of {spec.host}"
            if spec.host
            else {"none": "stand-alone cluster", "host": "host cluster"}[spec.role]
        )
        print(f"  {name}: KubeSphere {spec.version}, {role}")


def _created(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _show_policies(fleet: Mapping[str, Cluster], api: KubeSphereApi) -> None:
    print("\nAlerting policies, in the format of each release:")
    for name, cluster in fleet.items():
        found = [rule for item in _groups(name, cluster, api) for rule in _rules(item)]
        print("\n".join(f"  {name} ({cluster.version}): {rule}" for rule in found))
        if sorted(rule.partition(" ")[0] for rule in found) != POLICIES:
            raise Deviation(f"expected the policies {POLICIES} on {name}, found {found}")


def _groups(name: str, cluster: Cluster, api: KubeSphereApi) -> Iterable[Mapping[str, Any]]:
    """Return the objects with a cluster's policies."""
    if name in KUBESPHERE_4:
        return [group for path, group in api.groups.items() if f"/clusters/{KUBESPHERE_4[name]}/" in path]
    return [item for path in RULES[cluster.version] for item in cluster.list(path)]


def _rules(item: Mapping[str, Any]) -> list[str]:
    spec = item["spec"]
    rules = spec["rules"] if "rules" in spec else [rule for group in spec["groups"] for rule in group["rules"]]
    return [f"{rule['alert']} {rule.get('exprBuilder') or rule.get('expr')}" for rule in rules]


def _add_robot(dingtalk: DingTalk, controller: Controller) -> None:
    chat_id = _chat_ids(dingtalk)[CHATS["ops"]]
    webhook = dingtalk.add_custom_robot(chat_id, ROBOT, ["alert", "告警"], secret="generate")
    controller.add_to_vault(
        {"vault_ops_robot_webhook": webhook, "vault_ops_robot_secret": dingtalk.secret_of(chat_id, ROBOT)}
    )


def _chat_ids(dingtalk: DingTalk) -> dict[str, str]:
    found = {chat.name: chat.chatid for chat in dingtalk.chats()}
    if sorted(found) != sorted(CHATS.values()) or len(dingtalk.chats()) != len(CHATS):
        raise Deviation(f"expected the chats {sorted(CHATS.values())}, found {sorted(found)}")
    return found


def _steady_run(controller: Controller, dingtalk: DingTalk, fleet: Mapping[str, Cluster], api: KubeSphereApi) -> None:
    for cluster in fleet.values():
        cluster.reset_requests()
    api.requests.clear()
    dingtalk.reset_calls()
    controller.play("site", expect_changed=set())
    print("\nRequests of this run:")
    for name, cluster in fleet.items():
        verbs = Counter(request.verb for request in cluster.requests() if not _is_own(request.path))
        print(f"  {name}: {', '.join(f'{count} {verb}' for verb, count in sorted(verbs.items()))}")
        if not set(verbs) <= {"get", "list"}:
            raise Deviation(f"unexpected requests other than reads in a run without changes on {name}: {dict(verbs)}")
    print(f"  hangzhou, KubeSphere API: {len(api.requests)} get")
    if {method for method, _path in api.requests} != {"GET"}:
        raise Deviation(f"unexpected requests other than reads in a run without changes: {api.requests}")
    print(f"  DingTalk: {len(dingtalk.counted_calls())} calls counted against the monthly quota")
    writes = [call.api for call in dingtalk.calls if call.api.endswith(("/create", "/update", "/send", "/add"))]
    if writes:
        raise Deviation(f"unexpected writes to DingTalk in a run without changes: {writes}")


def _is_own(path: str) -> bool:
    # A real API server probes itself.
    return path.startswith(("/readyz", "/livez", "/healthz"))


def _raise_alerts(dingtalk: DingTalk, fleet: Mapping[str, Cluster]) -> None:
    for name in fleet:
        labels = {
            "alertname": "NodeMemoryHigh",
            "severity": "critical",
            "alerttype": "metric",
            "node": f"{name}-node-1",
        }
        # A member of KubeSphere 4 sends its alerts to its host, with its name in KubeSphere.
        is_sent_to_host = name in KUBESPHERE_4 and CLUSTERS[name].role == "member"
        if is_sent_to_host:
            labels["cluster"] = KUBESPHERE_4[name]
        place = fleet[CLUSTERS[name].host if is_sent_to_host else name]
        access = ClusterAccess(place.server, str(place.ca_file), place.token, place.version)
        alert = {"status": "firing", "labels": labels, "annotations": {"message": "Memory utilisation is above 90%"}}
        deliveries = deliver(access, [alert], dingtalk.legacy_api_url, str(dingtalk.ca_file))
        failed = [delivery.error for delivery in deliveries if delivery.error]
        if failed or not deliveries:
            raise Deviation(f"the alert of {name} was not delivered: {failed or 'no message was sent'}")
    for name, chat_id in _chat_ids(dingtalk).items():
        print(f"\nMessages in chat {name}:")
        _show_messages(dingtalk, chat_id)
    _check_arrivals(dingtalk)


def _verify(controller: Controller, dingtalk: DingTalk, fleet: Mapping[str, Cluster]) -> None:
    before = len(dingtalk.messages())
    with notifying(fleet, dingtalk):
        controller.play("verify", expect_changed=set())
    texts = [message.text for message in dingtalk.messages()[before:]]
    # A real API server's service proxy does not connect to loopback, so nothing can be sent there.
    expected = 3 if all(cluster.simulator for cluster in fleet.values()) else 0
    if len(texts) != expected or not all("TEST: cluster " in text for text in texts):
        raise Deviation(f"expected {expected} test messages, found {texts}")
    lines = [line for text in texts for line in text.splitlines() if "TEST: " in line][:expected]
    print("\n".join(["\nTest messages:", *(f"  {line.strip(' -')}" for line in lines)]))


def _show_messages(dingtalk: DingTalk, chat_id: str) -> None:
    """Print the first message of each sender in full, and a line for each of the others."""
    seen = set()
    for message in dingtalk.messages(chat_id):
        sender, lines = f"{message.sender} {message.name}", message.text.strip().splitlines()
        if sender not in seen:
            print("\n".join([f"  from {sender}:", *(f"    {line}" for line in lines)]))
        else:
            print(f"  from {sender}: {lines[0]} {' '.join(line.strip(' -') for line in lines if 'cluster' in line)}")
        seen.add(sender)


def _check_arrivals(dingtalk: DingTalk) -> None:
    """Check that each cluster's alert is in its chat, from each configured sender and with the cluster's name."""
    ids = _chat_ids(dingtalk)
    for cluster in CLUSTERS:
        chat, times = ("ops", 2) if cluster in WITH_ROBOT else ("lab", 1)
        texts = [message.text for message in dingtalk.messages(ids[CHATS[chat]])]
        own = [text for text in texts if f"{cluster}-node-1" in text]
        named = [
            text for text in own if re.search(rf"cluster\W+{re.escape(MESSAGE_NAMES[cluster])}$", text, re.MULTILINE)
        ]
        if len(named) != times:
            raise Deviation(f"expected {times} messages with the name of {cluster} in chat {chat}, found {len(named)}")
