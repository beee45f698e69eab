# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Prove that alerts arrive in the chats and robots of an inventory
version_added: 1.0.0
description:
  - Verifies in one task all clusters of the play, so that each chat and each robot gets one message, which says which
    cluster sends it, when, and that it is a test.
  - From KubeSphere 3.2 on, notification-manager sends a test message with the settings as they are stored, and returns
    DingTalk's answer. It is asked through the service proxy or, if the account may not use that, through KubeSphere's
    own API (C(kubesphere_api_username), C(kubesphere_api_password), C(kubesphere_api_token)), with a text of its own.
  - Then a synthetic alert is posted to the Alertmanager of the cluster, seen there with its receiver, and resolved
    again before Alertmanager sends it.
  - On KubeSphere 3.1, the synthetic alert itself is the message, and DingTalk's answer is not known.
  - On a member of KubeSphere 3, whose settings are copies of its host's, only the synthetic alert is posted. On
    KubeSphere 4, the host is verified instead of its members.
  - With O(history), the synthetic alert is a further message on hosts of KubeSphere 4 with a notification history,
    which is then searched for it. That proves the way from Alertmanager through notification-manager to a receiver.
  - The synthetic alert is not posted if anybody else would get it, such as another receiver of Alertmanager or of
    notification-manager. See O(allow_others).
  - A message whose outcome is unknown is never sent again. If certainly nothing was sent to a chat, the next cluster
    that sends to it is asked.
  - Messages to chats are charged to O(call_budget), and those to robots keep DingTalk's limits.
  - The task fails if DingTalk, notification-manager or Alertmanager refuses a message or the alert.
  - This action runs on the controller only. Use it with C(run_once).
options:
  app_key:
    description:
      - The app key (Client ID) of an enterprise-internal app.
      - Like every option of this module that M(kubesphere.dingtalk.fleet_chats) has as well, it takes precedence over
        the variable of the hosts, here C(dingtalk_app_key).
    type: str
    required: false
  app_secret:
    description:
      - The app secret (Client Secret) of O(app_key).
      - It takes precedence over the variable C(dingtalk_app_secret) of the hosts.
    type: str
    required: false
  hosts:
    description:
      - The hosts whose variables are read. Defaults to all hosts of the inventory. Those that are in the play are
        verified.
    type: list
    elements: str
  each_cluster:
    description:
      - Whether each cluster sends a message to each of its chats and robots, and not only the first one.
    type: bool
    default: false
  allow_others:
    description:
      - Whether the synthetic alert is posted although others get it as well.
    type: bool
    default: false
  history:
    description:
      - Whether the synthetic alert is sent on hosts of KubeSphere 4, and then looked for in the notification history.
      - It fires until C(group_wait) of its route has passed, so that Alertmanager sends it. No message says that it is
        resolved. Then it has to be listed within two minutes, as notification-manager collects alerts for up to one
        minute.
      - Each chat and robot that it reaches gets it as one more message, from each of these hosts. It is charged like
        all messages. Nothing is sent if the history cannot be searched.
      - It is read through the service proxy of whizard-telemetry-apiserver or, if that is refused or missing, through
        KubeSphere's own API.
    type: bool
    default: false
  timeout:
    description:
      - The maximum number of seconds until Alertmanager lists the synthetic alert.
    type: int
    default: 60
  fleet_from:
    description:
      - The name under which a task of M(kubesphere.dingtalk.fleet_chats) registered its result, which has the IDs of
        chats.
    type: str
    default: dingtalk_fleet
  results_from:
    description:
      - The names under which tasks of M(kubesphere.dingtalk.cluster_config) registered their results, the later ones
        last. A cluster whose result is a failure is not verified. The default names are those of the playbooks.
    type: list
    elements: str
    default: [dingtalk_applied, dingtalk_applied_later]
extends_documentation_fragment:
  - kubesphere.dingtalk.dingtalk
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.dingtalk_module
attributes:
  check_mode:
    support: full
    details:
      - Nothing is sent. The result says what would be.
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - Each run sends messages. C(changed) is V(false) nevertheless, as they change no settings.
requirements:
  - kubernetes >= 31
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - ref: ansible_collections.kubesphere.dingtalk.docsite.delivery_and_findings
    description: How to find out why alerts do not arrive.
  - module: kubesphere.dingtalk.fleet_chats
  - module: kubesphere.dingtalk.cluster_config
"""

EXAMPLES = r"""
- name: Prove that alerts of all clusters arrive
  kubesphere.dingtalk.verify:
  run_once: true
  register: dingtalk_verified

- name: Let each cluster send a message
  kubesphere.dingtalk.verify:
    each_cluster: true
  run_once: true
"""

RETURN = r"""
clusters:
  description:
    - What was proven, by host, also if the task fails.
    - C(result) is V(delivered), V(refused), V(unknown) if a message may have been sent, or V(not tried) if certainly
      none was. C(cause) and C(cure) say why and what to do. C(finding) is the ID of the cause, or empty.
  returned: always
  type: dict
  contains:
    release:
      description: The release of KubeSphere, empty if it is not known.
      returned: always
      type: str
      sample: "3.4"
    alert:
      description:
        - The synthetic alert, with C(receivers), the receivers of Alertmanager that got it.
        - C(second_message) says why chats may get another message, and is empty if they do not.
      returned: always
      type: dict
      sample:
        result: delivered
        cause: ""
        cure: ""
        finding: ""
        receivers: [prometheus]
        second_message: ""
    history:
      description:
        - Whether the notification history lists the synthetic alert, that is, whether notification-manager has sent it
          to at least one receiver. C(time) is the time of that, or empty.
        - V(unknown) if it is not listed in time, V(not tried) without O(history), in check mode, before KubeSphere 4,
          and where the history is off or cannot be read. C(cause) says which.
      returned: always
      type: dict
      sample:
        result: delivered
        cause: ""
        cure: ""
        finding: ""
        time: 2026-01-05 08:00:00 UTC
    targets:
      description:
        - The chats and robots with their C(kind) (V(chat) or V(robot)), C(key) in C(dingtalk_chats) or
          C(dingtalk_robots), C(receiver) and, for chats, C(chat_id).
        - C(via) says how notification-manager was asked, V(service proxy), V(KubeSphere's API) or V(alert).
      returned: always
      type: list
      elements: dict
      sample:
        - kind: robot
          key: ops_robot
          receiver: global-dingtalk-receiver
          chat_id: ""
          via: service proxy
          result: refused
          cause: "DingTalk returned 310000: sign not match"
          cure: The secret of the robot is wrong.
          finding: KD701
calls:
  description:
    - The number of calls that count against DingTalk's monthly quota (C(counted)), the others (C(free)), and all by
      endpoint (C(by_endpoint)). Messages that a cluster sends are included.
  returned: always
  type: dict
  sample:
    counted: 1
    free: 1
    by_endpoint:
      POST /chat/send: 1
      POST /robot/send: 1
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.verify import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
