# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API paths of the objects that the collection writes, and their reset to the installed state."""

from __future__ import annotations

from typing import Any

from tests.support.testbed import Cluster

Json = dict[str, Any]

CONFIG = "/apis/notification.kubesphere.io/v2beta2/configs/default-dingtalk-config"
RECEIVER = "/apis/notification.kubesphere.io/v2beta2/receivers/global-dingtalk-receiver"
MANAGER = "/apis/notification.kubesphere.io/v2beta2/notificationmanagers/notification-manager"
CREDENTIALS = "/api/v1/namespaces/kubesphere-monitoring-federated/secrets/global-dingtalk-config-secret"
PROMETHEUS = "/apis/monitoring.coreos.com/v1/namespaces/kubesphere-monitoring-system/prometheuses/k8s"
PLAN = "/apis/kubesphere.io/v1alpha1/installplans/whizard-notification"
ALERTING_PLAN = "/apis/kubesphere.io/v1alpha1/installplans/whizard-alerting"
ALERTMANAGER = "/api/v1/namespaces/kubesphere-monitoring-system/secrets/alertmanager-main"
RECORD = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-dingtalk"

API_SERVER = "/apis/apps/v1/namespaces/kubesphere-system/deployments/ks-apiserver"
CONFIGURATION = "/apis/installer.kubesphere.io/v1alpha1/namespaces/kubesphere-system/clusterconfigurations/ks-installer"
RULE_GROUPS = tuple(
    f"/apis/alerting.kubesphere.io/v2beta1/{place}/kubesphere-dingtalk"
    for place in ("namespaces/kubesphere-system/rulegroups", "clusterrulegroups", "globalrulegroups")
)
PROMETHEUS_RULES = tuple(
    f"/apis/monitoring.coreos.com/v1/namespaces/{namespace}/prometheusrules/custom-alerting-rule-{scope}-kubesphere-dingtalk"
    for scope, namespace in (
        ("namespace", "kubesphere-system"),
        ("cluster", "kubesphere-monitoring-system"),
        ("global", "kubesphere-monitoring-system"),
    )
)

INSTALLED = (MANAGER, ALERTMANAGER, PROMETHEUS, PLAN, API_SERVER, CONFIGURATION)
ADDITIONAL = (
    "/apis/notification.kubesphere.io/v2beta2/receivers/shop-receiver",
    "/apis/notification.kubesphere.io/v2beta2/routers/worst",
    "/api/v1/namespaces/kubesphere-monitoring-federated/secrets/shop-config-secret",
)

CREATED = (CONFIG, RECEIVER, CREDENTIALS, *ADDITIONAL, RECORD, ALERTING_PLAN, *RULE_GROUPS, *PROMETHEUS_RULES)


class Installation:
    """A cluster with a snapshot of its initial state."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        found = {path: cluster.find(path) for path in INSTALLED}
        self._initial = {path: manifest for path, manifest in found.items() if manifest}

    def restored(self) -> Cluster:
        """Restore the initial state and return the cluster."""
        for path in CREATED:
            if self.cluster.find(path):
                self.cluster.delete(path)
        for path, initial in self._initial.items():
            metadata = {key: text for key, text in initial["metadata"].items() if key not in ("resourceVersion", "uid")}
            live = self.cluster.find(path)
            if live:
                version = {"resourceVersion": live["metadata"]["resourceVersion"]}
                self.cluster.put(path, {**initial, "metadata": {**metadata, **version}})
            else:
                self.cluster.post(path.rpartition("/")[0], {**initial, "metadata": metadata})
        return self.cluster
