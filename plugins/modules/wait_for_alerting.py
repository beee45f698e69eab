# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: wait_for_alerting
short_description: Wait until KubeSphere has installed the alerting component on all clusters
version_added: 1.0.0
description:
  - Waits in one task for all clusters whose alerting component is being installed, until each component is installed or
    has failed, or O(timeout) has passed. Progress is shown on the terminal. An installation takes KubeSphere some
    minutes.
  - The clusters are read from the results that tasks of M(kubesphere.dingtalk.cluster_config) registered under the
    names in O(results_from). Without any, it fails.
  - A failed installation does not fail this task. A following task of M(kubesphere.dingtalk.cluster_config) for the
    RV(hosts), with O(kubesphere.dingtalk.cluster_config#module:when_installing=fail), fails on that cluster with the
    reason reported by KubeSphere, and applies the policies of the others.
  - This action runs on the controller only. Use it with C(run_once).
options:
  timeout:
    description:
      - The maximum number of seconds to wait, for all clusters together.
    type: int
    default: 1800
  interval:
    description:
      - The number of seconds between two polls of a cluster.
    type: int
    default: 5
extends_documentation_fragment:
  - kubesphere.dingtalk.results
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.info
  - kubesphere.dingtalk.attributes.play_module
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.cluster_config
"""

EXAMPLES = r"""
- name: Enable the alerting component, and apply the policies of clusters that have it
  kubesphere.dingtalk.cluster_config:
    features:
      - alerting
  register: dingtalk_applied

- name: Wait for all clusters whose alerting component is being installed
  kubesphere.dingtalk.wait_for_alerting:
    timeout: 3600
  run_once: true
  register: waited

- name: Group the clusters whose alerting policies are pending
  ansible.builtin.add_host:
    name: "{{ item }}"
    groups: policies_pending
  loop: "{{ waited.hosts }}"
  run_once: true
"""

RETURN = r"""
hosts:
  description:
    - The hosts whose component was waited for; empty in check mode.
  returned: success
  type: list
  elements: str
  sample:
    - lab
components:
  description:
    - The C(state) of the component (V(ready), V(installing) or V(failed)) and the C(reason), by host.
  returned: success
  type: dict
  sample:
    lab:
      state: ready
      reason: ""
finding:
  description:
    - The ID of what the error is about; docs/findings.md of the collection has the cause and the cure of each ID.
  returned: failed
  type: str
  sample: KD304
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.wait_for_alerting import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
