# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters in trouble: each fails alone, with its reason and the way out, and the others are done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Surroundings, surroundings
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import ClusterSpec

RECEIVERS = "/apis/notification.kubesphere.io/v2beta2/receivers"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
READ_ALL = {"verbs": ["get", "create"], "apiGroups": ["*"], "resources": ["*"]}
NO_RECEIVER = "route: {receiver: ops, routes: [{receiver: secret-name}]}\nreceivers: [{name: ops}]\n"


def break_credentials(site: Surroundings, name: str) -> None:
    path = site.controller.inventory / "kubeconfigs" / name
    content = yaml.safe_load(path.read_text())
    content["users"][0]["user"]["token"] = "nobodys-token"
    path.write_text(yaml.safe_dump(content))


def limit(site: Surroundings, name: str) -> None:
    kubeconfig = site.clusters[name].limited([READ_ALL]).kubeconfig
    site.controller.vars(name, kubesphere_kubeconfig=str(kubeconfig))


def drop_kinds(site: Surroundings, name: str) -> None:
    for plural in ("configs", "receivers", "notificationmanagers", "routers", "silences"):
        site.clusters[name].delete(f"{CRDS}/{plural}.notification.kubesphere.io")


def name_absent_namespace(site: Surroundings, name: str) -> None:
    site.clusters[name].patch(of.MANAGER, {"spec": {"defaultSecretNamespace": "elsewhere"}})


def delete_namespace(site: Surroundings, name: str) -> None:
    site.clusters[name].delete("/api/v1/namespaces/kubesphere-monitoring-federated")


def drop_alertmanager(site: Surroundings, name: str) -> None:
    site.clusters[name].delete(of.ALERTMANAGER)


def drop_plan(site: Surroundings, name: str) -> None:
    site.clusters[name].delete("/apis/kubesphere.io/v1alpha1/installplans/whizard-notification")


def name_host(site: Surroundings, name: str) -> None:
    site.controller.vars(name, kubesphere_host_cluster="host")


def stop(site: Surroundings, name: str) -> None:
    of.simulator(site.clusters[name]).stop()


def alertmanager_is(text: str) -> Callable[[Surroundings, str], None]:
    return lambda site, name: of.set_alertmanager(site.clusters[name], text)


def answers(**fault: Any) -> Callable[[Surroundings, str], None]:
    def order(site: Surroundings, name: str) -> None:
        of.simulator(site.clusters[name]).faults.add(Fault(times=0, **fault))

    return order


def nothing(site: Surroundings, name: str) -> None:
    pass


#: cluster -> what it is, what is done to it, and what has to be said of it
TROUBLES: dict[str, tuple[str | ClusterSpec, Callable[[Surroundings, str], None], tuple[str, ...]]] = {
    "silent": ("3.4", stop, ("cannot be reached", "Connection refused", "Check host or kubeconfig")),
    "unauthorised": ("3.4", break_credentials, ("Unauthorized", "renew the token or certificate in kubeconfig")),
    "forbidden": (
        "3.4",
        limit,
        ('cannot update resource "notificationmanagers"', "grant the verb on the resource"),
    ),
    "kindless": ("3.4", drop_kinds, ("serves no notification.kubesphere.io", "Nothing was changed")),
    "homeless": (
        "3.4",
        name_absent_namespace,
        ('namespaces "elsewhere" not found', "make it, or correct the name where it is given"),
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
        ("has no route", "nothing was changed"),
    ),
    "dangling": (
        "3.4",
        alertmanager_is(NO_RECEIVER),
        ("route.routes[0] names receiver 'secret-name', which is not among the receivers", "nothing was changed"),
    ),
    "unrouted": ("3.4", drop_alertmanager, ("only KubeSphere's installer can make it", "Nothing was changed")),
    "choosy": (
        "3.4",
        answers(method="POST", path="receivers", status=422, message="spec.dingtalk: Invalid value"),
        ("spec.dingtalk: Invalid value", "The API server's validation refuses the object"),
    ),
    "busy": (
        "3.4",
        answers(method="GET", path="/apis$", status=503, message="try later", retry_after=0),
        ("try later", "is not available; run again later"),
    ),
    "bare41": ("4.1", drop_kinds, ("the extension whizard-notification", "Nothing was changed")),
    "planless": ("4.1", drop_plan, ("extension whizard-notification: install that first", "Nothing was changed")),
    "member": (ClusterSpec("3.4", "member"), nothing, ("kubesphere_host_cluster: missing", "Add the host cluster")),
    "member41": (ClusterSpec("4.1", "member"), nothing, ("kubesphere_host_cluster: missing", "Add the host cluster")),
    "loner": ("3.4", name_host, ("is 'host', but this cluster is no member", "Nothing was changed")),
}
#: Only these can be told from a write that was tried.
WRITTEN_TO = ("forbidden", "homeless", "vanishing", "choosy")
Fleet = tuple[Surroundings, Run]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One run over a good cluster, a host cluster, and one cluster for each trouble; the chat is known by its ID."""
    wanted: dict[str, str | ClusterSpec] = {"good": "3.4", "host": ClusterSpec("3.3", "host")}
    wanted |= {name: release for name, (release, _, _) in TROUBLES.items()}
    with surroundings(tmp_path_factory.mktemp("trouble"), wanted) as site:
        chat = site.dingtalk.add_chat("ops", "user-1", app=of.APP_KEY).chatid
        chats = {"ops": {"name": "ops", "chat_id": chat}}
        site.controller.vars("all", dingtalk_chats=chats, dingtalk_robots={}, notification_robot="")
        for name, (_, bring_trouble, _) in TROUBLES.items():
            bring_trouble(site, name)
        yield site, site.run("site").must(succeed=False)


@pytest.mark.parametrize("name", TROUBLES)
def test_a_cluster_in_trouble_says_why_and_what_to_do(fleet: Fleet, name: str) -> None:
    message = fleet[1].errors[name]
    assert [words for words in TROUBLES[name][2] if words not in message] == [], message


@pytest.mark.parametrize("name", TROUBLES)
def test_a_cluster_in_trouble_is_named_at_the_end_with_its_reason(fleet: Fleet, name: str) -> None:
    [line] = [line for line in fleet[1].summary if line.startswith(f"FAILED {name}: ")]
    assert TROUBLES[name][2][0] in line


@pytest.mark.parametrize("name", sorted(TROUBLES.keys() - WRITTEN_TO))
def test_trouble_that_can_be_read_is_found_before_any_write(fleet: Fleet, name: str) -> None:
    assert [request for request in fleet[0].requests[name] if request.writes] == []


def test_the_others_are_done(fleet: Fleet) -> None:
    site, run = fleet
    assert set(run.errors) == set(TROUBLES)
    for name in ("good", "host"):
        assert run.changed[name] == 1
        assert of.alertmanager(site.clusters[name])["route"]["repeat_interval"] == "2h"
    assert run.summary[0] == f"{len(TROUBLES) + 2} clusters: 2 changed, 0 unchanged, {len(TROUBLES)} failed"


def test_the_content_of_alertmanagers_configuration_is_not_shown(fleet: Fleet) -> None:
    messages = [fleet[1].errors[name] for name in ("unparsable", "textual", "routeless")]
    assert [message for message in messages if "secret-name" in message] == []


def test_a_namespace_on_its_way_out_is_no_question_of_permissions(fleet: Fleet) -> None:
    assert "lacks a permission" not in fleet[1].errors["vanishing"]


def test_once_the_trouble_is_over_the_next_run_completes_the_cluster(single: Surroundings) -> None:
    name_absent_namespace(single, "shanghai")
    single.run("site").must(succeed=False)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}}
    shanghai = single.clusters["shanghai"]
    shanghai.post("/api/v1/namespaces", namespace)
    single.site()
    assert of.chat_ids(shanghai) == [single.chat_id("KubeSphere 运维告警")]


def test_the_first_cluster_down_does_not_hide_the_summary(site: Surroundings) -> None:
    site.site()
    stop(site, "shanghai")
    site.controller.vars("beijing", notification_cluster_name="Beijing")
    run = site.run("site").must(succeed=False)
    assert run.changed["beijing"] == 1
    assert any(line.startswith("FAILED shanghai: ") for line in run.summary)
    assert run.summary[0] == "3 clusters: 1 changed, 1 unchanged, 1 failed"


def test_a_change_by_somebody_else_between_read_and_write_survives(single: Surroundings) -> None:
    shanghai = single.clusters["shanghai"]
    patch = {"stringData": {"theirs": "value"}}
    fault = Fault("PUT", "alertmanager-main", hook=lambda: shanghai.patch(of.ALERTMANAGER, patch))
    of.simulator(shanghai).faults.add(fault)
    single.site()
    assert fault.hits == 1
    assert of.secret_texts(shanghai, of.ALERTMANAGER)["theirs"] == "value"
    assert of.alertmanager(shanghai)["route"]["repeat_interval"] == "2h"


def test_an_object_that_somebody_else_creates_meanwhile_is_merged_with(single: Surroundings) -> None:
    shanghai = single.clusters["shanghai"]
    theirs = {"metadata": {"name": "global-dingtalk-receiver", "labels": {"type": "global", "team": "platform"}}}
    kind = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver"}
    spec = {"spec": {"dingtalk": {"conversation": {"chatids": ["theirs"]}}}}
    hook = Fault("POST", "receivers", hook=lambda: shanghai.post(RECEIVERS, {**kind, **theirs, **spec}))
    of.simulator(shanghai).faults.add(hook)
    single.site()
    assert hook.seen == 2
    assert of.chat_ids(shanghai) == ["theirs", single.chat_id("KubeSphere 运维告警")]
    single.run("teardown").must()
    assert of.chat_ids(shanghai) == ["theirs"]


def test_conflicts_without_end_end_with_a_true_message(single: Surroundings) -> None:
    shanghai = single.clusters["shanghai"]
    turns = iter(range(1000))

    def interfere() -> None:
        shanghai.patch(of.ALERTMANAGER, {"stringData": {"theirs": str(next(turns))}})

    fault = of.simulator(shanghai).faults.add(Fault("PUT", "alertmanager-main", times=0, hook=interfere))
    run = single.run("site").must(succeed=False)
    assert 2 <= fault.hits <= 10
    assert "Somebody else keeps changing the object" in run.errors["shanghai"]
    assert of.alertmanager(shanghai)["route"]["repeat_interval"] == "12h"


@pytest.mark.parametrize(
    ("method", "path", "retry_after"),
    [("GET", "receivers", 0), ("PUT", "alertmanager-main", 0), ("GET", "/apis$", None)],
)
def test_a_server_that_is_not_available_for_a_moment_is_asked_again(
    single: Surroundings, method: str, path: str, retry_after: int | None
) -> None:
    fault = Fault(method, path, times=2, status=503, retry_after=retry_after)
    of.simulator(single.clusters["shanghai"]).faults.add(fault)
    single.site()
    assert fault.hits == 2
    assert of.alertmanager(single.clusters["shanghai"])["route"]["repeat_interval"] == "2h"


def test_hosts_that_are_one_cluster_by_mistake_are_named(single: Surroundings) -> None:
    hosts = ["shanghai", "copied", "of-another-context"]
    single.controller.hosts.write_text(yaml.safe_dump({"all": {"hosts": dict.fromkeys(hosts)}}, sort_keys=False))
    path = single.controller.inventory / "kubeconfigs" / "shanghai"
    content = yaml.safe_load(path.read_text())
    content["contexts"].append({**content["contexts"][0], "name": "another"})
    path.write_text(yaml.safe_dump(content))
    single.controller.vars("all", kubesphere_kubeconfig=str(path))
    single.controller.vars("of-another-context", kubesphere_context="another")
    [warning] = single.site("--check").one("fleet_chats")["warnings"]
    assert warning.startswith("shanghai, copied: reached in the same way")
