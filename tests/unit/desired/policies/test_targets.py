# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that a policy names."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.policies.policy import Policy
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.policies.targets import targets
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES
from tests.support.fixtures.policies import EXPRESSION, GLOBAL, NODE, WORKLOAD, changed

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
    errors: list[str] = []
    params = ROLES["alerting"].params({"alerting_policies": [desired]}, errors)
    assert params is not None, errors
    [policy] = map(Policy, params["alerting_policies"])
    assert [item.key for item in targets(policy)] == keys
