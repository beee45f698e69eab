# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: wait_for_alerting
short_description: Wait for components that KubeSphere is installing
version_added: 0.1.0
description:
  - Waits in one task for all clusters whose alerting component is being installed, with progress on the terminal, until
    each is installed or has failed, or the deadline has come. It takes KubeSphere some minutes for each.
  - Which clusters those are is read from the results that tasks of M(kubesphere.dingtalk.cluster_config) registered as
    C(dingtalk_applied).
  - A cluster that failed does not fail this task. A task of M(kubesphere.dingtalk.cluster_config) for the RV(hosts),
    with O(kubesphere.dingtalk.cluster_config#module:when_installing=fail), fails there with the reason that KubeSphere
    gives, and applies the policies of the others.
  - This is an action that runs on the controller only. It is meant for a task with C(run_once).
options:
  timeout:
    description:
      - Seconds to wait at most, for all clusters together.
    type: int
    default: 1800
  interval:
    description:
      - Seconds between two looks at a cluster.
    type: int
    default: 5
extends_documentation_fragment:
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.info
attributes:
  action:
    support: full
    details:
      - The work is always done on the controller, whatever the connection is.
  async:
    support: none
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.cluster_config
"""

EXAMPLES = r"""
# The name dingtalk_applied is where the task looks for results.
- name: Switch the alerting component on, and write the policies of clusters that have it
  kubesphere.dingtalk.cluster_config:
    features:
      - alerting
  register: dingtalk_applied

- name: Wait for all components that are being installed
  kubesphere.dingtalk.wait_for_alerting:
    timeout: 3600
  run_once: true
  register: waited

- name: Name the clusters whose policies follow
  ansible.builtin.add_host:
    name: "{{ item }}"
    groups: policies_follow
  loop: "{{ waited.hosts }}"
  run_once: true
"""

RETURN = r"""
hosts:
  description:
    - The hosts that were waited for; empty in check mode.
  returned: success
  type: list
  elements: str
  sample:
    - lab
components:
  description:
    - By host, the C(state) of the component (V(ready), V(installing) or V(failed)) and the C(reason) for it.
  returned: success
  type: dict
  sample:
    lab:
      state: ready
      reason: ""
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.wait_for_alerting import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
