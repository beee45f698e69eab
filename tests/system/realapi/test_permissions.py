# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Least privilege: the documented roles are sufficient, and a missing permission is reported, also in advance."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.permissions import (
    FACTS,
    NEEDS,
    OPTIONAL,
    Permission,
)
from tests.support.plays.controller import Controller
from tests.support.simulators.dingtalk import DingTalk
from tests.support.testbed import Cluster
from tests.support.testbed.cluster import wait_until_allowed
from tests.support.testbed.fixtures import on_embedded, on_real
from tests.support.testbed.paths import collection
from tests.system.realapi.documented import COMMAND, MANIFESTS, permissions, with_receivers, without
from tests.system.realapi.installation import API_SERVER
from tests.system.realapi.scenarios import (
    APP,
    SCENARIOS,
    Identity,
    Scenario,
    alerting_extension,
    alerting_to_chats,
    doctor,
    features,
    info,
    receivers,
    registry,
    teardown,
    until_refused,
)

Find = Callable[[str], Scenario]

#: Feature and permission; permissions that all features share are only tested once.
CASES = [
    (feature, need)
    for feature, needs in NEEDS.items()
    for need in needs
    if feature == FACTS or need not in NEEDS[FACTS]
]


def missing(account: Cluster, feature: str) -> list[Permission]:
    """Return the missing permissions of a feature that ``cluster_info`` reports."""
    names = [feature] if feature != FACTS else []
    result = info(account, check_permissions=True, features=names)
    found = [item for item in result["missing_permissions"] if feature in item["features"]]
    assert all(
        item["verb"] in result["missing_roles"] and item["resource"] in result["missing_roles"] for item in found
    )
    assert all(item["optional"] is ((item["verb"], item["resource"], item["name"]) in OPTIONAL) for item in found)
    return [Permission(*(item[field.name] for field in fields(Permission))) for item in found]


@pytest.fixture(scope="module")
def dingtalk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DingTalk]:
    with DingTalk(tmp_path_factory.mktemp("dingtalk")) as simulator:
        simulator.add_user("13800000001", userid="user-1")
        simulator.add_app(APP["dingtalk_app_key"], APP["dingtalk_app_secret"])
        yield simulator


@pytest.fixture
def scenario(dingtalk: DingTalk, api: Identity, tmp_path: Path) -> Find:
    api.api.groups.clear()
    more = {
        "registry": registry(dingtalk, tmp_path),
        "alerting_extension": alerting_extension(api),
        "teardown": teardown(api),
        "doctor": doctor(api),
    }
    return lambda feature: {**SCENARIOS, **more}[feature]


#: Features that differ in KubeSphere 4.
ON_FOUR = ["notification", "alertmanager", "alerting_extension", "backup", "teardown", "verify", "doctor"]


@pytest.mark.parametrize(
    ("feature", "on"),
    [
        *(
            (feature, "older" if feature == "alerting_older" else "three")
            for feature in NEEDS
            if feature not in ON_FOUR
        ),
        *((feature, "three") for feature in ON_FOUR if feature != "alerting_extension"),
        *((feature, "four") for feature in ON_FOUR),
    ],
)
def test_the_documented_roles_are_sufficient(
    feature: str, on: str, cluster: Cluster, older: Cluster, four: Cluster, scenario: Find
) -> None:
    place = {"three": cluster, "older": older, "four": four}[on]
    account = place.granted(MANIFESTS[feature])
    results = list(until_refused(scenario(feature)(account, place)))
    assert not results[-1].get("failed"), results[-1]["msg"]
    assert [result["changed"] for result in results] == EXPECTED[feature]
    assert missing(account, feature) == []


#: Whether each step of a scenario changes something.
EXPECTED = {
    "facts": [False],
    "notification": [True, False, True, True, True],
    "alertmanager": [True, False, True, True, False, True],
    "alerting": [True, True, False, True, True],
    "alerting_extension": [True, True, False, True, True],
    "alerting_older": [True, True, False, True, True],
    "backup": [True, False, True, True],
    "registry": [True, False, True],
    "teardown": [True, True, True, False] * 2,
    "verify": [False],
    "doctor": [False],
}


#: Resource and name -> cluster on which a feature needs them.
PLACES = {
    # Deployments are only read on a cluster without a ClusterConfiguration.
    ("deployments", "ks-apiserver"): "four",
    ("deployments", "ks-agent"): "four",
    ("installplans", "whizard-notification"): "four",
    ("configmaps", "whizard-notification-alertmanager"): "four",
    ("prometheuses", "k8s"): "host",
    ("clusters", ""): "host",
    ("installplans", "whizard-alerting"): "four",
    ("extensions", "whizard-alerting"): "four",
    ("namespaces", "kubesphere-system"): "four",
    ("services/proxy", ":ks-apiserver:80"): "four",
    ("services/proxy", "whizard-notification-alertmanager:http"): "four",
    ("services/proxy", "whizard-telemetry-apiserver:80"): "four",
}


def make_member(cluster: Cluster) -> None:
    """Remove the host's ks-apiserver, so that the cluster counts as a member until it is restored."""
    cluster.delete(API_SERVER)


@pytest.mark.parametrize(
    ("feature", "need"),
    [pytest.param(*case, id=f"{case[0]}, no {case[1].verb} on {case[1].subject}") for case in CASES],
)
def test_a_missing_permission_is_reported_in_advance_and_in_the_error(
    feature: str,
    need: Permission,
    cluster: Cluster,
    older: Cluster,
    four: Cluster,
    host: Cluster,
    scenario: Find,
) -> None:
    places = {"three": cluster, "four": four, "host": host, "older": older}
    default = {"alerting_older": "older", "alerting_extension": "four"}.get(feature, "three")
    default = "older" if need.resource == "prometheusrules" else default
    place = places[PLACES.get((need.resource, need.name), default)]
    behind = need.name == ":ks-apiserver:80" or (feature in ("verify", "doctor") and need.verb == "get")
    if need.resource == "services/proxy" and behind and place.simulator is None:
        pytest.skip("a real API server's service proxy rejects endpoints on loopback")
    if need.name == "ks-agent":
        make_member(four)
    steps, roles = scenario(feature), MANIFESTS[feature]
    if need.resource == "thanosrulers" and feature != "doctor":
        # It matters to the alerts that are expected in chats.
        steps, roles = alerting_to_chats, [*roles, *MANIFESTS["notification"], *MANIFESTS["alertmanager"]]
    account = place.granted(without(roles, need))
    assert missing(account, feature) == [need]
    results = list(until_refused(steps(account, place)))
    message = f'cannot {need.verb} resource "{need.resource}" in API group "{need.group}"'
    if (need.verb, need.resource, need.name) in OPTIONAL:
        assert not results[-1].get("failed"), results[-1]["msg"]
        assert any(message in warning for result in results for warning in result.get("warnings", []))
    else:
        assert results[-1].get("failed"), results[-1]
        # The doctor says what it lacks for the features of the inventory as a list.
        assert (
            message in results[-1]["msg"] or f": {need.verb} {need.resource} {need.name}".rstrip() in results[-1]["msg"]
        )


#: The roles of ``notification`` with the additions that the text describes.
RECEIVERS = with_receivers(MANIFESTS["notification"], ["shop-receiver"], ["shop-config-secret"], ["worst"])
ADDED = [need for need in permissions(RECEIVERS) if need not in set(permissions(MANIFESTS["notification"]))]


def test_the_documented_roles_are_sufficient_for_receivers_and_routers(cluster: Cluster) -> None:
    account = cluster.granted(RECEIVERS)
    results = list(until_refused(receivers(account, cluster)))
    assert not results[-1].get("failed"), results[-1]["msg"]
    assert [result["changed"] for result in results] == [True, False, True, True, False]


@pytest.mark.parametrize("need", [pytest.param(need, id=f"no {need.verb} on {need.subject}") for need in ADDED])
def test_a_missing_permission_for_receivers_and_routers_is_reported(need: Permission, cluster: Cluster) -> None:
    account = cluster.granted(without(RECEIVERS, need))
    *_, last = until_refused(receivers(account, cluster))
    assert last.get("failed"), last
    assert f'cannot {need.verb} resource "{need.resource}" in API group "{need.group}"' in last["msg"]


@on_embedded
def test_the_documented_command_lists_missing_permissions(cluster: Cluster, tmp_path: Path) -> None:
    [need] = [need for need in NEEDS["notification"] if (need.verb, need.resource) == ("update", "receivers")]
    account = cluster.granted(without(MANIFESTS["notification"], need))
    controller = Controller(tmp_path / "controller")
    (controller.folder / "kubeconfigs").mkdir()
    shutil.copy(account.kubeconfig, controller.folder / "kubeconfigs" / "lab")
    program, *arguments = shlex.split(COMMAND)
    done = controller.execute([str(controller.venv / "bin" / program), *arguments]).finish().must()
    [text] = re.findall(r'"missing_roles": (".*")', done.stdout)
    lacking = [need for need in permissions(list(yaml.safe_load_all(json.loads(text)))) if need.resource == "receivers"]
    assert lacking == [need]
    assert '"version": "3.4.1"' in done.stdout


@on_real
def test_the_documented_account_works_with_its_own_token(cluster: Cluster) -> None:
    roles = [*MANIFESTS["notification"], *MANIFESTS["alertmanager"]]
    for manifest in (*roles, *MANIFESTS["account"]):
        cluster.post(collection(manifest), manifest)
    request = cluster.post(
        "/api/v1/namespaces/kubesphere-system/serviceaccounts/kubesphere-dingtalk/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}},
    )
    account = cluster.with_token(request["status"]["token"], "service-account")
    wait_until_allowed(account.client, roles)
    assert missing(account, "notification") == []
    assert features(account, "notification", "alertmanager")["changed"]
    assert not features(account, "notification", "alertmanager")["changed"]
    assert features(account, "notification", "alertmanager", state="absent")["changed"]
