# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: doctor_app
short_description: Say what keeps an inventory from working in DingTalk
version_added: 1.0.0
description:
  - Examines the inventory, the app with its permissions, each chat and each robot of the inventory. What must be
    corrected becomes a finding, with its cause and its cure.
  - Nothing is changed, and no message is sent. Earlier checks do not count, so DingTalk is asked about each chat, with
    at most two counted calls, and about each robot, with one. They are charged to O(call_budget).
  - A finding does not fail the task; M(kubesphere.dingtalk.doctor_report) does that.
  - This action runs on the controller only, with the variables of all hosts. Use it with C(run_once).
options:
  hosts:
    description:
      - The hosts of the inventory that are clusters. By default all hosts, regardless of C(--limit).
    type: list
    elements: str
  level:
    description:
      - V(static) only checks the inventory, without any connection.
    type: str
    choices: [static, full]
    default: full
  app_key:
    description:
      - The app key (Client ID) of an enterprise-internal app.
      - Like every option of this module, it takes precedence over the variable of the hosts, here C(dingtalk_app_key),
        which is used if the option is not set.
    type: str
    required: false
  app_secret:
    description:
      - The app secret (Client Secret) of O(app_key).
      - It takes precedence over the variable C(dingtalk_app_secret) of the hosts.
    type: str
    required: false
extends_documentation_fragment:
  - kubesphere.dingtalk.dingtalk
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.dingtalk_module
  - kubesphere.dingtalk.attributes.info
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - ref: ansible_collections.kubesphere.dingtalk.docsite.delivery_and_findings
    description: How to find out why alerts do not arrive.
  - module: kubesphere.dingtalk.doctor
  - module: kubesphere.dingtalk.doctor_report
  - module: kubesphere.dingtalk.fleet_chats
"""

EXAMPLES = r"""
- name: Check the inventory without any connection, such as in a pipeline
  kubesphere.dingtalk.doctor_app:
    level: static
  run_once: true
  register: inventory

- name: Examine the app, the chats and the robots
  kubesphere.dingtalk.doctor_app:
  run_once: true
  register: dingtalk_fleet
"""

RETURN = r"""
calls:
  description:
    - The number of API calls made to DingTalk.
  returned: if DingTalk was asked
  type: dict
  contains:
    counted:
      description: Calls that count against the organisation's monthly API quota.
      returned: always
      type: int
      sample: 3
    free:
      description: Other calls.
      returned: always
      type: int
      sample: 1
    by_endpoint:
      description: The number of calls by method and path.
      returned: always
      type: dict
      sample:
        GET /chat/get: 1
chats:
  description:
    - The chats of the inventory, by key; a placeholder stands for an ID that is not known.
  returned: success
  type: dict
  sample:
    ops:
      chat_id: chat0123456789abcdef0123456789abcdef
      name: Alerts
clock_offset:
  description:
    - The number of seconds by which DingTalk's clock is ahead of that of the controller.
  returned: if DingTalk was asked
  type: int
  sample: 0
members:
  description:
    - The members of each host cluster in the inventory.
  returned: success
  type: dict
  sample:
    hub:
      - edge
findings:
  description:
    - What was found, in the order in which an alert travels, in each stage the worst first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The ID in docs/findings.md.
      returned: always
      type: str
      sample: KD609
    level:
      description:
        - V(error) if alerts do not arrive, V(warning) if some may not, or V(info).
      returned: always
      type: str
      sample: error
    stage:
      description:
        - V(inventory), V(dingtalk), V(cluster), V(rules), V(alertmanager), V(notification-manager) or V(egress).
      returned: always
      type: str
      sample: notification-manager
    title:
      description: What the finding is.
      returned: always
      type: str
      sample: The alert selector of a Receiver keeps the alerts out
    subject:
      description: What it is about.
      returned: always
      type: str
      sample: Receiver global-dingtalk-receiver
    cause:
      description: What was seen.
      returned: always
      type: str
      sample: "critical alerts of built-in policies do not reach chat ops: its alertSelector keeps them out"
    cure:
      description: What to do about it.
      returned: always
      type: str
      sample: "Set notification_alert_selector: {} to remove the selector, or set the one that you want."
skipped_stages:
  description:
    - The stages that were not, or not wholly, examined.
  returned: success
  type: list
  elements: dict
  contains:
    stage:
      description: The stage.
      returned: always
      type: str
      sample: egress
    because:
      description: Why not.
      returned: always
      type: str
      sample: the cluster cannot be examined (KD301)
stages:
  description:
    - The stages, in their order.
  returned: success
  type: list
  elements: str
  sample:
    - cluster
    - rules
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor.app import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
