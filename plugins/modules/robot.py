# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: robot
short_description: Ensure that a robot is in a DingTalk chat
version_added: 1.0.0
description:
  - A custom robot can only be created in the DingTalk client. The module looks it up by name, validates the format of
    webhook, secret and keywords, and sends a test message on request.
  - The app's own robot (an enterprise robot) is added to the chat if DingTalk allows it.
  - Steps that cannot be automated are returned as RV(manual_steps) and are not a failure.
  - A robot that was checked within O(cache_valid_time) and whose options have not changed requires no call.
options:
  chat_id:
    description:
      - The ID of the chat.
      - Exactly one of O(chat_id) and O(open_conversation_id) is required. With the latter, one call less is made.
    type: str
  open_conversation_id:
    description:
      - The openConversationId of the chat.
    type: str
  type:
    description:
      - V(custom) for a robot with a webhook, V(enterprise) for the app's own robot.
    type: str
    choices:
      - custom
      - enterprise
    default: custom
  name:
    description:
      - The robot's name in the chat.
      - Required if O(type=custom).
    type: str
  webhook:
    description:
      - The webhook of a custom robot.
      - Anyone who knows it can post to the chat. Use an encrypted variable.
    type: str
  secret:
    description:
      - The secret to sign messages with (V(SEC...)), if required by the robot's security settings.
    type: str
  keywords:
    description:
      - The keywords in the robot's security settings, at most ten. A message must contain one of them.
    type: list
    elements: str
    default: []
  robot_code:
    description:
      - The robotCode of the app's robot.
      - Required if O(type=enterprise).
    type: str
  verify:
    description:
      - Whether to send a test message through O(webhook), which is visible to everyone in the chat.
      - A test message is not a change. It is not sent in check mode, or if the robot was already checked within
        O(cache_valid_time).
    type: bool
    default: false
extends_documentation_fragment:
  - kubesphere.dingtalk.dingtalk
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.dingtalk_module
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details:
      - The only possible change is that a robot is added.
  idempotent:
    support: full
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.message
"""

EXAMPLES = r"""
- name: Verify that the custom robot exists and works
  kubesphere.dingtalk.robot:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
    open_conversation_id: "{{ chat.open_conversation_id }}"
    name: KubeSphere
    webhook: "{{ dingtalk_robot_webhook }}"
    secret: "{{ dingtalk_robot_secret }}"
    keywords:
      - alert
    verify: true

- name: Get the steps to create a custom robot
  kubesphere.dingtalk.robot:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
    chat_id: chat0123456789abcdef
    name: KubeSphere
  register: robot

- name: Show the remaining steps
  ansible.builtin.debug:
    msg: "{{ robot.manual_steps }}"

- name: Add the app's own robot
  kubesphere.dingtalk.robot:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
    chat_id: chat0123456789abcdef
    type: enterprise
    robot_code: dingexamplerobot
"""

RETURN = r"""
open_conversation_id:
  description:
    - The openConversationId of the chat.
  returned: success
  type: str
  sample: cidExample==
found:
  description:
    - Whether DingTalk lists the robot in the chat; V(null) if it refuses to list robots.
  returned: success
  type: bool
  sample: true
robots:
  description:
    - The robots that DingTalk lists in the chat. DingTalk never returns their webhooks and secrets.
    - Empty if the robot was checked in an earlier run within O(cache_valid_time).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the robot.
      returned: always
      type: str
      sample: KubeSphere
    robot_code:
      description: The robotCode; custom robots have none.
      returned: always
      type: str
      sample: dingexamplerobot
    kind:
      description: The kind of the robot, V(template_or_custom), V(enterprise), V(third_party) or V(scene_group).
      returned: always
      type: str
      sample: enterprise
verified:
  description:
    - Whether DingTalk accepted a test message from this task.
  returned: success
  type: bool
  sample: false
manual_steps:
  description:
    - The remaining manual steps, in order.
  returned: success
  type: list
  elements: str
  sample:
    - In the DingTalk client, as owner or administrator of the chat, open the robots of the chat.
calls:
  description:
    - The number of API calls made to DingTalk; also returned on failure.
  returned: always
  type: dict
  contains:
    counted:
      description: Calls that count against the organisation's monthly API quota.
      returned: always
      type: int
      sample: 1
    free:
      description: Other calls, including messages sent through a webhook, which have a monthly quota of their own.
      returned: always
      type: int
      sample: 1
    by_endpoint:
      description: The number of calls by method and path.
      returned: always
      type: dict
      sample:
        POST /v1.0/robot/groups/robots/query: 1
        POST /v1.0/oauth2/accessToken: 1
finding:
  description:
    - The ID of what the error is about; docs/findings.md of the collection has the cause and the cure of each ID.
  returned: failed
  type: str
  sample: KD304
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.robot import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
