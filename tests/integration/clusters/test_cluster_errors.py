# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters with faults: each fails independently, with cause and hint, and the others are completed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, copy_with_another_address, environment
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import ClusterSpec

RECEIVERS = "/apis/notification.kubesphere.io/v2beta2/receivers"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
READ_ALL = {"verbs": ["get", "create"], "apiGroups": ["*"], "resources": ["*"]}
NO_RECEIVER = "route: {receiver: ops, routes: [{receiver: secret-name}]}\nreceivers: [{name: ops}]\n"


def break_credentials(site: Environment, name: str) -> None:
    path = site.controller.inventory / "kubeconfigs" / name
    content = yaml.safe_load(path.read_text())
    content["users"][0]["user"]["token"] = "invalid-token"
    path.write_text(yaml.safe_dump(content))


def limit(site: Environment, name: str) -> None:
    kubeconfig = site.clusters[name].limited([READ_ALL]).kubeconfig
    site.controller.vars(name, kubesphere_kubeconfig=str(kubeconfig))


def drop_kinds(site: Environment, name: str) -> None:
    for plural in ("configs", "receivers", "notificationmanagers", "routers", "silences"):
        site.clusters[name].delete(f"{CRDS}/{plural}.notification.kubesphere.io")


def name_absent_namespace(site: Environment, name: str) -> None:
    site.clusters[name].patch(of.MANAGER, {"spec": {"defaultSecretNamespace": "elsewhere"}})


def delete_namespace(site: Environment, name: str) -> None:
    site.clusters[name].delete("/api/v1/namespaces/kubesphere-monitoring-federated")


def drop_alertmanager(site: Environment, name: str) -> None:
    site.clusters[name].delete(of.ALERTMANAGER)


def drop_plan(site: Environment, name: str) -> None:
    site.clusters[name].delete("/apis/kubesphere.io/v1alpha1/installplans/whizard-notification")


def name_host(site: Environment, name: str) -> None:
    site.controller.vars(name, kubesphere_host_cluster="host")


def stop(site: Environment, name: str) -> None:
    of.simulator(site.clusters[name]).stop()


def alertmanager_is(text: str) -> Callable[[Environment, str], None]:
    return lambda site, name: of.set_alertmanager(site.clusters[name], text)


def answers(**fault: Any) -> Callable[[Environment, str], None]:
    def inject(site: Environment, name: str) -> None:
        of.simulator(site.clusters[name]).faults.add(Fault(times=0, **fault))

    return inject


def nothing(site: Environment, name: str) -> None:
    pass


#: Cluster -> its release or spec, its fault, and expected parts of its error
FAULTS: dict[str, tuple[str | ClusterSpec, Callable[[Environment, str], None], tuple[str, ...]]] = {
    "silent": ("3.4", stop, ("cannot be reached", "Connection refused", "Check host or kubeconfig")),
    "unauthorised": ("3.4", break_credentials, ("Unauthorized", "renew the token or certificate in kubeconfig")),
    "forbidden": (
        "3.4",
        limit,
        ('cannot update resource "notificationmanagers"', "as roles to apply and to bind to the account"),
    ),
    "kindless": ("3.4", drop_kinds, ("serves no notification.kubesphere.io", "Nothing was changed")),
    "homeless": (
        "3.4",
        name_absent_namespace,
        ('namespaces "elsewhere" not found', "create it, or correct the name in the options"),
    ),
    "vanishing": ("3.4", delete_namespace, ("because it is being terminated",)),
    "unparsable": (
        "3.4",
        alertmanager_is("route: {receiver: secret-name\n"),
        ("alertmanager.yaml in Secret", "not valid YAML in line 2", "Nothing was changed"),
    ),
    "textual": ("3.4", alertmanager_is("secret-name"), ("is not a YAML mapping", "Nothing was changed")),
    "routeless": (
        "3.4",
        alertmanager_is("receivers: [{name: secret-name}]\n"),
        ("missing route", "nothing was changed"),
    ),
    "dangling": (
        "3.4",
        alertmanager_is(NO_RECEIVER),
        ("route.routes[0]: undefined receiver 'secret-name'; add it to the receivers", "nothing was changed"),
    ),
    "unrouted": ("3.4", drop_alertmanager, ("only KubeSphere's installer creates it", "Nothing was changed")),
    "choosy": (
        "3.4",
        answers(method="POST", path="receivers", status=422, message="spec.dingtalk: Invalid value"),
        ("spec.dingtalk: Invalid value", "The API server's validation rejected the object"),
    ),
    "busy": (
        "3.4",
        answers(method="GET", path="/apis$", status=503, message="try later", retry_after=0),
        ("try later", "is not available; run again later"),
    ),
    "bare41": ("4.1", drop_kinds, ("the extension whizard-notification", "Nothing was changed")),
    "planless": (
        "4.1",
        drop_plan,
        ("whizard-notification creates it: install the extension first", "Nothing was changed"),
    ),
    "member": (ClusterSpec("3.4", "member"), nothing, ("kubesphere_host_cluster: missing", "Add the host cluster")),
    "member41": (ClusterSpec("4.1", "member"), nothing, ("kubesphere_host_cluster: missing", "Add the host cluster")),
    "loner": ("3.4", name_host, ("is 'host', but this cluster is not a member", "Nothing was changed")),
}
#: Faults that only a write reveals.
FOUND_BY_WRITES = ("forbidden", "homeless", "vanishing", "choosy")
Fleet = tuple[Environment, Run]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A run with a cluster without fault, a host cluster, and one cluster for each fault; the chat ID is known."""
    wanted: dict[str, str | ClusterSpec] = {"good": "3.4", "host": ClusterSpec("3.3", "host")}
    wanted |= {name: release for name, (release, _, _) in FAULTS.items()}
    with environment(tmp_path_factory.mktemp("faults"), wanted) as site:
        chat = site.dingtalk.add_chat("ops", "user-1", app=of.APP_KEY).chatid
        chats = {"ops": {"name": "ops", "chat_id": chat}}
        site.controller.vars("all", dingtalk_chats=chats, dingtalk_robots={}, notification_robot="")
        for name, (_, inject, _) in FAULTS.items():
            inject(site, name)
        yield site, site.run("site").must(succeed=False)


@pytest.mark.parametrize("name", FAULTS)
def test_the_error_of_a_cluster_has_cause_and_hint(fleet: Fleet, name: str) -> None:
    message = fleet[1].errors[name]
    assert [part for part in FAULTS[name][2] if part not in message] == [], message


@pytest.mark.parametrize("name", FAULTS)
def test_a_failed_cluster_is_in_the_summary_with_its_error(fleet: Fleet, name: str) -> None:
    failures = [line for line in fleet[1].summary if line.startswith("FAILED ")]
    [line] = [line for line in failures if name in line.removeprefix("FAILED ").partition(":")[0].split(", ")]
    assert FAULTS[name][2][0] in line


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - FOUND_BY_WRITES))
def test_faults_that_reads_reveal_are_found_before_any_write(fleet: Fleet, name: str) -> None:
    assert [request for request in fleet[0].requests[name] if request.writes] == []


def test_the_other_clusters_are_completed(fleet: Fleet) -> None:
    site, run = fleet
    assert set(run.errors) == set(FAULTS)
    for name in ("good", "host"):
        assert run.changed[name] == 1
        assert of.alertmanager(site.clusters[name])["route"]["repeat_interval"] == "2h"
    assert run.summary[0] == f"{len(FAULTS) + 2} clusters: 2 changed, 0 unchanged, {len(FAULTS)} failed"


def test_the_content_of_alertmanagers_configuration_is_not_shown(fleet: Fleet) -> None:
    messages = [fleet[1].errors[name] for name in ("unparsable", "textual", "routeless")]
    assert [message for message in messages if "secret-name" in message] == []


def test_a_terminating_namespace_is_not_reported_as_missing_permission(fleet: Fleet) -> None:
    assert "lacks a permission" not in fleet[1].errors["vanishing"]


def test_the_run_after_the_fault_completes_the_cluster(single: Environment) -> None:
    name_absent_namespace(single, "shanghai")
    single.run("site").must(succeed=False)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}}
    shanghai = single.clusters["shanghai"]
    shanghai.post("/api/v1/namespaces", namespace)
    single.site()
    assert of.chat_ids(shanghai) == [single.chat_id("KubeSphere 运维告警")]


def test_the_summary_is_printed_although_the_first_cluster_is_unreachable(site: Environment) -> None:
    site.site()
    stop(site, "shanghai")
    site.controller.vars("beijing", notification_cluster_name="Beijing")
    run = site.run("site").must(succeed=False)
    assert run.changed["beijing"] == 1
    assert any(line.startswith("FAILED shanghai: ") for line in run.summary)
    assert run.summary[0] == "3 clusters: 1 changed, 1 unchanged, 1 failed"


def test_a_concurrent_change_between_read_and_write_is_preserved(single: Environment) -> None:
    shanghai = single.clusters["shanghai"]
    patch = {"stringData": {"other": "value"}}
    fault = Fault("PUT", "alertmanager-main", hook=lambda: shanghai.patch(of.ALERTMANAGER, patch))
    of.simulator(shanghai).faults.add(fault)
    single.site()
    assert fault.hits == 1
    assert of.secret_texts(shanghai, of.ALERTMANAGER)["other"] == "value"
    assert of.alertmanager(shanghai)["route"]["repeat_interval"] == "2h"


def test_a_concurrently_created_object_is_merged(single: Environment) -> None:
    shanghai = single.clusters["shanghai"]
    metadata = {"metadata": {"name": "global-dingtalk-receiver", "labels": {"type": "global", "team": "platform"}}}
    kind = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver"}
    spec = {"spec": {"dingtalk": {"conversation": {"chatids": ["other-chat"]}}}}
    hook = Fault("POST", "receivers", hook=lambda: shanghai.post(RECEIVERS, {**kind, **metadata, **spec}))
    of.simulator(shanghai).faults.add(hook)
    single.site()
    assert hook.seen == 2
    assert of.chat_ids(shanghai) == ["other-chat", single.chat_id("KubeSphere 运维告警")]
    single.run("teardown").must()
    assert of.chat_ids(shanghai) == ["other-chat"]


def test_permanent_conflicts_are_reported_after_some_retries(single: Environment) -> None:
    shanghai = single.clusters["shanghai"]
    turns = iter(range(1000))

    def interfere() -> None:
        shanghai.patch(of.ALERTMANAGER, {"stringData": {"other": str(next(turns))}})

    fault = of.simulator(shanghai).faults.add(Fault("PUT", "alertmanager-main", times=0, hook=interfere))
    run = single.run("site").must(succeed=False)
    assert 2 <= fault.hits <= 10
    assert "was modified concurrently" in run.errors["shanghai"]
    assert of.alertmanager(shanghai)["route"]["repeat_interval"] == "12h"


@pytest.mark.parametrize(
    ("method", "path", "retry_after"),
    [("GET", "receivers", 0), ("PUT", "alertmanager-main", 0), ("GET", "/apis$", None)],
)
def test_requests_to_a_temporarily_unavailable_server_are_retried(
    single: Environment, method: str, path: str, retry_after: int | None
) -> None:
    fault = Fault(method, path, times=2, status=503, retry_after=retry_after)
    of.simulator(single.clusters["shanghai"]).faults.add(fault)
    single.site()
    assert fault.hits == 2
    assert of.alertmanager(single.clusters["shanghai"])["route"]["repeat_interval"] == "2h"


def test_a_warning_lists_hosts_with_one_address_before_anything_is_changed(single: Environment) -> None:
    hosts = ["shanghai", "copied", "of-another-context"]
    single.controller.hosts.write_text(yaml.safe_dump({"all": {"hosts": dict.fromkeys(hosts)}}, sort_keys=False))
    path = single.controller.inventory / "kubeconfigs" / "shanghai"
    content = yaml.safe_load(path.read_text())
    content["contexts"].append({**content["contexts"][0], "name": "another"})
    path.write_text(yaml.safe_dump(content))
    shutil.copy(path, path.parent / "copied")
    single.controller.vars("all", kubesphere_kubeconfig=str(path))
    single.controller.vars("copied", kubesphere_kubeconfig=str(path.parent / "copied"))
    single.controller.vars("of-another-context", kubesphere_context="another")
    [warning] = single.site("--check").one("fleet_chats")["warnings"]
    assert warning.startswith("shanghai, copied, of-another-context: these hosts are one cluster")


def test_hosts_that_are_one_cluster_at_different_addresses_are_noticed_before_anything_is_changed(
    single: Environment,
) -> None:
    copy_with_another_address(single, "shanghai", "copied")
    [warning] = single.site("--check").one("fleet_chats")["warnings"]
    assert warning.startswith("shanghai, copied: these hosts are one cluster")
