# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of each kind of rule with the alerting component, and its webhook where the release has one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.inprocess import Result, apply_features
from tests.simulators.kubesphere import complete_rules
from tests.simulators.kubesphere.installer import CONFIGURATION
from tests.simulators.kubesphere.rule_webhook import GROUP
from tests.testbed import Cluster, clusters

Json = dict[str, Any]

RULES = {"3.3": "/apis/monitoring.coreos.com/v1/prometheusrules", "3.4": "/apis/alerting.kubesphere.io/v2beta1"}


@dataclass(frozen=True)
class Alerting:
    """A cluster with the component, and a project ``shop``."""

    cluster: Cluster

    def apply(self, *policies: Json, **options: Any) -> Result:
        """Write policies, which has to succeed."""
        result = self.try_apply(*policies, **options)
        assert not result.get("failed"), result["msg"]
        return result

    def try_apply(self, *policies: Json, check_mode: bool = False, **options: Any) -> Result:
        given = {"kubeconfig": str(self.cluster.kubeconfig), "features": ["alerting"], **options}
        return apply_features(given, {"alerting_policies": list(policies)}, check_mode)

    def groups(self) -> dict[str, Json]:
        """Where an object with rules is -> the object."""
        if self.cluster.version == "3.3":
            found = [dict(item) for item in self.cluster.list(RULES["3.3"])]
        else:
            kinds = ("rulegroups", "clusterrulegroups", "globalrulegroups")
            found = [dict(item) for kind in kinds for item in self.cluster.list(f"{RULES['3.4']}/{kind}")]
        return {self.path(item): item for item in found}

    def path(self, item: Json) -> str:
        """The path of an object."""
        metadata = item["metadata"]
        root, plural = f"/apis/{item['apiVersion']}", f"{item['kind'].lower()}s"
        place = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
        return f"{root}{place}/{plural}/{metadata['name']}"

    def rules(self) -> dict[str, Json]:
        """Alert -> its rule, of all objects."""
        found: dict[str, Json] = {}
        for item in self.groups().values():
            spec = item["spec"]
            rules = spec.get("rules") or [rule for group in spec.get("groups") or [] for rule in group["rules"]]
            assert not {rule["alert"] for rule in rules} & set(found), "a rule is there twice"
            found |= {rule["alert"]: rule for rule in rules}
        return found


def has_component(cluster: Cluster) -> Cluster:
    """The cluster, with the alerting component installed and a project."""
    cluster.patch(CONFIGURATION, {"spec": {"alerting": {"enabled": True}}})
    cluster.patch(CONFIGURATION, {"status": {"alerting": {"status": "enabled"}}})
    cluster.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    if cluster.simulator:
        cluster.simulator.mutate(GROUP, complete_rules)
    return cluster


@pytest.fixture(params=["3.3", "3.4"])
def alerting(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Alerting]:
    with clusters({"one": request.param}, tmp_path) as fleet:
        yield Alerting(has_component(fleet["one"]))
