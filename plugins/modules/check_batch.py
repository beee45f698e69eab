# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: check_batch
short_description: Check how many clusters of a batch failed
version_added: 1.0.0
description:
  - Fails if more than O(max_fail_percentage) of the clusters in the current batch of a play with C(serial) failed or
    were unreachable, and hosts of the play remain. The play then ends with C(meta) and V(end_play), so that later plays
    still run.
  - Unlike Ansible's C(max_fail_percentage), it counts each batch alone, counts unreachable hosts, and lets the rollout
    go on after a batch in which every cluster failed, unless a limit says otherwise.
  - The results are those that tasks of M(kubesphere.dingtalk.cluster_config) registered under the names in
    O(results_from), with C(ignore_errors) and C(ignore_unreachable). Without any, and without O(failed), it fails.
  - This action runs on the controller only. Use it with C(run_once), after the task whose results it checks.
options:
  max_fail_percentage:
    description:
      - The percentage of the batch that may fail. With V(100), the rollout never stops; with V(0), every failed cluster
        stops it.
    type: float
    default: 100.0
  strict:
    description:
      - Whether to fail for every failed cluster. Use it if no later play of the run fails the clusters that failed.
    type: bool
    default: false
  batch:
    description:
      - The hosts of the batch. Defaults to those of the current batch.
    type: list
    elements: str
    default: []
  failed:
    description:
      - The hosts of the batch that failed. Defaults to those whose registered result is a failure.
    type: list
    elements: str
    default: []
  not_attempted:
    description:
      - The hosts of the play that no batch has reached yet. Defaults to those without a registered result.
    type: list
    elements: str
    default: []
  cluster_uids:
    description:
      - Host -> RV(kubesphere.dingtalk.cluster_info#module:kubesphere_cluster.cluster_uid). If a host of the batch
        has the same one as another host, both are one cluster, and a warning names them. Defaults to those in the
        registered results.
    type: dict
    default: {}
extends_documentation_fragment:
  - kubesphere.dingtalk.results
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.info
  - kubesphere.dingtalk.attributes.play_module
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.cluster_config
  - module: kubesphere.dingtalk.run_summary
"""

EXAMPLES = r"""
# The tasks of a play with `serial`, for example [1, "100%"].
- name: Apply the notification settings to each cluster
  kubesphere.dingtalk.cluster_config:
    features:
      - notification
  register: dingtalk_applied
  ignore_errors: true
  ignore_unreachable: true

- name: Check the clusters of this batch
  kubesphere.dingtalk.check_batch:
    max_fail_percentage: 0
  run_once: true
  register: dingtalk_batch
  ignore_errors: true

- name: Stop the rollout if too many of them failed
  ansible.builtin.meta: end_play
  when: dingtalk_batch is failed
"""

RETURN = r"""
not_attempted:
  description:
    - The hosts of the play that no batch has reached yet.
  returned: always
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
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.check_batch import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
