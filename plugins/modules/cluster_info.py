# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_info
short_description: Tell what a KubeSphere cluster is
version_added: 0.1.0
description:
  - Reads the KubeSphere release, the cluster's role in a multi-cluster set-up, the API versions that it serves and
    which components are enabled.
  - The release comes from what the cluster serves; the version is what it says of itself.
  - With O(check_permissions), asks the cluster what the account may not do, too.
options:
  check_permissions:
    description:
      - Whether to return RV(missing_permissions), by asking the cluster with a SelfSubjectAccessReview for each verb
        and object.
    type: bool
    default: false
  features:
    description:
      - What the account shall be fit for. What this module itself reads is always looked at.
      - V(notification), V(alertmanager) and V(alerting) are the features that M(kubesphere.dingtalk.cluster_config)
        applies, and removes when they are no longer desired. V(alerting_older) replaces V(alerting) before KubeSphere
        3.4, and V(alerting_extension) on KubeSphere 4. V(teardown) is the playbook that uninstalls all of it, without
        the right to create.
      - V(registry) is what a cluster that keeps the chat registry needs, and V(backup) what
        M(kubesphere.dingtalk.alertmanager_config) needs to keep a backup.
      - Without O(check_permissions) it means nothing.
    type: list
    elements: str
    choices: [alerting, alerting_extension, alerting_older, alertmanager, backup, notification, registry, teardown]
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
- name: Look at a cluster
  kubesphere.dingtalk.cluster_info:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
  register: info

- name: Stop unless it is a release that this collection writes to
  ansible.builtin.assert:
    that: info.kubesphere_cluster.release in ["3.1", "3.2", "3.3", "3.4", "4.1"]

- name: See whether the account may do all that the playbooks do on the registry cluster
  kubesphere.dingtalk.cluster_info:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
    check_permissions: true
    features: [notification, alertmanager, alerting, registry]
  register: info

- name: Stop if it may not, and say what it lacks
  ansible.builtin.assert:
    that: info.missing_permissions | rejectattr('optional') | length == 0
    fail_msg: "{{ info.missing_permissions | map(attribute='advice') | join(' ') }}"
"""

RETURN = r"""
kubesphere_cluster:
  description:
    - What the cluster is.
  returned: success
  type: dict
  contains:
    version:
      description: The version that the cluster says it has; empty when it does not say.
      returned: always
      type: str
      sample: 3.4.1
    release:
      description: The release by what the cluster serves, one of V(3.1), V(3.2), V(3.3), V(3.4) and V(4.1); empty
        without notification.kubesphere.io.
      returned: always
      type: str
      sample: "3.4"
    role:
      description: V(single), V(host) or V(member).
      returned: always
      type: str
      sample: single
    api_versions:
      description: The versions of KubeSphere's API groups and of monitoring.coreos.com that the cluster serves.
      returned: always
      type: dict
      sample:
        notification.kubesphere.io: [v2beta2, v2beta1]
    notification_api_version:
      description: The version in which KubeSphere's console writes notification settings here; empty on a member of
        KubeSphere 4, which has none.
      returned: always
      type: str
      sample: v2beta2
    manager_api_version:
      description: The version in which NotificationManager is read and written.
      returned: always
      type: str
      sample: v2beta2
    secret_namespace:
      description: The namespace of the Secret that belongs to the notification settings.
      returned: always
      type: str
      sample: kubesphere-monitoring-federated
    secret_reference_namespace:
      description: The namespace that references to this Secret have to name; empty where notification-manager looks
        there by itself.
      returned: always
      type: str
      sample: ""
    alertmanager_in:
      description: The kind that holds Alertmanager's configuration, V(Secret) or V(InstallPlan); empty on a member of
        KubeSphere 4, whose alerts go through the host's.
      returned: always
      type: str
      sample: Secret
    cluster_name_in:
      description: The kind that holds the cluster's name in messages, V(NotificationManager) or V(Prometheus); empty on
        a member of KubeSphere 4, which KubeSphere names.
      returned: always
      type: str
      sample: NotificationManager
    alerting_enabled:
      description: Whether the alerting component is switched on in ClusterConfiguration.
      returned: always
      type: bool
      sample: false
    alerting_installed:
      description: Whether the installer reports the alerting component as enabled.
      returned: always
      type: bool
      sample: false
    alerting_cluster:
      description: KubeSphere 4's own name for the cluster, where a task with alerting policies has looked for it.
      returned: always
      type: str
      sample: ""
    alerting_version:
      description: The version of extension C(whizard-alerting) that such a task installs.
      returned: always
      type: str
      sample: ""
    alerting_by_selector:
      description: Whether, as such a task saw it, labels of clusters say where this extension is installed.
      returned: always
      type: bool
      sample: false
    monitoring_enabled:
      description: Whether the installer reports the monitoring component as enabled.
      returned: always
      type: bool
      sample: true
    assumed_release:
      description: Which release the cluster is taken for, and why, where it is newer than what is known here or says
        something else of itself. M(kubesphere.dingtalk.cluster_config) warns of it. Empty otherwise.
      returned: always
      type: str
      sample: ""
    assumptions:
      description: Which way is taken where the cluster leaves a choice, or KubeSphere does not say how it works inside.
      returned: always
      type: list
      elements: str
      sample: []
missing_permissions:
  description:
    - What the account may not do and the features need, once for each feature; empty when nothing is missing.
    - When it may not even read what the cluster is, the module fails and returns this all the same.
  returned: when O(check_permissions) is true
  type: list
  elements: dict
  contains:
    feature:
      description: What it is needed for, one of O(features) or V(facts), which is what this module reads.
      returned: always
      type: str
      sample: notification
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
      description: The namespace; empty for an object without one.
      returned: always
      type: str
      sample: ""
    name:
      description: The name of the object; empty for V(create), which cannot be restricted to names.
      returned: always
      type: str
      sample: global-dingtalk-receiver
    optional:
      description: Whether a run can do without it, as it can on KubeSphere 4 without asking Alertmanager what it runs
        with.
      returned: always
      type: bool
      sample: false
    advice:
      description: What to do about it, and what is left out without something optional.
      returned: always
      type: str
      sample: Let the account update receivers.notification.kubesphere.io global-dingtalk-receiver, as the ClusterRole
        in docs/permissions.md of kubesphere.dingtalk does for feature notification.
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_info import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
