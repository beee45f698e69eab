# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: doctor_report
short_description: Report what the doctor found
version_added: 1.0.0
description:
  - Prints the findings of the doctor, by cluster and in the order in which an alert travels from KubeSphere to
    DingTalk. The first error of a cluster, its first broken link, is marked.
  - It writes the same findings as JSON, as JUnit XML and as an HTML page, on request.
  - The task fails if and only if RV(success) is false. That is the case if a finding has a level of O(fail_on), if a
    cluster was not examined, such as an unreachable one, and always if nothing was examined at all.
  - Clusters without a result are those of the play whose task was skipped, or that the run did not reach.
  - This action runs on the controller only. Use it as the last task of a play, with C(run_once).
options:
  fail_on:
    description:
      - The lowest level of findings with which the task fails.
      - With V(never), it fails only if nothing was examined.
    type: str
    default: error
    choices:
      - error
      - warning
      - never
  only:
    description:
      - The findings to report, by ID or by stage, such as V(KD305) or V(rules). All if it is empty.
      - A finding is reported as well if a selected stage was skipped because of it.
    type: list
    elements: str
    default: []
  suppress:
    description:
      - The findings that are expected. They are counted, but neither shown nor a reason to fail.
      - Each is the ID of a finding for all clusters, C(ID@HOST) for one of them, or a map of C(id) and C(host).
        V(DingTalk) is the host of findings about DingTalk itself.
    type: list
    elements: raw
    default: []
  list:
    description:
      - Whether to print and return the catalogue of findings, and do nothing else.
    type: bool
    default: false
  results:
    description:
      - The results of the doctor by host.
      - Defaults to those that tasks registered as O(results_from) on the hosts of the inventory, including those of
        failed tasks.
    type: dict
    default: {}
  app:
    description:
      - The result of the doctor for DingTalk.
      - Defaults to the first one that a task registered as O(app_from) on a host of the inventory.
    type: dict
    default: {}
  hosts:
    description:
      - The hosts that have to have a result. Defaults to those of the play.
    type: list
    elements: str
    default: []
  results_from:
    description: The variable with the result of a cluster on its host.
    type: str
    default: dingtalk_doctor
  app_from:
    description: The variable with the result of DingTalk.
    type: str
    default: dingtalk_doctor_app
extends_documentation_fragment:
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
  - ref: ansible_collections.kubesphere.dingtalk.docsite.delivery_and_findings
    description: How to find out why alerts do not arrive.
  - module: kubesphere.dingtalk.run_summary
"""

EXAMPLES = r"""
# The last task of a play whose tasks registered dingtalk_doctor and dingtalk_doctor_app, with ignore_errors.
- name: Report what the doctor found
  kubesphere.dingtalk.doctor_report:
  run_once: true

- name: Report it to a CI system and as a page, without what is expected
  kubesphere.dingtalk.doctor_report:
    fail_on: warning
    suppress:
      - KD408
      - KD305@lab
      - id: KD505
        host: shanghai
    report:
      json: /srv/doctor/report.json
      junit: /srv/doctor/report.xml
      html: /srv/doctor/index.html
  run_once: true

- name: Report the rules only
  kubesphere.dingtalk.doctor_report:
    only:
      - rules
  run_once: true

- name: Print all that the doctor may find
  kubesphere.dingtalk.doctor_report:
    list: true
  run_once: true
"""

RETURN = r"""
success:
  description:
    - Whether the task did not fail.
  returned: always
  type: bool
  sample: false
lines:
  description:
    - The lines that are printed.
  returned: unless options are invalid
  type: list
  elements: str
  sample:
    - "3 clusters: 1 with errors, 1 with warnings, 1 healthy; DingTalk: healthy (1 error, 1 warning)"
    - "shanghai: 1 error"
    - "  -> ERROR KD604 [notification-manager] Receiver global-default-receiver: spec.dingtalk.enabled is false"
    - "         Enable it: Platform Settings > Notification Management > Notification Configuration > DingTalk
      (平台设置 > 通知管理 >"
    - "         通知配置 > 钉钉)."
    - "chengdu: 1 warning"
    - "     warning KD305 [cluster] user kubernetes-admin: Its certificate expires on 2026-12-06, in 7 days"
    - "         Renew the certificate or token in the kubeconfig before it expires."
counts:
  description:
    - The number of clusters by their status, and of findings by their level.
  returned: unless options are invalid or O(list) is true
  type: dict
  sample:
    clusters:
      total: 3
      error: 1
      warning: 1
      not_examined: 0
      healthy: 1
    findings:
      error: 1
      warning: 1
      info: 0
      suppressed: 0
findings:
  description:
    - The findings of DingTalk and all clusters, without those that are suppressed.
  returned: unless options are invalid or O(list) is true
  type: list
  elements: dict
  contains:
    host:
      description:
        - The cluster's host in the inventory, or V(DingTalk).
      returned: always
      type: str
      sample: shanghai
    id:
      description:
        - The ID in the catalogue.
      returned: always
      type: str
      sample: KD604
    level:
      description:
        - V(error), V(warning) or V(info).
      returned: always
      type: str
      sample: error
    stage:
      description:
        - The stage of the way of an alert.
      returned: always
      type: str
      sample: notification-manager
    title:
      description:
        - The finding in general.
      returned: always
      type: str
      sample: A Receiver is disabled
    subject:
      description:
        - What it is about.
      returned: always
      type: str
      sample: Receiver global-default-receiver
    cause:
      description:
        - What was seen.
      returned: always
      type: str
      sample: spec.dingtalk.enabled is false
    cure:
      description:
        - What to do.
      returned: always
      type: str
      sample: "Enable it: Platform Settings > Notification Management > Notification Configuration > DingTalk
        (平台设置 > 通知管理 > 通知配置 > 钉钉)."
    first_broken:
      description:
        - Whether it is the first error in the order in which an alert travels.
      returned: always
      type: bool
      sample: true
catalogue:
  description:
    - The catalogue of findings.
  returned: when O(list) is true
  type: list
  elements: dict
  sample:
    - id: KD101
      level: error
      stage: inventory
      title: The inventory is invalid
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor.report import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
