# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_chats
short_description: Create and manage the DingTalk chats and robots of an inventory
version_added: 1.0.0
description:
  - Validates the variables of all hosts before anything is changed, checks the permissions of the app, and reconciles
    the chats and robots of the inventory. All errors are reported together.
  - This action runs on the controller only, once for all hosts. It reads the variables of every host regardless of
    C(--limit), so that a limited run takes the configuration of the other clusters into account.
  - It reads C(dingtalk_chats), C(dingtalk_robots), C(dingtalk_registry_host) and the other variables of role
    P(kubesphere.dingtalk.dingtalk#role), which must be the same on all hosts that define them. It validates the
    variables of the roles P(kubesphere.dingtalk.notification#role) and P(kubesphere.dingtalk.alertmanager#role), and
    uses C(kubesphere_*) to access the clusters.
  - Only inventory variables and extra variables are supported. Variables of a play or C(vars) of a role are ignored.
  - A variable that resembles one of this collection and that nothing reads is reported before anything is changed, and
    so is a misspelt tag. The host's variable C(kubesphere_unknown_variables) decides whether that is a warning, an
    error or nothing.
  - Before a chat is created, every cluster that uses it is queried for an existing chat with the same name. Such a chat
    is adopted. If one of these clusters cannot be queried, the chat is not created. For a chat that no cluster uses
    yet, all clusters are queried.
options:
  app_key:
    description:
      - The app key (Client ID) of an enterprise-internal app.
      - Like every option of this module, it takes precedence over the variable of the hosts, here C(dingtalk_app_key),
        which is used if the option is not set. The clusters send to chats with the app of the variables.
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
      - The hosts whose variables are read. Defaults to those of the group C(kubesphere_group), an extra variable of the
        playbooks, or else to all hosts of the inventory.
    type: list
    elements: str
  access_only:
    description:
      - Whether only to validate how the clusters of the play are reached, and the extra variables of the playbooks, as
        before an uninstallation. No chat or robot is read or changed.
    type: bool
    default: false
  slice:
    description:
      - Whether O(hosts) are a slice of the inventory, as a job slice of AWX has. Chats are then read from the registry,
        and neither created nor changed. The hosts are a slice in any case if C(dingtalk_registry_host) is not among
        them and C(dingtalk_registry_kubeconfig) is set.
    type: bool
    default: false
extends_documentation_fragment:
  - kubesphere.dingtalk.dingtalk
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.dingtalk_module
attributes:
  check_mode:
    support: full
    details:
      - No chat is created. A new chat is returned with a placeholder for its ID, which is used by later tasks.
  diff_mode:
    support: full
    details:
      - Shows the differences of chats.
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
# Later tasks read the chat IDs from the registered variable dingtalk_fleet.
- name: Validate the inventory, then reconcile chats and robots
  kubesphere.dingtalk.fleet_chats:
  run_once: true
  register: dingtalk_fleet

- name: Read the variables of some hosts only
  kubesphere.dingtalk.fleet_chats:
    hosts: "{{ groups['production'] }}"
  run_once: true
  register: dingtalk_fleet
"""

RETURN = r"""
chat_list:
  description:
    - The chats of the inventory and of the registry. Nothing is changed.
  returned: when C(dingtalk_list_chats) is V(true), instead of the other values
  type: list
  elements: dict
  contains:
    key:
      description: The key in C(dingtalk_chats).
      returned: always
      type: str
      sample: ops
    name:
      description: The desired name, or the recorded one.
      returned: always
      type: str
      sample: KubeSphere alerts
    chat_id:
      description: The chat ID; empty if unknown.
      returned: always
      type: str
      sample: chat0123456789abcdef
    template_id:
      description: The ID of the scene-group template; empty for a plain chat.
      returned: always
      type: str
      sample: ""
    source:
      description: The source of the chat ID, V(inventory), V(registry) or V(journal); empty if unknown.
      returned: always
      type: str
      sample: registry
    state:
      description: The state of the chat according to DingTalk and the registry, as text.
      returned: always
      type: str
      sample: in use as 'KubeSphere alerts' with 3 members
    orphaned_chats:
      description: IDs of other chats that were created for the key by abandoned attempts.
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
    - Notices for the summary, for example that a chat used by a cluster was adopted.
  returned: when the inventory has chats or robots
  type: list
  elements: str
  sample: []
unknown_variables:
  description:
    - Names of variables of the hosts that nothing reads, and that resemble one of this collection, see the variable
      C(kubesphere_unknown_variables).
  returned: success
  type: list
  elements: str
  sample: [notification_chat]
chats:
  description:
    - The chats by key. Each value is a dictionary with the following keys.
  returned: success
  type: dict
  contains:
    chat_id:
      description: The chat ID, which KubeSphere uses to send to the chat. In check mode, a placeholder for a new chat.
      returned: always
      type: str
      sample: chat0123456789abcdef
    open_conversation_id:
      description: The openConversationId, which identifies the chat in robot APIs; empty in check mode for a new chat.
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
      description: The user IDs of the members, including the owner, sorted.
      returned: always
      type: list
      elements: str
      sample: [user-1, user-2]
    settings:
      description: The settings that DingTalk returns, each V(0) or V(1).
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
      description: The ID of the scene-group template.
      returned: for a scene group
      type: str
      sample: 0a1b2c3d-template
    icon:
      description: The media ID of the picture.
      returned: when DingTalk returns one
      type: str
      sample: "@lADOexample"
    administrators:
      description: The user IDs of the administrators other than the owner, sorted.
      returned: for a scene group with C(administrators) or C(settings), when there are any
      type: list
      elements: str
      sample: [user-2]
    checked:
      description:
        - When the chat was checked with DingTalk, in seconds since 1970-01-01 UTC. V(null) if it was not checked, as in
          check mode for a chat that would change.
        - If it was checked in an earlier run within O(cache_valid_time), only the desired owner, members and settings
          are returned, and other members and settings are unknown.
      returned: always
      type: int
      sample: 1767600000
robots:
  description:
    - The robots by key. Each value is a dictionary with the following keys.
  returned: success
  type: dict
  contains:
    found:
      description: Whether DingTalk lists the robot in its chat; V(null) if DingTalk was not asked or refuses to list
        robots.
      returned: always
      type: bool
      sample: true
    added:
      description: Whether this task added an enterprise robot to the chat.
      returned: always
      type: bool
      sample: false
    verified:
      description: Whether a test message was sent through the webhook, see C(dingtalk_verify_robots).
      returned: always
      type: bool
      sample: false
    ready:
      description: Whether the robot can be used. A custom robot requires a webhook, an enterprise robot must be in the
        chat.
      returned: always
      type: bool
      sample: true
    checked:
      description:
        - When the robot was checked with DingTalk, in seconds since 1970-01-01 UTC. V(null) if it was not checked, as
          in check mode for a robot that would be added.
      returned: always
      type: int
      sample: 1767600000
manual_steps:
  description:
    - The manual steps that cannot be automated.
  returned: success
  type: list
  elements: dict
  contains:
    robot:
      description: The key of the robot.
      returned: always
      type: str
      sample: ops_robot
    chat:
      description: The name of the chat.
      returned: always
      type: str
      sample: KubeSphere alerts
    steps:
      description: The steps in order.
      returned: always
      type: list
      elements: str
      sample:
        - Copy its webhook (Webhook 地址) and its secret (SEC...) to your encrypted variables and run again.
members:
  description:
    - The member clusters by host cluster, as declared by the variable C(kubesphere_host_cluster) of the members.
  returned: success
  type: dict
  sample:
    shanghai: [edge-1, edge-2]
slice:
  description:
    - Whether the hosts are a slice of the inventory. The chats are then those of the registry, with C(chat_id),
      C(open_conversation_id) and C(name) only, and DingTalk is not called.
  returned: success
  type: bool
  sample: false
permissions:
  description:
    - The state of each permission of the app, as returned by M(kubesphere.dingtalk.app_info). Empty without chats.
  returned: success
  type: list
  elements: dict
  sample:
    - scope: qyapi_chat_manage
      granted: true
      checked: "2026-01-05T08:00:00+00:00"
      how: cached by an earlier run
errors:
  description:
    - All errors in the variables; nothing was changed.
  returned: failed because of invalid variables
  type: list
  elements: str
  sample:
    - "lab: notification_chats: 'lab' is not a key of dingtalk_chats; it has ops"
left_to_do:
  description:
    - The keys of chats and robots that were not processed.
  returned: failed because of O(call_budget)
  type: dict
  contains:
    chats:
      description: The keys of the chats.
      returned: when there are any
      type: list
      elements: str
      sample: [lab]
    robots:
      description: The keys of the robots.
      returned: when there are any
      type: list
      elements: str
      sample: [ops_robot]
forecast:
  description:
    - The calls and messages that one firing alert of a built-in policy in each cluster would use in a month of 30 days.
      They follow from C(alertmanager_route) and C(alertmanager_routes), in addition to what KubeSphere ships. A warning
      is issued if that exceeds a quota of DingTalk's standard edition (5000 calls, 3000 messages through webhooks).
    - M(kubesphere.dingtalk.run_summary) replaces it by a forecast with the routes that the clusters really have.
  returned: when the inventory has chats or robots
  type: dict
  contains:
    clusters:
      description: The number of clusters that send alerts.
      returned: always
      type: int
      sample: 3
    calls:
      description: Counted calls made by the clusters to send to chats.
      returned: always
      type: int
      sample: 720
    checks:
      description: Counted calls made by frequent runs to check chats and robots.
      returned: always
      type: int
      sample: 90
    webhook_messages:
      description: Messages sent through the webhooks of robots.
      returned: always
      type: int
      sample: 360
missing_permissions:
  description:
    - The missing permissions of the app, as in the return value C(missing) of M(kubesphere.dingtalk.app_info).
  returned: failed because of a missing permission
  type: list
  elements: dict
  sample:
    - scope: qyapi_chat_read
      page_en: Development config > Permission management
      page_zh: 开发配置 > 权限管理
      advice: Search for qyapi_chat_read on Development config > Permission management and enable or request it.
unknown_chat:
  description:
    - The attempt to create a chat whose outcome is unknown, as returned by M(kubesphere.dingtalk.chat).
  returned: failed because of an interrupted creation
  type: dict
  sample:
    chat: ops
    name: KubeSphere alerts
    owner: user-1
    time: 2026-01-05 08:00:00 UTC
calls:
  description:
    - The number of API calls made to DingTalk; also returned on failure.
  returned: when the inventory has chats or robots
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
finding:
  description:
    - The ID of what the error is about; docs/findings.md of the collection has the cause and the cure of each ID.
  returned: failed
  type: str
  sample: KD304
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet_chats import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
