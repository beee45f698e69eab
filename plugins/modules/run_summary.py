# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: run_summary
short_description: Print a summary of a run
version_added: 1.0.0
description:
  - Prints the results of M(kubesphere.dingtalk.fleet_chats), M(kubesphere.dingtalk.cluster_config) and
    M(kubesphere.dingtalk.verify) in a few lines. They contain the number of changed clusters, the failed clusters with
    the reason, which alerts reach which chats and robots, or why not, the chats and their IDs, the remaining manual
    steps, and the number of DingTalk calls.
  - In check mode, the lines say that nothing was changed, and what would be.
  - The lines are not printed if the stdout callback is one for programs, such as C(ansible.posix.json), whose output
    has them as RV(lines).
  - It warns if several hosts are one cluster, and if one firing alert in each cluster would exceed a quota of
    DingTalk's standard edition, by the intervals of the routes that alerts take on the clusters.
  - This action runs on the controller only. Use it as the last task of a play, with C(run_once).
options:
  results:
    description:
      - The results of M(kubesphere.dingtalk.cluster_config) by host.
      - Defaults to the results that tasks registered under the names in O(results_from) on the hosts of the inventory,
        including those of failed tasks.
    type: dict
    default: {}
  fleet:
    description:
      - The result of M(kubesphere.dingtalk.fleet_chats).
      - Defaults to the result that a task registered under the name in O(fleet_from).
    type: dict
    default: {}
  fleet_from:
    description:
      - The name under which a task of M(kubesphere.dingtalk.fleet_chats) registered its result.
    type: str
    default: dingtalk_fleet
  stopped:
    description:
      - The result of M(kubesphere.dingtalk.check_batch) if it stopped the rollout.
      - Defaults to the failed result that a task registered under the name in O(stopped_from) on a host of the
        inventory.
    type: dict
    default: {}
  stopped_from:
    description:
      - The name under which a task of M(kubesphere.dingtalk.check_batch) registered its result.
    type: str
    default: dingtalk_batch
  verified:
    description:
      - The result of M(kubesphere.dingtalk.verify).
      - Defaults to the result that a task registered under the name in O(verified_from).
    type: dict
    default: {}
  verified_from:
    description:
      - The name under which a task of M(kubesphere.dingtalk.verify) registered its result.
    type: str
    default: dingtalk_verified
extends_documentation_fragment:
  - kubesphere.dingtalk.results
  - kubesphere.dingtalk.report
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.info
  - kubesphere.dingtalk.attributes.play_module
attributes:
  check_mode:
    details:
      - The module changes nothing but the files in O(report), which it writes in check mode, too. They are no change.
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.fleet_chats
  - module: kubesphere.dingtalk.cluster_config
  - module: kubesphere.dingtalk.check_batch
  - module: kubesphere.dingtalk.verify
  - module: kubesphere.dingtalk.doctor_report
"""

EXAMPLES = r"""
- name: Validate the inventory, then reconcile chats and robots
  kubesphere.dingtalk.fleet_chats:
  run_once: true
  register: dingtalk_fleet

- name: Apply the notification settings to each cluster
  kubesphere.dingtalk.cluster_config:
    features:
      - notification
  register: dingtalk_applied

- name: Print a summary of the run, and write it as a page
  kubesphere.dingtalk.run_summary:
    report:
      html: /srv/dingtalk/index.html
  run_once: true

- name: Apply the timing of Alertmanager to each cluster
  kubesphere.dingtalk.cluster_config:
    features:
      - alertmanager
  register: my_settings

- name: Print a summary of results with another name
  kubesphere.dingtalk.run_summary:
    results_from: my_settings
  run_once: true
"""

RETURN = r"""
lines:
  description:
    - The lines of the summary; on a terminal, long ones are continued on the next line.
  returned: success
  type: list
  elements: str
  sample:
    - "3 clusters: 1 changed, 1 unchanged, 1 failed"
    - "FAILED lab: The cluster at https://192.0.2.10:6443 cannot be reached (GET /apis): Connection refused."
    - "Alerts on shanghai, beijing: critical and warning alerts of built-in policies reach chat ops, repeated after 2h"
    - "Chat ops (KubeSphere alerts): chat0123456789abcdef"
    - "DingTalk calls: 3 counted against the monthly quota, 0 free"
failed_hosts:
  description:
    - The clusters that failed or were unreachable.
  returned: when clusters failed
  type: list
  elements: str
  sample:
    - lab
finding:
  description:
    - The ID of what the error is about; docs/findings.md of the collection has the cause and the cure of each ID.
  returned: failed
  type: str
  sample: KD304
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.run_summary import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
