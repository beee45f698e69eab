# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: message
short_description: Send a message to a DingTalk chat
version_added: 0.1.0
description:
  - Sends text or Markdown, through the webhook of a custom robot or by the app's own robot.
  - Through a webhook, the message is signed if there is a secret, gets one of the robot's keywords if it has none, and
    carries an ID by which DingTalk shows it only once. So it is sent again when nobody knows whether it arrived.
  - DingTalk knows no such ID for messages of the app's own robot. These are never sent again.
options:
  app_key:
    description:
      - The app key (Client ID) of an enterprise-internal app.
      - Required with O(open_conversation_id).
    type: str
    required: false
  app_secret:
    description:
      - The app secret (Client Secret) that belongs to O(app_key).
      - Take it from an encrypted variable.
    type: str
    required: false
  webhook:
    description:
      - The webhook of a custom robot. Exactly one of O(webhook) and O(open_conversation_id) is required.
      - Whoever has it can write to the chat. Take it from an encrypted variable.
    type: str
  secret:
    description:
      - The secret that signs messages (V(SEC...)), if the robot's security settings ask for it.
    type: str
  keywords:
    description:
      - The keywords in the robot's security settings. If the message holds none of them, the first one is put on a line
        of its own at the end.
    type: list
    elements: str
    default: []
  open_conversation_id:
    description:
      - The openConversationId of the chat that the app's own robot writes to.
    type: str
  robot_code:
    description:
      - The robotCode of the app's own robot, which must be in the chat.
      - Required with O(open_conversation_id).
    type: str
  msgtype:
    description:
      - The type of the message.
    type: str
    choices:
      - text
      - markdown
    default: text
  title:
    description:
      - The title that the list of chats shows.
      - Required if O(msgtype=markdown), not used otherwise.
    type: str
  content:
    description:
      - The message.
    type: str
    required: true
  at_mobiles:
    description:
      - Mobile numbers of members to mention. Those that are not in the message as C(@number) are added at its end.
      - Only with O(webhook). At most 50 people can be mentioned.
    type: list
    elements: str
    default: []
  at_users:
    description:
      - User IDs of members to mention, like O(at_mobiles).
    type: list
    elements: str
    default: []
  at_all:
    description:
      - Whether to mention everyone. Only with O(webhook).
    type: bool
    default: false
  msg_uuid:
    description:
      - An ID of your own for the message. DingTalk shows messages with the same ID once.
      - Only with O(webhook). By default, a new one for each task.
    type: str
extends_documentation_fragment:
  - kubesphere.dingtalk.dingtalk
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.dingtalk_module
attributes:
  check_mode:
    support: full
    details:
      - No message is sent.
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - Every run sends a message, unless O(msg_uuid) is the same.
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.robot
"""

EXAMPLES = r"""
- name: Tell the chat what is going on
  kubesphere.dingtalk.message:
    webhook: "{{ dingtalk_robot_webhook }}"
    secret: "{{ dingtalk_robot_secret }}"
    keywords:
      - alert
    content: The upgrade of the clusters begins.

- name: Write Markdown and mention someone
  kubesphere.dingtalk.message:
    webhook: "{{ dingtalk_robot_webhook }}"
    secret: "{{ dingtalk_robot_secret }}"
    keywords:
      - alert
    msgtype: markdown
    title: Upgrade
    content: |
      ### Upgrade
      Please watch the **alert** list.
    at_mobiles:
      - "{{ on_call_mobile }}"

- name: Write by the app's own robot
  kubesphere.dingtalk.message:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
    open_conversation_id: "{{ chat.open_conversation_id }}"
    robot_code: dingexamplerobot
    content: The upgrade of the clusters is done.
"""

RETURN = r"""
sent:
  description:
    - Whether DingTalk accepted the message; V(false) in check mode.
  returned: success
  type: bool
  sample: true
msg_uuid:
  description:
    - The ID that the message carried.
  returned: when sent through a webhook
  type: str
  sample: 0b5e1c0e-6c0a-4f6e-9c55-0d6d3d6c1b6f
process_query_key:
  description:
    - DingTalk's key for the message.
  returned: when sent by the app's own robot
  type: str
  sample: exampleProcessQueryKey
calls:
  description:
    - How many calls DingTalk received, also in a failed result.
  returned: always
  type: dict
  contains:
    counted:
      description: Calls that count against the organisation's monthly API quota.
      returned: always
      type: int
      sample: 0
    free:
      description: Other calls. Messages through a webhook are here; they have a monthly quota of their own.
      returned: always
      type: int
      sample: 1
    by_endpoint:
      description: The number of calls by method and path.
      returned: always
      type: dict
      sample:
        POST /robot/send: 1
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.message import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
