# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_info
short_description: Get information about a KubeSphere cluster
version_added: 1.0.0
description:
  - Returns the KubeSphere release, the role of the cluster in a multi-cluster setup, the API versions that it serves
    and the enabled components.
  - The release is derived from the APIs that the cluster serves; the version is the one that it reports.
  - With O(check_permissions), also returns the permissions that the account lacks.
options:
  check_permissions:
    description:
      - Whether to return RV(missing_permissions), by asking the cluster with a SelfSubjectAccessReview for each verb
        and object.
    type: bool
    default: false
  features:
    description:
      - The features to check the account's permissions for. The permissions of this module are always checked.
      - V(notification), V(alertmanager) and V(alerting) are the features that M(kubesphere.dingtalk.cluster_config)
        applies, and removes when they are no longer desired. V(alerting_older) replaces V(alerting) before KubeSphere
        3.4, and V(alerting_extension) on KubeSphere 4. V(teardown) is the playbook that uninstalls all of it, without
        the permission to create objects.
      - V(registry) is required on the cluster with the chat registry. V(backup) is required to create backups with
        M(kubesphere.dingtalk.alertmanager_config). V(verify) is the playbook that proves that alerts arrive, and
        V(doctor) the one that says why they do not.
      - Ignored without O(check_permissions).
    type: list
    elements: str
    choices:
      - alerting
      - alerting_extension
      - alerting_older
      - alertmanager
      - backup
      - doctor
      - notification
      - registry
      - teardown
      - verify
    default: [notification, alertmanager]
extends_documentation_fragment:
  - kubesphere.dingtalk.cluster
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.cluster_module
  - kubesphere.dingtalk.attributes.info
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.cluster_config
"""

EXAMPLES = r"""
- name: Get information about a cluster
  kubesphere.dingtalk.cluster_info:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
  register: info

- name: Fail unless the release is supported by this collection
  ansible.builtin.assert:
    that: info.kubesphere_cluster.release in ["3.1", "3.2", "3.3", "3.4", "4.1", "4.2"]

- name: Check whether the account has all permissions of the playbooks on the registry cluster
  kubesphere.dingtalk.cluster_info:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
    check_permissions: true
    features: [notification, alertmanager, alerting, registry]
  register: info

- name: Fail if permissions are missing, and list them
  ansible.builtin.assert:
    that: info.missing_permissions | rejectattr('optional') | length == 0
    fail_msg: "{{ info.missing_roles }}"
"""

RETURN = r"""
kubesphere_cluster:
  description:
    - Facts about the cluster.
  returned: success
  type: dict
  contains:
    version:
      description: The version reported by the cluster; empty if it reports none.
      returned: always
      type: str
      sample: 3.4.1
    release:
      description: The release line, derived from the APIs that the cluster serves, one of V(3.1), V(3.2), V(3.3),
        V(3.4), V(4.1) and V(4.2); empty without notification.kubesphere.io.
      returned: always
      type: str
      sample: "3.4"
    is_kubesphere_4:
      description: Whether its components are extensions, as in V(4.1) and V(4.2).
      returned: always
      type: bool
      sample: false
    role:
      description: The role in a multi-cluster setup, V(single), V(host) or V(member).
      returned: always
      type: str
      sample: single
    api_versions:
      description: The versions that the cluster serves of KubeSphere's API groups and of monitoring.coreos.com, by
        group.
      returned: always
      type: dict
      sample:
        notification.kubesphere.io: [v2beta2, v2beta1]
    notification_api_version:
      description: The API version in which KubeSphere's console writes notification settings; empty on a member of
        KubeSphere 4, which has none.
      returned: always
      type: str
      sample: v2beta2
    manager_api_version:
      description: The API version in which NotificationManager is read and written.
      returned: always
      type: str
      sample: v2beta2
    secret_namespace:
      description: The namespace of the Secret of the notification settings.
      returned: always
      type: str
      sample: kubesphere-monitoring-federated
    secret_reference_namespace:
      description: The namespace that references to this Secret must contain; empty if it is the default of
        notification-manager.
      returned: always
      type: str
      sample: ""
    alertmanager_in:
      description: The kind of the object with Alertmanager's configuration, V(Secret) or V(InstallPlan); empty on a
        member of KubeSphere 4, whose alerts are sent by the Alertmanager of the host cluster.
      returned: always
      type: str
      sample: Secret
    cluster_name_in:
      description: The kind of the object with the cluster's name in messages, V(NotificationManager) or V(Prometheus);
        empty on a member of KubeSphere 4, whose name is set by KubeSphere.
      returned: always
      type: str
      sample: NotificationManager
    alerting_enabled:
      description: Whether the alerting component is enabled in ClusterConfiguration.
      returned: always
      type: bool
      sample: false
    alerting_installed:
      description: Whether the installer reports the alerting component as enabled.
      returned: always
      type: bool
      sample: false
    alerting_cluster:
      description: The name of the cluster in KubeSphere 4, if it was looked up by a task with alerting policies.
      returned: always
      type: str
      sample: ""
    alerting_version:
      description: The version of extension C(whizard-alerting) that is installed by such a task.
      returned: always
      type: str
      sample: ""
    alerting_by_selector:
      description: Whether such a task found that this extension is placed by cluster labels.
      returned: always
      type: bool
      sample: false
    alerting_ruler:
      description: The part of this extension whose rulers evaluate the rules, V(agent) on each cluster or V(extension)
        on the host.
      returned: always
      type: str
      sample: ""
    alerting_urls:
      description: The clusters on which such a task, or one with notification settings, found this extension, with the
        Alertmanager URLs to which others have their rulers send alerts.
      returned: always
      type: dict
      sample: {}
    cluster_uid:
      description: The UID of an object of KubeSphere itself, ClusterConfiguration C(ks-installer), or in KubeSphere 4
        the Deployment C(ks-apiserver) or C(ks-agent). Two hosts of an inventory with the same one are one cluster, and
        a run warns about them. It changes if KubeSphere is installed again.
      returned: always
      type: str
      sample: 5b7b0a2e-6a55-4c58-9b0e-1f6f4f4f9d3c
    monitoring_enabled:
      description: Whether the installer reports the monitoring component as enabled.
      returned: always
      type: bool
      sample: true
    assumed_release:
      description: The release that is assumed, and the reason, if the cluster is newer than the supported releases or
        reports another version. M(kubesphere.dingtalk.cluster_config) issues it as a warning. Empty otherwise.
      returned: always
      type: str
      sample: ""
    assumptions:
      description: The assumptions made if the cluster allows several options or KubeSphere's behaviour is undocumented.
      returned: always
      type: list
      elements: str
      sample: []
missing_permissions:
  description:
    - The permissions that the features require and the account lacks, each once for all features; empty if none is
      missing.
    - Also returned if the module fails because the account is not allowed to read the facts of the cluster.
  returned: when O(check_permissions) is true
  type: list
  elements: dict
  contains:
    features:
      description: What requires it, of O(features) and V(facts), which is read by this module.
      returned: always
      type: list
      elements: str
      sample: [notification]
    verb:
      description: The verb, as in a rule of a Role.
      returned: always
      type: str
      sample: update
    group:
      description: The API group; empty for the core group.
      returned: always
      type: str
      sample: notification.kubesphere.io
    resource:
      description: The resource.
      returned: always
      type: str
      sample: receivers
    namespace:
      description: The namespace; empty for a cluster-scoped object.
      returned: always
      type: str
      sample: ""
    name:
      description: The name of the object; empty for V(create), which cannot be restricted to names.
      returned: always
      type: str
      sample: global-dingtalk-receiver
    optional:
      description: Whether the permission is optional, such as querying Alertmanager's loaded configuration on
        KubeSphere 4.
      returned: always
      type: bool
      sample: false
    consequence:
      description: What is skipped without an optional permission.
      returned: when it is optional
      type: str
      sample: a run cannot check whether Alertmanager has loaded the configuration
missing_roles:
  description:
    - A ClusterRole, and a Role for each namespace, with all missing permissions, as YAML to apply and to bind to the
      account; empty if none is missing.
    - Also returned if the module fails because the account is not allowed to read the facts of the cluster.
  returned: when O(check_permissions) is true
  type: str
  sample: |
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: kubesphere-dingtalk-missing
    rules:
    - apiGroups: [notification.kubesphere.io]
      resources: [receivers]
      resourceNames: [global-dingtalk-receiver]
      verbs: [update]
finding:
  description:
    - The ID of what the error is about; docs/findings.md of the collection has the cause and the cure of each ID.
  returned: failed
  type: str
  sample: KD304
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_info import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
