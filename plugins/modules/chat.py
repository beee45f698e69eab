# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: chat
short_description: Create a DingTalk chat exactly once and manage it
version_added: 1.0.0
description:
  - Looks up a chat (group conversation) by its key and reconciles its name, owner, members and settings. A chat that is
    not known yet is created.
  - DingTalk has no API to look up a chat ID by name, and each request to create a chat creates another one, even with
    the same name. Chat IDs are therefore stored in a registry, which is ConfigMap C(kubesphere-dingtalk) in namespace
    C(kubesphere-system) on one cluster. Chats are only created if there is a registry.
  - Before the request to create a chat is sent, an intent is written to the registry and to a journal on the
    controller. If a run is interrupted after that, it is unknown whether the chat exists. The module then fails with a
    message that explains what to do, and does not send the request again.
  - Role P(kubesphere.dingtalk.dingtalk#role) does the same for the chats of a whole inventory, and first checks whether
    a cluster already sends to a chat with the same name.
options:
  key:
    description:
      - The key that identifies the chat, 1 to 100 characters, which must never change. The registry stores the chat by
        app key and O(key).
    type: str
    required: true
  name:
    description:
      - The name of the chat, 1 to 20 characters, or 1 to 30 with O(template_id). It may be changed.
    type: str
    required: true
  owner:
    description:
      - The owner, identified by exactly one of the two keys. The owner is always a member.
      - Required unless O(chat_id) is given.
    type: dict
    suboptions:
      mobile:
        description:
          - A mobile number.
        type: str
      userid:
        description:
          - A user ID of the organisation.
        type: str
  members:
    description:
      - The members, each identified by exactly one of the two keys.
    type: list
    elements: dict
    suboptions:
      mobile:
        description:
          - A mobile number.
        type: str
      userid:
        description:
          - A user ID of the organisation.
        type: str
  administrators:
    description:
      - The administrators of a scene group in addition to its owner, each identified by exactly one of the two keys.
        Administrators are always members.
      - DingTalk appoints administrators only when the group is created. People added to the list later become members,
        and a warning explains how the owner appoints them in the DingTalk client. Administrators are never dismissed.
      - Requires O(template_id).
    type: list
    elements: dict
    suboptions:
      mobile:
        description:
          - A mobile number.
        type: str
      userid:
        description:
          - A user ID of the organisation.
        type: str
  purge_members:
    description:
      - Whether to remove members who are neither the O(owner) nor listed in O(members) or O(administrators).
    type: bool
    default: false
  settings:
    description:
      - Settings of the chat. Settings that are not given are left unchanged.
      - O(settings.only_admin_can_ding) and the settings after it are supported for scene groups only. DingTalk
        documents little more than their names.
    type: dict
    suboptions:
      mention_all_authority:
        description:
          - V(1) to allow only the owner to mention everyone.
        type: int
        choices: [0, 1]
      show_history_type:
        description:
          - V(1) to allow new members to read earlier messages.
        type: int
        choices: [0, 1]
      validation_type:
        description:
          - V(1) to require approval for people who join.
        type: int
        choices: [0, 1]
      searchable:
        description:
          - V(1) to make the chat searchable.
        type: int
        choices: [0, 1]
      chat_banned_type:
        description:
          - V(1) to allow only the owner and administrators to send messages.
        type: int
        choices: [0, 1]
      management_type:
        description:
          - V(1) to allow only the owner to manage the chat.
        type: int
        choices: [0, 1]
      only_admin_can_ding:
        description:
          - V(1) to allow only the owner and administrators to send DING messages.
        type: int
        choices: [0, 1]
      only_admin_can_set_msg_top:
        description:
          - V(1) to allow only the owner and administrators to pin messages.
        type: int
        choices: [0, 1]
      only_admin_can_add_mem:
        description:
          - V(1) to allow only the owner and administrators to add members. Requires O(settings.management_type=1).
        type: int
        choices: [0, 1]
      add_friend_forbidden:
        description:
          - V(1) to prevent members from adding each other as friends.
        type: int
        choices: [0, 1]
      members_to_admin_chat:
        description:
          - V(1) to allow members to chat privately with administrators.
        type: int
        choices: [0, 1]
      group_email_disabled:
        description:
          - V(1) to disable group email.
        type: int
        choices: [0, 1]
      not_quit_when_emp_leave:
        description:
          - V(1) to keep people in the group when they leave the organisation.
        type: int
        choices: [0, 1]
      all_members_can_create_calendar:
        description:
          - V(1) to allow every member to create calendar events of the group.
        type: int
        choices: [0, 1]
      all_members_can_create_mcs_conf:
        description:
          - V(0) to prevent ordinary members from starting conferences. DingTalk's default is V(1).
        type: int
        choices: [0, 1]
      group_live_switch:
        description:
          - V(0) to disable live streams of the group. DingTalk's default is V(1).
        type: int
        choices: [0, 1]
  icon:
    description:
      - The media ID of the chat's picture, as returned by DingTalk's API to upload media files. By default, the picture
        is left unchanged.
    type: str
  chat_id:
    description:
      - The ID of an existing chat that was created by the same app. The chat is used and recorded in the registry.
      - The module fails if the registry has another chat ID for O(key).
    type: str
  template_id:
    description:
      - The ID of a scene-group template of the app, published in the developer console. With this option, the chat is a
        scene group.
      - Scene groups are created with an idempotency key. If the response is lost, the request is repeated within ten
        minutes, so that manual intervention is rarely required.
      - The template of a chat cannot be changed, added or removed later. It has not been verified that KubeSphere's
        notification-manager can send to scene groups, so plain chats are the default.
    type: str
  member_batch:
    description:
      - The number of user IDs to add or remove per request, 1 to 1000. Defaults to 40, or to 100 with O(template_id).
    type: int
  skip_unknown_members:
    description:
      - Whether to skip unknown members with a warning. These have left the organisation, are outside the visible range
        of the app, or never existed. By default, the task fails and lists them.
    type: bool
    default: false
  registry:
    description:
      - How to access the cluster with the chat registry. Required to create a chat.
      - All controllers that share the app must use the same cluster.
    type: dict
    suboptions:
      kubeconfig:
        description:
          - The path of a kubeconfig file, or its content as a dictionary.
          - E(K8S_AUTH_KUBECONFIG) is used if the option is not given.
        type: raw
      context:
        description:
          - The context of the kubeconfig.
          - E(K8S_AUTH_CONTEXT) is used if the option is not given.
        type: str
      host:
        description:
          - The URL of the API server.
          - E(K8S_AUTH_HOST) is used if the option is not given.
        type: str
      api_key:
        description:
          - A bearer token.
          - E(K8S_AUTH_API_KEY) is used if the option is not given.
        type: str
      username:
        description:
          - The user of HTTP basic authentication.
          - E(K8S_AUTH_USERNAME) is used if the option is not given.
        type: str
      password:
        description:
          - The password of the user.
          - E(K8S_AUTH_PASSWORD) is used if the option is not given.
        type: str
      client_cert:
        description:
          - The path of a client certificate.
          - E(K8S_AUTH_CERT_FILE) is used if the option is not given.
        type: path
        aliases:
          - cert_file
      client_key:
        description:
          - The path of the private key of the certificate.
          - E(K8S_AUTH_KEY_FILE) is used if the option is not given.
        type: path
        aliases:
          - key_file
      ca_cert:
        description:
          - The path of a CA bundle.
          - E(K8S_AUTH_SSL_CA_CERT) is used if the option is not given.
        type: path
        aliases:
          - ssl_ca_cert
      validate_certs:
        description:
          - Whether to verify the API server's certificate.
          - E(K8S_AUTH_VERIFY_SSL) is used if the option is not given.
        type: bool
        aliases:
          - verify_ssl
      proxy:
        description:
          - The URL of a proxy.
          - E(K8S_AUTH_PROXY) is used if the option is not given.
        type: str
      no_proxy:
        description:
          - The hosts to access without a proxy.
          - E(K8S_AUTH_NO_PROXY) is used if the option is not given.
        type: str
      impersonate_user:
        description:
          - The user to impersonate, instead of the one in the kubeconfig.
          - E(K8S_AUTH_IMPERSONATE_USER) is used if the option is not given.
        type: str
      impersonate_groups:
        description:
          - The groups to impersonate, together with O(registry.impersonate_user).
          - E(K8S_AUTH_IMPERSONATE_GROUPS) is used if the option is not given.
        type: list
        elements: str
      request_timeout:
        description:
          - The request timeout in seconds.
        type: int
        default: 30
  start_registry:
    description:
      - Whether to create the registry if the cluster has none. Only use this if there has never been one, since chats
        whose entries were lost would be created again.
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
      - No chat is created. A new chat is returned with a placeholder for its ID.
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - kubernetes >= 31, with O(registry)
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.chat_info
  - module: kubesphere.dingtalk.fleet_chats
  - module: kubesphere.dingtalk.robot
"""

EXAMPLES = r"""
- name: Create a chat for alerts, or update it
  kubesphere.dingtalk.chat:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
    key: ops
    name: KubeSphere alerts
    owner:
      mobile: "{{ on_call_mobile }}"
    members:
      - userid: user-2
    settings:
      mention_all_authority: 1
    registry:
      kubeconfig: "{{ registry_kubeconfig }}"
    start_registry: true  # for the first chat of all
  register: ops

- name: Show the chat ID
  ansible.builtin.debug:
    msg: "{{ ops.chat.chat_id }}"

- name: Create a scene group that only its administrators can manage
  kubesphere.dingtalk.chat:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
    key: fleet
    name: KubeSphere alerts of the fleet
    template_id: 0a1b2c3d-template
    owner:
      mobile: "{{ on_call_mobile }}"
    administrators:
      - userid: user-2
    settings:
      management_type: 1
      only_admin_can_add_mem: 1
    registry:
      kubeconfig: "{{ registry_kubeconfig }}"

- name: Manage an existing chat of the app, and remove members who are not listed
  kubesphere.dingtalk.chat:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
    key: lab
    name: KubeSphere lab
    chat_id: chat0123456789abcdef
    members:
      - userid: user-2
      - userid: user-3
    purge_members: true
    registry:
      kubeconfig: "{{ registry_kubeconfig }}"
"""

RETURN = r"""
chat:
  description:
    - The chat after the task, or its predicted state in check mode.
    - If the chat was checked in an earlier run within O(cache_valid_time), only the desired owner, members and settings
      are returned, and other members and settings are unknown.
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
      description: The settings of O(settings) that DingTalk returns, each V(0) or V(1).
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
      returned: for a scene group with O(administrators) or O(settings), when there are any
      type: list
      elements: str
      sample: [user-2]
unknown_people:
  description:
    - User IDs that DingTalk does not know, for which it may have rejected the request.
  returned: failed because of unknown people
  type: list
  elements: str
  sample: [user-9]
unknown_chat:
  description:
    - The attempt to create a chat whose outcome is unknown.
  returned: failed because of an interrupted creation
  type: dict
  contains:
    chat:
      description: The key of the chat.
      returned: always
      type: str
      sample: ops
    name:
      description: The name in the request.
      returned: always
      type: str
      sample: KubeSphere alerts
    owner:
      description: The user ID of the owner in the request.
      returned: always
      type: str
      sample: user-1
    time:
      description: When the request was sent.
      returned: always
      type: str
      sample: 2026-01-05 08:00:00 UTC
    controller:
      description: The host name of the controller that sent the request.
      returned: always
      type: str
      sample: bastion
    search:
      description: The result of a search for the chat, as text.
      returned: always
      type: str
      sample: A search as user user-1 at 2026-01-05 08:00:31 UTC found no other chat with this name, which proves
        nothing.
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
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.chat import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
