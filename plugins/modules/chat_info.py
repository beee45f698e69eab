# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: chat_info
short_description: Get information about DingTalk chats
version_added: 1.0.0
description:
  - Returns information about chats (group conversations) by their chat IDs.
  - DingTalk shows a chat only to the app that created it, and has no API to look up a chat by name.
  - Each chat requires two calls of the organisation's monthly quota.
options:
  chat_ids:
    description:
      - The IDs of the chats.
      - M(kubesphere.dingtalk.chat) returns the chat ID. It differs from the openConversationId.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - kubesphere.dingtalk.dingtalk
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.dingtalk_module
  - kubesphere.dingtalk.attributes.info
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.chat
"""

EXAMPLES = r"""
- name: Get information about a chat
  kubesphere.dingtalk.chat_info:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
    chat_ids:
      - chat0123456789abcdef
  register: found

- name: Show its members
  ansible.builtin.debug:
    msg: "{{ found.chats[0].members }}"
"""

RETURN = r"""
chats:
  description:
    - The chats, in the order of O(chat_ids).
  returned: success
  type: list
  elements: dict
  contains:
    chat_id:
      description: The chat ID.
      returned: always
      type: str
      sample: chat0123456789abcdef
    status:
      description: V(normal), or V(gone) if the chat is dissolved or the organisation has no chat with this ID.
      returned: always
      type: str
      sample: normal
    reason:
      description: How DingTalk reported that the chat does not exist.
      returned: when RV(chats[].status=gone)
      type: str
      sample: DingTalk reports it as disbanded.
    open_conversation_id:
      description: The openConversationId, which identifies the chat in robot APIs.
      returned: when RV(chats[].status=normal)
      type: str
      sample: cidExample==
    name:
      description: The name of the chat.
      returned: when RV(chats[].status=normal)
      type: str
      sample: Operations
    owner:
      description: The user ID of the owner.
      returned: when RV(chats[].status=normal)
      type: str
      sample: user-1
    members:
      description: The user IDs of the members, sorted.
      returned: when RV(chats[].status=normal)
      type: list
      elements: str
      sample: [user-1, user-2]
    settings:
      description: The settings of the chat, each V(0) or V(1).
      returned: when RV(chats[].status=normal)
      type: dict
      sample:
        chat_banned_type: 0
        management_type: 0
        mention_all_authority: 0
        searchable: 0
        show_history_type: 1
        validation_type: 0
    icon:
      description: The media ID of the picture.
      returned: when DingTalk returns one
      type: str
      sample: "@lADOexample"
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
      sample: 2
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
        GET /chat/get: 1
        POST /v1.0/im/chat/{chatId}/convertToOpenConversationId: 1
        POST /v1.0/oauth2/accessToken: 1
finding:
  description:
    - The ID of what the error is about; docs/findings.md of the collection has the cause and the cure of each ID.
  returned: failed
  type: str
  sample: KD304
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.chat_info import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
