# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: doctor
short_description: Say why alerts of a cluster do not reach DingTalk
version_added: 1.0.0
description:
  - Follows alerts through one cluster in the order in which they travel. These are the cluster itself, the rules,
    Alertmanager, notification-manager, and DingTalk as the cluster sees it. What keeps alerts from arriving becomes a
    finding, with its cause and its cure.
  - It judges what is stored and what runs now, by the desired state in the variables of the host. Nothing is changed,
    and no message is sent. A finding does not fail the task; M(kubesphere.dingtalk.doctor_report) does that.
  - A stage that cannot be examined makes what depends on it skipped, with the reason.
  - Alertmanager and the ruler are asked through the service proxy of the API server, and the log of
    notification-manager is read. An account without these permissions gets the findings that need neither.
  - The chat IDs are those in the result that M(kubesphere.dingtalk.doctor_app) or M(kubesphere.dingtalk.fleet_chats)
    registered, see O(fleet_from).
  - This action runs on the controller, whatever the connection of the host is.
options:
  level:
    description:
      - V(static) only checks the variables of the host, without any connection.
    type: str
    choices: [static, full]
    default: full
  state_path:
    description:
      - The folder on the controller with what verifications have proven.
      - By default, that in the variable C(dingtalk_state_path), else the folder of M(kubesphere.dingtalk.verify).
    type: path
  features:
    description:
      - The features whose settings are examined.
      - By default, those in the variable C(kubesphere_features), else all.
    type: list
    elements: str
    choices: [notification, alertmanager, alerting]
    default: [notification, alertmanager, alerting]
  fleet_from:
    description:
      - The name under which a task of M(kubesphere.dingtalk.doctor_app) or M(kubesphere.dingtalk.fleet_chats)
        registered its result.
    type: str
    default: dingtalk_fleet
extends_documentation_fragment:
  - kubesphere.dingtalk.cluster
  - kubesphere.dingtalk.kubesphere_api
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.cluster_module
  - kubesphere.dingtalk.attributes.info
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - ref: ansible_collections.kubesphere.dingtalk.docsite.delivery_and_findings
    description: How to find out why alerts do not arrive.
  - module: kubesphere.dingtalk.doctor_app
  - module: kubesphere.dingtalk.doctor_report
  - module: kubesphere.dingtalk.cluster_config
"""

EXAMPLES = r"""
- name: Examine the app, the chats and the robots, whose IDs the next task needs
  kubesphere.dingtalk.doctor_app:
  run_once: true
  register: dingtalk_fleet

- name: Find out why alerts of the cluster do not arrive
  kubesphere.dingtalk.doctor:
  register: dingtalk_doctor

- name: Show the errors
  ansible.builtin.debug:
    msg: "{{ dingtalk_doctor.findings | selectattr('level', 'eq', 'error') }}"
"""

RETURN = r"""
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
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor.flow import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
