# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All operations of each feature on a cluster, executed by one account, with changes by others in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.alerts import Expectations, ExpectedReceiver
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.chats import read_chats
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.options import LEGACY_API_URL
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import cluster_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import alertmanager_config, cluster_info
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import fleet_chats as fleets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import verify as verification
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.verify import VerifiedFleet, run_verify
from tests.support.inprocess import Result, apply_features, examine, run
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubernetes import ProxyAnswer
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.simulators.kubesphere.installer import install_alerting
from tests.support.testbed import Cluster
from tests.support.testbed.installer.objects import MONITORING
from tests.support.testbed.installer.releases import KUBESPHERE_4
from tests.support.testbed.stand_ins.alertmanager import AlertmanagerApi
from tests.support.testbed.stand_ins.extension_controller import is_up_to_date
from tests.support.testbed.stand_ins.monitoring import Monitoring, deploy_manager
from tests.support.testbed.stand_ins.notification_history import switch
from tests.support.testbed.waiting import wait_until
from tests.system.realapi.installation import (
    ALERTING_PLAN,
    CONFIG,
    CREDENTIALS,
    PLAN,
    PROMETHEUS_RULES,
    RECEIVER,
    RULE_GROUPS,
)

Scenario = Callable[[Cluster, Cluster], Iterator[Result]]

APP = {"dingtalk_app_key": "ding-app-key", "dingtalk_app_secret": "planted-app-secret"}
VARIABLES: dict[str, Any] = {
    **APP,
    "inventory_hostname": "shanghai",
    "dingtalk_chats": {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "chat_id": "chat-ops"}},
    "dingtalk_robots": {
        "duty": {
            "type": "custom",
            "chat": "ops",
            "name": "Duty",
            "webhook": f"{LEGACY_API_URL}/robot/send?access_token=t1",
        }
    },
    "notification_chats": ["ops"],
    "notification_robot": "duty",
    "alertmanager_route": {"repeat_interval": "2h"},
}


def access(account: Cluster) -> dict[str, Any]:
    return {"kubeconfig": str(account.kubeconfig)}


@dataclass(frozen=True)
class Identity:
    """A user of KubeSphere 4's own API, and the ``options`` of a task for access to it."""

    api: KubeSphereApi
    options: Mapping[str, Any]

    def of(self, cluster: Cluster) -> Mapping[str, Any]:
        """Return the options for a task on this cluster; none if policies are Kubernetes objects."""
        return self.options if cluster.version in KUBESPHERE_4 else {}


def features(
    account: Cluster,
    *names: str,
    state: str = "present",
    identity: Mapping[str, Any] | None = None,
    **variables: Any,
) -> Result:
    """Run the task of the playbooks for these features."""
    options = {**access(account), **(identity or {}), "features": list(names), "state": state}
    user = {f"kubesphere_{name}": value for name, value in (identity or {}).items()}
    return apply_features(options, {**VARIABLES, **user, **variables})


def info(account: Cluster, **options: Any) -> Result:
    return run(cluster_info.OPERATION, {**access(account), **options})


def facts(account: Cluster, _others: Cluster) -> Iterator[Result]:
    yield info(account)


def notification(account: Cluster, others: Cluster) -> Iterator[Result]:
    yield features(account, "notification")
    yield features(account, "notification")
    others.patch(CONFIG, {"metadata": {"labels": {"type": "changed"}}})
    changes: dict[str, Any] = {"notification_cluster_name": "beijing", "dingtalk_app_secret": "planted-renewed-secret"}
    yield features(account, "notification", notification_enabled=False, **changes)
    yield features(account, "notification", notification_chats=[], notification_robot=None)
    yield features(account, "notification", notification_state="absent")


def receivers(account: Cluster, _others: Cluster) -> Iterator[Result]:
    """Apply a receiver in addition to the console's, with its own robot, and a Router."""
    for severity, token in (("critical", "t2"), ("critical", "t2"), ("error", "t3")):
        selector = {"matchLabels": {"severity": severity}}
        robot = {**VARIABLES["dingtalk_robots"]["duty"], "webhook": f"{LEGACY_API_URL}/robot/send?access_token={token}"}
        yield features(
            account,
            "notification",
            dingtalk_robots={**VARIABLES["dingtalk_robots"], "shop": robot},
            notification_receivers={"shop-receiver": {"robot": "shop", "alert_selector": selector}},
            notification_routers={"worst": {"alert_selector": selector, "receivers": ["shop-receiver"]}},
        )
    yield features(account, "notification")
    yield features(account, "notification")


def alertmanager(account: Cluster, _others: Cluster) -> Iterator[Result]:
    yield features(account, "alertmanager")
    yield features(account, "alertmanager")
    yield features(account, "alertmanager", alertmanager_route={"group_wait": "20s"})
    route = {"matchers": ['severity="critical"'], "receiver": "team-a", "repeat_interval": "30m"}
    more: dict[str, Any] = {"alertmanager_routes": [route], "alertmanager_receivers": [{"name": "team-a"}]}
    yield features(account, "alertmanager", **more)
    yield features(account, "alertmanager", **more)
    yield features(account, "alertmanager", alertmanager_state="absent")


def policies(threshold: float) -> list[dict[str, Any]]:
    """Return one policy of each scope."""
    node = {"nodes": ["node-1"], "metric": "memory.utilization", "comparator": ">", "threshold": threshold}
    workload = {"names": ["ks-apiserver"]}
    return [
        {
            "name": "workload",
            "namespace": "kubesphere-system",
            "workload": workload,
            **{name: node[name] for name in ("comparator", "threshold")},
            "metric": "cpu.usage",
        },
        {"name": "node", **node},
        {"name": "platform", "scope": "global", "clusters": ["host"], **node},
    ]


def alerting(account: Cluster, others: Cluster) -> Iterator[Result]:
    yield features(account, "alerting", alerting_policies=policies(0.5))
    install_alerting(others.client)
    yield features(account, "alerting", alerting_policies=policies(0.5))
    yield features(account, "alerting", alerting_policies=policies(0.5))
    yield features(account, "alerting", alerting_policies=policies(0.6))
    yield features(account, "alerting", alerting_policies=policies(0.6), alerting_state="absent")


def alerting_to_chats(account: Cluster, others: Cluster) -> Iterator[Result]:
    """Apply policies whose alerts are expected in chats."""
    install_alerting(others.client)
    yield features(account, "notification", "alertmanager", "alerting", alerting_policies=policies(0.5))


def alerting_extension(identity: Identity) -> Scenario:
    def scenario(account: Cluster, others: Cluster) -> Iterator[Result]:
        def step(threshold: float, **variables: Any) -> Result:
            user = identity.options
            return features(account, "alerting", identity=user, alerting_policies=policies(threshold), **variables)

        yield step(0.5)
        wait_for_extension(others)
        # Someone removes the configuration that sends alerts to Alertmanager.
        others.patch(ALERTING_PLAN, {"spec": {"config": ""}})
        wait_for_extension(others)
        yield step(0.5)
        wait_for_extension(others)
        yield step(0.5)
        yield step(0.6)
        yield step(0.6, alerting_state="absent")

    return scenario


def wait_for_extension(others: Cluster, plan: str = ALERTING_PLAN) -> None:
    """Wait until KubeSphere has applied the InstallPlan."""
    wait_until(lambda: is_up_to_date(others.get(plan)), "the extension is not installed", 30)


def backup(account: Cluster, _others: Cluster) -> Iterator[Result]:
    options = {**access(account), "backup": True}
    yield run(alertmanager_config.OPERATION, {**options, "route": {"repeat_interval": "2h"}})
    yield run(alertmanager_config.OPERATION, {**options, "route": {"repeat_interval": "2h"}})
    yield run(alertmanager_config.OPERATION, {**options, "route": {"group_wait": "20s"}})
    yield run(alertmanager_config.OPERATION, {**options, "state": "absent"})


def teardown(identity: Identity) -> Scenario:
    def scenario(account: Cluster, others: Cluster) -> Iterator[Result]:
        names, user = ["notification", "alertmanager", "alerting"], identity.of(others)
        if others.version in KUBESPHERE_4:
            features(others, "alerting", identity=user, alerting_policies=policies(0.5))
        else:
            install_alerting(others.client)
        routes = [{"matchers": ['severity="critical"'], "repeat_interval": "30m"}]
        desired: dict[str, Any] = {"alerting_policies": policies(0.5), "alertmanager_routes": routes}
        for with_unmanaged in (False, True):
            if others.version in KUBESPHERE_4:
                # The teardown changed the InstallPlan; policies wait while its extension is being upgraded.
                wait_for_extension(others)
            assert features(others, *names, identity=user, **desired)["changed"]
            if with_unmanaged:
                others.patch(CONFIG, {"spec": {"dingtalk": {"labels": {"unmanaged": "1"}}}})
                others.patch(RECEIVER, {"spec": {"dingtalk": {"conversation": {"chatids": ["chat-ops", "unmanaged"]}}}})
                others.patch(CREDENTIALS, {"stringData": {"unmanaged": "1"}})
                _add_rules(others, identity.api)
                if others.version in KUBESPHERE_4:
                    _add_route(others)
            yield features(account, "alertmanager", state="absent")
            yield features(account, "notification", state="absent")
            yield features(account, "alerting", identity=user, state="absent")
            yield features(account, *names, identity=user, state="absent")

    return scenario


def _add_rules(others: Cluster, api: KubeSphereApi) -> None:
    """Add an unmanaged rule to each managed group."""
    for path in _policies_of(others):
        add_rule(others, path)
    for group in api.groups.values() if others.version in KUBESPHERE_4 else ():
        group["spec"]["rules"].append({"alert": "unmanaged", "expr": "vector(1)"})


def _add_route(others: Cluster) -> None:
    """Add an unmanaged route to the values of the extension."""
    plan = others.get(PLAN)
    values = yaml.safe_load(plan["spec"]["config"])
    values["alertmanager"]["config"]["route"]["routes"].insert(0, {"matchers": ["team=other"], "receiver": "event"})
    others.patch(PLAN, {"spec": {"config": yaml.safe_dump(values)}})
    wait_for_extension(others, PLAN)


def _policies_of(others: Cluster) -> Sequence[str]:
    """Return the paths of the objects that contain the managed policies."""
    if others.version in KUBESPHERE_4:
        return ()
    return RULE_GROUPS if others.version == "3.4" else PROMETHEUS_RULES


def add_rule(others: Cluster, path: str) -> None:
    """Add an unmanaged rule to a managed group."""
    item = others.get(path)
    group = item["spec"] if "rules" in item["spec"] else item["spec"]["groups"][0]
    group["rules"].append({"alert": "unmanaged", "expr": "vector(1)"})
    others.put(path, item)


def registry(dingtalk: DingTalk, folder: Path) -> Scenario:
    """Return a scenario whose controller has its cache and journal in ``folder``."""

    def scenario(account: Cluster, _others: Cluster) -> Iterator[Result]:
        yield _chats(account, dingtalk, folder, "ops")
        yield _chats(account, dingtalk, folder, "ops")
        yield _chats(account, dingtalk, folder, "ops", "lab")

    return scenario


def _chats(account: Cluster, dingtalk: DingTalk, folder: Path, *keys: str) -> Result:
    """Reconcile chats as the playbook ``site`` does before the clusters."""
    with Errors() as errors:
        desired_chats = read_chats(errors, {key: {"name": key, "owner": {"userid": "user-1"}} for key in keys})
    options = {
        "app_key": APP["dingtalk_app_key"],
        "app_secret": APP["dingtalk_app_secret"],
        "api_url": dingtalk.api_url,
        "legacy_api_url": dingtalk.legacy_api_url,
        "ca_path": dingtalk.ca_file,
        "cache_path": str(folder / "cache"),
        "state_path": str(folder / "state"),
    }
    defaults = {name: option.get("default") for name, option in cluster_spec().options.items()}
    fleet = fleets.Fleet(desired_chats, clusters={"one": {**defaults, **access(account)}}, registry_host="one")
    return run(Operation(fleets.OPERATION.spec, lambda task: fleets.run_fleet(task, fleet)), options)


def verify(account: Cluster, others: Cluster) -> Iterator[Result]:
    """Verify what another account applied; a missing permission fails the step, or is a warning if it is optional."""
    assert not features(others, "notification").get("failed")
    delivered: list[Any] = []
    if others.simulator:
        service = "whizard-notification-alertmanager" if others.version in KUBESPHERE_4 else "alertmanager-main"
        others.simulator.backend(MONITORING, service, AlertmanagerApi(delivered.append).answer)
        body = b'{"Status": 200, "Message": "Send alerts successfully"}'
        others.simulator.backend(MONITORING, "notification-manager-svc", lambda _request: ProxyAnswer(200, body))
    if others.version in KUBESPHERE_4:
        switch(others, is_on=True)
    receiver = ExpectedReceiver(
        "global-dingtalk-receiver", {"chat-ops": "ops"}, "duty", config="default-dingtalk-config"
    )
    defaults = {name: option.get("default") for name, option in cluster_spec().options.items()}
    fleet = VerifiedFleet(
        {"one": {**defaults, **access(account)}}, lambda _host, _facts: Expectations((receiver,)), {"chat-ops"}
    )
    folder = str(account.kubeconfig.parent / "state")
    options = {"cache": False, "state_path": folder, "app_key": "ding-app-key", "app_secret": "planted-app-secret"}
    options["history"] = True
    result = run(Operation(verification.OPERATION.spec, lambda task: run_verify(task, fleet)), options)
    found = result["clusters"]["one"]
    verdicts = [found["alert"], found["history"], *found["targets"]]
    refusals = [f"{item['cause']}. {item['cure']}" for item in verdicts if "cannot " in item["cause"] + item["cure"]]
    yield _refused(result, refusals, next((text for text in refusals if not _is_optional(text)), ""))


def _refused(result: Result, refusals: list[str], required: str) -> Result:
    """Return a result that warns of what was refused, and failed if that was required."""
    return {**result, "warnings": refusals, **({"failed": True, "msg": required} if required else {})}


def _is_optional(refusal: str) -> bool:
    listed = ("get services/proxy", "get alertmanagers", "get thanosrulers", "list configs", "list silences")
    optional = ['{} resource "{}"'.format(*item.split()) for item in listed]
    return any(f"cannot {text}" in refusal for text in optional)


def doctor(identity: Identity) -> Scenario:
    """Return a scenario in which the doctor examines what another account applied."""

    def scenario(account: Cluster, others: Cluster) -> Iterator[Result]:
        user = identity.of(others)
        desired: dict[str, Any] = {"alerting_policies": policies(0.5), "alerting_enabled": True}
        if others.version in KUBESPHERE_4:
            features(others, "alerting", identity=user, **desired)
            wait_for_extension(others)
        else:
            install_alerting(others.client)
        applied = features(others, "notification", "alertmanager", "alerting", identity=user, **desired)
        assert not applied.get("failed"), applied
        (Monitoring if others.simulator else deploy_manager)(others)
        variables = {**VARIABLES, **{f"kubesphere_{name}": value for name, value in user.items()}, **desired}
        result = examine({**access(account), **user}, variables)
        refused = [item["cause"] for item in result["findings"] if item["id"] == "KD303"]
        skipped = [item["because"] for item in result["skipped_stages"] if "cannot " in item["because"]]
        yield _refused(result, refused + skipped, "\n".join(text for text in refused if not _is_optional(text)))

    return scenario


SCENARIOS: dict[str, Scenario] = {
    "facts": facts,
    "notification": notification,
    "alertmanager": alertmanager,
    "alerting": alerting,
    "alerting_older": alerting,
    "backup": backup,
    "verify": verify,
}


def until_refused(steps: Iterator[Result]) -> Iterator[Result]:
    """Yield the results up to the first failed one."""
    for result in steps:
        yield result
        if result.get("failed"):
            return
