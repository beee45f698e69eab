# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrade KubeSphere in a cluster as ks-installer does."""

from __future__ import annotations

import dataclasses
from typing import Any

from tests.support.testbed.cluster import Cluster
from tests.support.testbed.installer.definitions import definitions
from tests.support.testbed.installer.documents import documents
from tests.support.testbed.installer.install import create, wait_until_served
from tests.support.testbed.installer.releases import RELEASES
from tests.support.testbed.paths import collection, path

Json = dict[str, Any]

RULES = "/apis/monitoring.coreos.com/v1/prometheusrules"
LEVEL, MIGRATED = "custom-alerting-rule-level", "migrated-to-alerting-v2beta1"
#: Labels that the migration omits.
_CONSOLE_LABELS = ("severity", "alerttype", "rule_id")


def upgrade(cluster: Cluster, version: str) -> Cluster:
    """Return the same cluster with another release, after upgrading its kinds, installer objects and rules."""
    release = RELEASES[version]
    for crd in definitions(release, None):
        found = cluster.find(path(crd))
        if found is None:
            cluster.post(collection(crd), crd)
        else:
            metadata = {**crd["metadata"], "resourceVersion": found["metadata"]["resourceVersion"]}
            spec = {**crd["spec"], "conversion": found["spec"].get("conversion", {"strategy": "None"})}
            cluster.put(path(crd), {**crd, "metadata": metadata, "spec": spec})
        wait_until_served(cluster.client, crd)
    for document in documents(release, cluster.name, "none"):
        if cluster.find(path(document)) is None:
            create(cluster.client, document)
        else:
            cluster.patch(path(document), _applied(document))
    _migrate_rules(cluster)
    return dataclasses.replace(cluster, version=version)


def _applied(document: Json) -> Json:
    """Return the part of an object that is applied again: not the spec of ClusterConfiguration, which users edit."""
    configuration = document["kind"] == "ClusterConfiguration"
    return {key: value for key, value in document.items() if key != "spec"} if configuration else document


def stop_serving(cluster: Cluster, group: str, version: str) -> None:
    """Stop serving a version of all kinds of a group."""
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for crd in cluster.list(crds):
        if crd["spec"]["group"] == group:
            versions = [{**one, "served": one["name"] != version} for one in crd["spec"]["versions"]]
            cluster.patch(f"{crds}/{crd['metadata']['name']}", {"spec": {"versions": versions}})


def _migrate_rules(cluster: Cluster) -> None:
    """Create a rule group with the same name for each rule of the console, as migrate-alertrules.sh does."""
    for item in cluster.list(RULES):
        level = (item["metadata"].get("labels") or {}).get(LEVEL)
        if level is None or MIGRATED in item["metadata"]["labels"]:
            continue
        for rule in (rule for group in item["spec"]["groups"] for rule in group["rules"]):
            create(cluster.client, _rule_group(rule, level, item["metadata"]["namespace"]))
        place = path({**item, "apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule"})
        cluster.patch(place, {"metadata": {"labels": {MIGRATED: "true"}}})


def _rule_group(rule: Json, level: str, namespace: str) -> Json:
    labels = {name: value for name, value in rule.get("labels", {}).items() if name not in _CONSOLE_LABELS}
    texts = {name: value for name, value in rule.get("annotations", {}).items() if name in ("summary", "message")}
    migrated = {**rule, "severity": rule["labels"]["severity"], "labels": labels, "annotations": texts}
    return {
        "apiVersion": "alerting.kubesphere.io/v2beta1",
        "kind": "RuleGroup" if level == "namespace" else "ClusterRuleGroup",
        "metadata": {
            "name": rule["alert"],
            **({"namespace": namespace} if level == "namespace" else {}),
            "labels": {"alerting.kubesphere.io/enable": "true"},
            "annotations": {"kubesphere.io/alias-name": "", "kubesphere.io/description": ""},
        },
        "spec": {"rules": [migrated]},
    }
