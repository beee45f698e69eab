# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diff of many clusters is short: a header that names cluster and object, and nothing but what changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.diff import diff
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.plan import Plan
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from tests.support.fixtures.cluster import Run
from tests.support.testbed import Cluster
from tests.unit.apply.test_apply import MAPS, NAMESPACE, config_map

HOST = {"inventory_host": "lab", "inventory": ["lab"]}


def only(result: dict[str, Any]) -> dict[str, str]:
    [found] = result["diff"]
    return {key: str(value) for key, value in found.items()}


def test_the_header_names_the_inventory_host_and_what_is_done(run: Run, cluster: Cluster) -> None:
    created = only(run(OPERATION, manifests=[config_map("a", k="v")], name="set", contributors=HOST))
    assert created["after_header"] == f"lab: ConfigMap {NAMESPACE}/a (new)"
    updated = only(run(OPERATION, manifests=[config_map("a", k="w")], name="set", contributors=HOST))
    assert updated["before_header"] == updated["after_header"] == f"lab: ConfigMap {NAMESPACE}/a"
    deleted = only(run(OPERATION, manifests=[config_map("a")], name="set", state="absent", contributors=HOST))
    assert deleted["before_header"] == f"lab: ConfigMap {NAMESPACE}/a (deleted)"
    assert cluster.find(f"{MAPS}/a") is None


def test_without_an_inventory_host_the_header_names_the_object(run: Run, cluster: Cluster) -> None:
    assert only(run(OPERATION, manifests=[config_map("a", k="v")]))["after_header"] == f"ConfigMap {NAMESPACE}/a (new)"


def test_a_new_object_is_shown_without_what_the_header_says(run: Run, cluster: Cluster) -> None:
    assert yaml.safe_load(only(run(OPERATION, manifests=[config_map("a", k="v")]))["after"]) == {"data": {"k": "v"}}


def test_a_changed_object_is_shown_without_what_stays(run: Run, cluster: Cluster) -> None:
    more = {f"key-{number}": "same" for number in range(20)}
    cluster.post(MAPS, {**config_map("a", **more, k="v"), "immutable": False})
    found = only(run(OPERATION, manifests=[config_map("a", k="w", new="n")]))
    assert yaml.safe_load(found["before"]) == {"data": {"k": "v"}}
    assert yaml.safe_load(found["after"]) == {"data": {"k": "w", "new": "n"}}


def test_what_is_only_added_is_not_shown_as_an_edit_of_an_empty_map(run: Run, cluster: Cluster) -> None:
    cluster.post(MAPS, config_map("a", k="v"))
    found = only(run(OPERATION, manifests=[config_map("a", k="v", new="n")]))
    assert (found["before"], found["after"]) == ("", "data:\n  new: n\n")


def test_an_object_of_a_server_that_names_no_type_has_a_diff() -> None:
    live = {"metadata": {"name": "a", "namespace": NAMESPACE}, "data": {"k": "v"}}
    plan = Plan(ObjectRef("v1", "ConfigMap", "a", NAMESPACE), live, {**live, "data": {"k": "w"}}, None, None)
    assert (diff(plan)["before"], diff(plan)["after"]) == ("data:\n  k: v\n", "data:\n  k: w\n")
    assert diff(replace(plan, after=None))["before"] == "data:\n  k: v\n"
