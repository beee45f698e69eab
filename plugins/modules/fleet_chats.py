# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_chats
short_description: Make what a whole inventory asks of DingTalk
version_added: 0.1.0
description:
  - Reads the variables of all hosts, finds everything that is wrong with them before anything is changed, checks the
    app's permissions, and brings the chats and robots of the inventory in line.
  - This is an action that runs on the controller only, once for all hosts. It reads every host's variables whatever
    C(--limit) says, so that a limited run does not forget the wishes of other clusters.
  - It reads C(dingtalk_chats), C(dingtalk_robots), C(dingtalk_registry_host) and the other variables of role
    P(kubesphere.dingtalk.dingtalk#role), which must be the same on all hosts that have them; the variables of the roles
    P(kubesphere.dingtalk.notification#role) and P(kubesphere.dingtalk.alertmanager#role), to check them; and
    C(kubesphere_*), to look at the clusters.
  - Only variables of the inventory and extra variables count. Those of a play or of a role's C(vars) are not seen.
  - Before a chat is created, every cluster that uses it is asked whether it already sends to a chat of the same name.
    Such a chat is adopted. While one of them cannot be asked, the chat is not created. A chat that no cluster uses yet
    is looked for on all of them.
options:
  app_key:
    description:
      - The app key (Client ID) of an enterprise-internal app.
      - The hosts' variable C(dingtalk_app_key) wins over this option, and is required for chats.
    type: str
    required: false
  app_secret:
    description:
      - The app secret (Client Secret) that belongs to O(app_key).
      - The hosts' variable C(dingtalk_app_secret) wins over this option, and is required for chats.
    type: str
    required: false
  hosts:
    description:
      - The hosts whose variables are read. By default, all hosts of the inventory.
    type: list
    elements: str
extends_documentation_fragment:
  - kubesphere.dingtalk.dingtalk
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.dingtalk_module
attributes:
  check_mode:
    support: full
    details:
      - No chat is created. It is returned with a placeholder for its ID, which tasks that follow use.
  diff_mode:
    support: full
    details:
      - Shows chats.
  idempotent:
    support: full
requirements:
  - kubernetes >= 31
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.cluster_config
  - module: kubesphere.dingtalk.chat
  - module: kubesphere.dingtalk.robot
  - module: kubesphere.dingtalk.run_summary
"""

EXAMPLES = r"""
# The name dingtalk_fleet is where later tasks look for chat IDs.
- name: Make the chats and robots that all clusters ask for
  kubesphere.dingtalk.fleet_chats:
  run_once: true
  register: dingtalk_fleet

- name: Read the variables of some clusters only
  kubesphere.dingtalk.fleet_chats:
    hosts: "{{ groups['production'] }}"
  run_once: true
  register: dingtalk_fleet
"""

RETURN = r"""
chat_list:
  description:
    - The chats of the inventory and of the registry, without anything being changed.
  returned: when C(dingtalk_list_chats) is V(true), in place of the other values
  type: list
  elements: dict
  contains:
    key:
      description: The key in C(dingtalk_chats).
      returned: always
      type: str
      sample: ops
    name:
      description: The name that is wished, or that was recorded.
      returned: always
      type: str
      sample: KubeSphere alerts
    chat_id:
      description: The chat ID; empty when none is known.
      returned: always
      type: str
      sample: chat0123456789abcdef
    template_id:
      description: The template of a scene group; empty for a plain chat.
      returned: always
      type: str
      sample: ""
    source:
      description: Where the ID comes from, V(inventory), V(registry) or V(journal); empty when none is known.
      returned: always
      type: str
      sample: registry
    state:
      description: What DingTalk and the registry say of it, in words.
      returned: always
      type: str
      sample: in use as 'KubeSphere alerts' with 3 members
    orphaned_chats:
      description: IDs of other chats that were made for the key by attempts that had been given up.
      returned: always
      type: list
      elements: str
      sample: []
    in_inventory:
      description: Whether the key is in C(dingtalk_chats).
      returned: always
      type: bool
      sample: true
notices:
  description:
    - What the summary repeats, such as that a chat which a cluster holds was adopted.
  returned: when the inventory has chats or robots
  type: list
  elements: str
  sample: []
chats:
  description:
    - The chats by key. Each is a dictionary as below.
  returned: success
  type: dict
  contains:
    chat_id:
      description: The chat ID, which KubeSphere addresses the chat by. In check mode, a placeholder for a new chat.
      returned: always
      type: str
      sample: chat0123456789abcdef
    open_conversation_id:
      description: The openConversationId, by which robots are addressed; empty in check mode for a new chat.
      returned: always
      type: str
      sample: cidExample==
    name:
      description: The name.
      returned: always
      type: str
      sample: KubeSphere alerts
    owner:
      description: The user ID of the owner.
      returned: always
      type: str
      sample: user-1
    members:
      description: The user IDs of the members, the owner among them, sorted.
      returned: always
      type: list
      elements: str
      sample: [user-1, user-2]
    settings:
      description: The settings that DingTalk tells, each V(0) or V(1).
      returned: always
      type: dict
      sample:
        chat_banned_type: 0
        management_type: 0
        mention_all_authority: 1
        searchable: 0
        show_history_type: 0
        validation_type: 0
    template_id:
      description: The template of a scene group.
      returned: for a scene group
      type: str
      sample: 0a1b2c3d-template
    icon:
      description: The media ID of the picture.
      returned: when DingTalk tells one
      type: str
      sample: "@lADOexample"
    administrators:
      description: The user IDs of the administrators beside the owner, sorted.
      returned: for a scene group with C(administrators) or C(settings), when there are any
      type: list
      elements: str
      sample: [user-2]
    checked:
      description:
        - When DingTalk was asked, in seconds since 1970-01-01 UTC. V(null) when it was not, as in check mode for a chat
          that would change.
        - If that was in an earlier run, which O(cache_valid_time) allows, owner, members and settings are those that
          are described, and others are not known.
      returned: always
      type: int
      sample: 1767600000
robots:
  description:
    - The robots by key. Each is a dictionary as below.
  returned: success
  type: dict
  contains:
    found:
      description: Whether DingTalk lists the robot in its chat; V(null) when it was not asked or refused to tell.
      returned: always
      type: bool
      sample: true
    added:
      description: Whether an enterprise robot was added to the chat by this task.
      returned: always
      type: bool
      sample: false
    verified:
      description: Whether a test message was sent through the webhook, as C(dingtalk_verify_robots) asks.
      returned: always
      type: bool
      sample: false
    ready:
      description: Whether it can be used. A custom robot needs a webhook, an enterprise robot must be in the chat.
      returned: always
      type: bool
      sample: true
    checked:
      description:
        - When DingTalk was asked, in seconds since 1970-01-01 UTC. V(null) when it was not, as in check mode for a
          robot that would be added.
      returned: always
      type: int
      sample: 1767600000
manual_steps:
  description:
    - What only a human can do.
  returned: success
  type: list
  elements: dict
  contains:
    robot:
      description: The robot's key.
      returned: always
      type: str
      sample: ops_robot
    chat:
      description: The name of the chat.
      returned: always
      type: str
      sample: KubeSphere alerts
    steps:
      description: The steps in their order.
      returned: always
      type: list
      elements: str
      sample:
        - Copy its webhook (Webhook 地址) and its secret (SEC...) into your encrypted variables, and run again.
members:
  description:
    - The members that name a host as their host cluster in C(kubesphere_host_cluster), by that host.
  returned: success
  type: dict
  sample:
    shanghai: [edge-1, edge-2]
permissions:
  description:
    - What is known of each permission of the app, as M(kubesphere.dingtalk.app_info) returns it. Empty without chats.
  returned: success
  type: list
  elements: dict
  sample:
    - scope: qyapi_chat_manage
      granted: true
      checked: "2026-01-05T08:00:00+00:00"
      how: remembered from an earlier run
errors:
  description:
    - Everything that is wrong with the variables; nothing was changed.
  returned: failed because of the variables
  type: list
  elements: str
  sample:
    - "lab: notification_chats: 'lab' is not a key of dingtalk_chats; it has ops"
left_to_do:
  description:
    - The keys of what the task did not come to.
  returned: failed because of O(call_budget)
  type: dict
  contains:
    chats:
      description: Keys of chats.
      returned: when there are any
      type: list
      elements: str
      sample: [lab]
    robots:
      description: Keys of robots.
      returned: when there are any
      type: list
      elements: str
      sample: [ops_robot]
forecast:
  description:
    - What one standing alert in each cluster would cost in a month of 30 days, by the C(repeat_interval) of
      C(alertmanager_route) or KubeSphere's own of 12 hours. The task warns when that passes a quota of DingTalk's
      standard edition, which has 5000 calls and 3000 messages through webhooks.
  returned: when the inventory has chats or robots
  type: dict
  contains:
    clusters:
      description: How many clusters send alerts.
      returned: always
      type: int
      sample: 3
    calls:
      description: Counted calls by which the clusters send to chats.
      returned: always
      type: int
      sample: 720
    checks:
      description: Counted calls by which frequent runs check chats and robots.
      returned: always
      type: int
      sample: 90
    webhook_messages:
      description: Messages through robots' webhooks.
      returned: always
      type: int
      sample: 360
missing_permissions:
  description:
    - The permissions that the app lacks, as in the return value C(missing) of M(kubesphere.dingtalk.app_info).
  returned: failed because of a missing permission
  type: list
  elements: dict
  sample:
    - scope: qyapi_chat_read
      page_en: Development config > Permission management
      page_zh: 开发配置 > 权限管理
      advice: Search qyapi_chat_read on Development config > Permission management and open it or apply for it.
unknown_chat:
  description:
    - The creation of which nobody knows whether it made a chat, as M(kubesphere.dingtalk.chat) returns it.
  returned: failed because of an interrupted creation
  type: dict
  sample:
    chat: ops
    name: KubeSphere alerts
    owner: user-1
    time: 2026-01-05 08:00:00 UTC
calls:
  description:
    - How many calls DingTalk received, also in a failed result.
  returned: when the inventory has chats or robots
  type: dict
  contains:
    counted:
      description: Calls that count against the organisation's monthly API quota.
      returned: always
      type: int
      sample: 2
    free:
      description: Other calls. Messages through a webhook are here; they have a monthly quota of their own.
      returned: always
      type: int
      sample: 3
    by_endpoint:
      description: The number of calls by method and path.
      returned: always
      type: dict
      sample:
        GET /chat/get: 1
        POST /topapi/v2/user/get: 1
        POST /topapi/v2/user/getbymobile: 1
        POST /v1.0/im/group/create: 1
        POST /v1.0/oauth2/accessToken: 1
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet_chats import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
