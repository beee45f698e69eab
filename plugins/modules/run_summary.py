# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: run_summary
short_description: Say what a run came to
version_added: 0.1.0
description:
  - Summarizes the results of M(kubesphere.dingtalk.fleet_chats) and M(kubesphere.dingtalk.cluster_config) in a few
    lines. How many clusters were changed, which ones failed and why, which routes take the alerts of built-in policies,
    the chats and their IDs, the number of DingTalk calls, and the steps that only a human can do.
  - This is an action that runs on the controller only. It is meant for the last task of a play, with C(run_once).
options:
  results:
    description:
      - The results of M(kubesphere.dingtalk.cluster_config) by host.
      - The action takes what tasks registered as C(dingtalk_applied) on the hosts of the inventory if the option is not
        given, results of failed tasks among them.
    type: dict
    default: {}
  fleet:
    description:
      - The result of M(kubesphere.dingtalk.fleet_chats).
      - The action takes the registered variable C(dingtalk_fleet) if the option is not given.
    type: dict
    default: {}
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
  - module: kubesphere.dingtalk.fleet_chats
  - module: kubesphere.dingtalk.cluster_config
"""

EXAMPLES = r"""
# The names dingtalk_fleet and dingtalk_applied are where the summary looks for results.
- name: Make the chats and robots that all clusters ask for
  kubesphere.dingtalk.fleet_chats:
  run_once: true
  register: dingtalk_fleet

- name: Bring each cluster in line
  kubesphere.dingtalk.cluster_config:
    features:
      - notification
  register: dingtalk_applied

- name: Say what was done, and what is left to do
  kubesphere.dingtalk.run_summary:
  run_once: true
"""

RETURN = r"""
msg:
  description:
    - The lines.
  returned: success
  type: list
  elements: str
  sample:
    - "3 clusters: 1 changed, 1 unchanged, 1 failed"
    - "FAILED lab: The cluster at https://192.0.2.10:6443 cannot be reached (GET /apis): Connection refused."
    - "Alerts of built-in policies on shanghai, beijing: critical by route severity=\"critical\" to prometheus, again
      after 30m; warning by route alerttype=~\".*\" to prometheus, again after 2h"
    - "Chat ops (KubeSphere alerts): chat0123456789abcdef"
    - "DingTalk calls: 3 counted against the monthly quota, 0 free"
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.run_summary import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
