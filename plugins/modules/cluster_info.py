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
extends_documentation_fragment:
  - kubesphere.dingtalk.cluster
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.cluster_module
  - kubesphere.dingtalk.attributes.info
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.apply
"""

EXAMPLES = r"""
- name: Look at a cluster
  kubesphere.dingtalk.cluster_info:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
  register: info

- name: Stop unless it is a release that this collection writes to
  ansible.builtin.assert:
    that: info.kubesphere_cluster.family in ["3.3", "3.4"]
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
    family:
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
      description: The version in which KubeSphere's console writes notification settings here.
      returned: always
      type: str
      sample: v2beta2
    secret_namespace:
      description: The namespace of the Secret that belongs to the notification settings.
      returned: always
      type: str
      sample: kubesphere-monitoring-federated
    alerting_enabled:
      description: Whether the alerting component is switched on in ClusterConfiguration.
      returned: always
      type: bool
      sample: false
    monitoring_enabled:
      description: Whether the installer reports the monitoring component as enabled.
      returned: always
      type: bool
      sample: true
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_info import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
