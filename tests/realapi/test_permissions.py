# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Least privilege: with the documented roles all works, and one permission less is named, also beforehand."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.permissions import FACTS, NEEDS, Permission
from tests.integration.controller import Controller
from tests.realapi.documented import COMMAND, MANIFESTS, without
from tests.realapi.installation import API_SERVER
from tests.realapi.scenarios import APP, SCENARIOS, Scenario, features, info, registry, until_refused
from tests.simulators.dingtalk import DingTalk
from tests.testbed import Cluster
from tests.testbed.cluster import wait_until_allowed
from tests.testbed.fixtures import on_embedded, on_real
from tests.testbed.paths import collection

Find = Callable[[str], Scenario]

#: What every feature shares is looked at once.
OWN = [
    (feature, need)
    for feature, needs in NEEDS.items()
    for need in needs
    if feature == FACTS or need not in NEEDS[FACTS]
]


def told(account: Cluster, feature: str) -> list[Permission]:
    """What ``cluster_info`` says that a feature lacks."""
    names = [feature] if feature != FACTS else []
    result = info(account, check_permissions=True, features=names)
    found = [item for item in result["missing_permissions"] if item["feature"] == feature]
    assert all(item["verb"] in item["advice"] and item["resource"] in item["advice"] for item in found)
    return [Permission(*(item[field.name] for field in fields(Permission))) for item in found]


@pytest.fixture(scope="module")
def dingtalk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DingTalk]:
    with DingTalk(tmp_path_factory.mktemp("dingtalk")) as simulator:
        simulator.add_user("13800000001", userid="user-1")
        simulator.add_app(APP["dingtalk_app_key"], APP["dingtalk_app_secret"])
        yield simulator


@pytest.fixture
def scenario(dingtalk: DingTalk, tmp_path: Path) -> Find:
    return lambda feature: registry(dingtalk, tmp_path) if feature == "registry" else SCENARIOS[feature]


@pytest.mark.parametrize("feature", NEEDS)
def test_the_documented_roles_are_enough(feature: str, cluster: Cluster, older: Cluster, scenario: Find) -> None:
    place = older if feature == "alerting_older" else cluster
    account = place.granted(MANIFESTS[feature])
    results = list(until_refused(scenario(feature)(account, place)))
    assert not results[-1].get("failed"), results[-1]["msg"]
    assert [result["changed"] for result in results] == EXPECTED[feature]
    assert told(account, feature) == []


#: Whether each step of a scenario changes something.
EXPECTED = {
    "facts": [False],
    "notification": [True, False, True, True, True],
    "alertmanager": [True, False, True, True],
    "alerting": [True, True, False, True, True],
    "alerting_older": [True, True, False, True, True],
    "backup": [True, False, True, True],
    "registry": [True, False, True],
    "teardown": [True, True, True, False] * 2,
}


#: Resource and name -> where a feature meets them.
PLACES = {
    # Only a cluster without a ClusterConfiguration has its Deployments read.
    ("deployments", "ks-apiserver"): "four",
    ("deployments", "ks-agent"): "four",
    ("installplans", "whizard-notification"): "four",
    ("configmaps", "whizard-notification-alertmanager"): "four",
    ("prometheuses", "k8s"): "host",
}


def as_a_member(cluster: Cluster) -> None:
    """Let the agent of a member run in place of the API server of a host, until the cluster is restored."""
    cluster.delete(API_SERVER)


@pytest.mark.parametrize(
    ("feature", "need"), [pytest.param(*case, id=f"{case[0]}, no {case[1].verb} on {case[1].subject}") for case in OWN]
)
def test_one_permission_less_is_named_beforehand_and_in_the_error(
    feature: str,
    need: Permission,
    cluster: Cluster,
    older: Cluster,
    four: Cluster,
    host: Cluster,
    scenario: Find,
) -> None:
    places = {"three": cluster, "four": four, "host": host, "older": older}
    usual = "older" if need.resource == "prometheusrules" or feature == "alerting_older" else "three"
    place = places[PLACES.get((need.resource, need.name), usual)]
    if need.name == "ks-agent":
        as_a_member(four)
    account = place.granted(without(MANIFESTS[feature], need))
    assert told(account, feature) == [need]
    *_, last = until_refused(scenario(feature)(account, place))
    assert last.get("failed"), last
    assert f'cannot {need.verb} resource "{need.resource}" in API group "{need.group}"' in last["msg"]


@on_embedded
def test_the_documented_command_says_what_is_missing(cluster: Cluster, tmp_path: Path) -> None:
    [need] = [need for need in NEEDS["notification"] if (need.verb, need.resource) == ("update", "receivers")]
    account = cluster.granted(without(MANIFESTS["notification"], need))
    controller = Controller(tmp_path / "controller")
    (controller.folder / "kubeconfigs").mkdir()
    shutil.copy(account.kubeconfig, controller.folder / "kubeconfigs" / "lab")
    program, *arguments = shlex.split(COMMAND)
    done = controller.execute([str(controller.venv / "bin" / program), *arguments]).finish().must()
    [said] = re.findall(r'"advice": "(.*receivers.*)"', done.stdout)
    assert "Let the account update receivers.notification.kubesphere.io global-dingtalk-receiver" in said
    assert '"version": "3.4.1"' in done.stdout


@on_real
def test_the_documented_account_works_with_a_token_of_its_own(cluster: Cluster) -> None:
    roles = [*MANIFESTS["notification"], *MANIFESTS["alertmanager"]]
    for manifest in (*roles, *MANIFESTS["account"]):
        cluster.post(collection(manifest), manifest)
    asked = cluster.post(
        "/api/v1/namespaces/kubesphere-system/serviceaccounts/kubesphere-dingtalk/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}},
    )
    account = cluster.with_token(asked["status"]["token"], "service-account")
    wait_until_allowed(account.client, roles)
    assert told(account, "notification") == []
    assert features(account, "notification", "alertmanager")["changed"]
    assert not features(account, "notification", "alertmanager")["changed"]
    assert features(account, "notification", "alertmanager", state="absent")["changed"]
