# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that a policy names."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.yaml_text import load
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.policies.policy import Policy
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.policies.targets import targets
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES
from tests.support.fixtures.policies import EXPRESSION, GLOBAL, NODE, WORKLOAD, changed
from tests.support.plays.controller import REPOSITORY

Json = dict[str, Any]

DAEMONS = {"kind": "DaemonSet", "names": ["a", "b"]}
PLATFORM = changed(WORKLOAD, scope="global", clusters=["host"])

CASES: dict[str, tuple[Json, list[str]]] = {
    "nodes": (NODE, ["Node/node-1", "Node/node-2"]),
    "a workload": (WORKLOAD, ["Deployment.apps/shop/web"]),
    "workloads": (changed(WORKLOAD, workload=DAEMONS), ["DaemonSet.apps/shop/a", "DaemonSet.apps/shop/b"]),
    "an expression": (EXPRESSION, []),
    "nodes of other clusters": (GLOBAL, []),
    "workloads of other clusters": (PLATFORM, []),
    "a fully qualified node": (changed(NODE, nodes=["n1.example.com"]), ["Node/n1.example.com"]),
    "one name of no object": (changed(NODE, nodes=["node-.*"]), ["Node/node-.*"]),
    "alternatives of an expression": (changed(NODE, nodes=["node-.*", "node-1"]), []),
}


@pytest.mark.parametrize("name", CASES)
def test_targets(name: str) -> None:
    desired, keys = CASES[name]
    errors = Errors()
    params = ROLES["alerting"].params(errors, {"alerting_policies": [desired]})
    assert params is not None, [*errors]
    [policy] = map(Policy, params["alerting_policies"])
    assert [item.key for item in targets(policy)] == keys


def test_the_policies_of_the_example_name_what_any_cluster_has() -> None:
    text = (REPOSITORY / "examples/group_vars/all/policies.yml").read_text()
    desired = load(text.replace("!unsafe", "").replace("{{ inventory_hostname }}", "lab"))
    params = ROLES["alerting"].params(Errors(), desired)
    assert params is not None
    named = [item.key for policy in map(Policy, params["alerting_policies"]) for item in targets(policy)]
    assert named == ["Deployment.apps/kube-system/coredns"]
