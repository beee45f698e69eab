# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: message
short_description: Send a message to a DingTalk chat
version_added: 1.0.0
description:
  - Sends a text or Markdown message through the webhook of a custom robot or by the app's own robot.
  - A message through a webhook is signed if O(secret) is given, and gets a keyword if it contains none of O(keywords).
    It has an ID by which DingTalk deduplicates messages, and is therefore sent again if it is unknown whether it
    arrived.
  - DingTalk does not deduplicate messages of the app's own robot. These are never retried.
options:
  app_key:
    description:
      - The app key (Client ID) of an enterprise-internal app.
      - Required with O(open_conversation_id).
    type: str
    required: false
  app_secret:
    description:
      - The app secret (Client Secret) of O(app_key).
      - Use an encrypted variable.
    type: str
    required: false
  webhook:
    description:
      - The webhook of a custom robot. Exactly one of O(webhook) and O(open_conversation_id) is required.
      - Anyone who knows it can post to the chat. Use an encrypted variable.
    type: str
  secret:
    description:
      - The secret to sign messages with (V(SEC...)), if required by the robot's security settings.
    type: str
  keywords:
    description:
      - The keywords in the robot's security settings. If the message contains none of them, the first one is appended
        on a separate line.
    type: list
    elements: str
    default: []
  open_conversation_id:
    description:
      - The openConversationId of the chat to which the app's own robot sends the message.
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
      - The title that is shown in the list of chats.
      - Required if O(msgtype=markdown), ignored otherwise.
    type: str
  content:
    description:
      - The text of the message.
    type: str
    required: true
  at_mobiles:
    description:
      - Mobile numbers of members to mention. Numbers that are not in the message as C(@number) are appended to it.
      - Requires O(webhook). At most 50 people can be mentioned.
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
      - Whether to mention everyone. Requires O(webhook).
    type: bool
    default: false
  msg_uuid:
    description:
      - An ID for the message. DingTalk shows messages with the same ID only once.
      - Requires O(webhook). By default, each task uses a new ID.
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
- name: Send a text message through a webhook
  kubesphere.dingtalk.message:
    webhook: "{{ dingtalk_robot_webhook }}"
    secret: "{{ dingtalk_robot_secret }}"
    keywords:
      - alert
    content: The upgrade of the clusters begins.

- name: Send a Markdown message and mention a member
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

- name: Send a message by the app's own robot
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
    - The ID of the message.
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
    - The number of API calls made to DingTalk; also returned on failure.
  returned: always
  type: dict
  contains:
    counted:
      description: Calls that count against the organisation's monthly API quota.
      returned: always
      type: int
      sample: 0
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
        POST /robot/send: 1
finding:
  description:
    - The ID of what the error is about; docs/findings.md of the collection has the cause and the cure of each ID.
  returned: failed
  type: str
  sample: KD304
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.message import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
