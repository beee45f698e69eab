# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: chat
short_description: Create a DingTalk chat exactly once, and keep it as described
version_added: 0.1.0
description:
  - Finds a chat (group conversation) by its key and brings name, owner, members and settings in line. A chat that is
    not known yet is created.
  - DingTalk cannot look a chat ID up by a name, and creates another chat of the same name for each request. So chat
    IDs are kept in a registry, which is ConfigMap C(kubesphere-dingtalk) of namespace C(kubesphere-system) on one
    cluster, and a chat is created only with a registry.
  - Before a request to create a chat leaves, its intent is written to the registry and to a journal on the controller.
    When a run is interrupted in between, nobody knows whether the chat exists. The module then fails with what to do,
    and does not send the request again.
  - Role P(kubesphere.dingtalk.dingtalk#role) does the same for the chats of a whole inventory, and looks first whether
    a cluster already sends to a chat of the same name.
options:
  key:
    description:
      - The chat's identity, which must never change. With the app key it is what the registry finds the chat by.
    type: str
    required: true
  name:
    description:
      - The name, 1 to 20 characters, or 1 to 30 with O(template_id). It may change.
    type: str
    required: true
  owner:
    description:
      - The owner, by exactly one of the two keys. Always a member.
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
      - The members, each by exactly one of the two keys.
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
      - The administrators of a scene group beside its owner, each by exactly one of the two keys. Always members.
      - DingTalk appoints them only when it makes the group. Who is listed later is added as a member, and a warning
        says how the owner appoints them in the DingTalk client. Nobody is dismissed.
      - Only with O(template_id).
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
      - Whether members who are neither O(owner) nor in O(members) or O(administrators) are removed.
    type: bool
    default: false
  settings:
    description:
      - Settings of the chat. What is not given stays as it is.
      - Those from O(settings.only_admin_can_ding) on are for scene groups only. DingTalk documents little more of them
        than their names.
    type: dict
    suboptions:
      mention_all_authority:
        description:
          - V(1) to let only the owner mention everyone.
        type: int
        choices: [0, 1]
      show_history_type:
        description:
          - V(1) to let new members read what was written before.
        type: int
        choices: [0, 1]
      validation_type:
        description:
          - V(1) to have people who join approved.
        type: int
        choices: [0, 1]
      searchable:
        description:
          - V(1) to let people find the chat by searching.
        type: int
        choices: [0, 1]
      chat_banned_type:
        description:
          - V(1) to let nobody write but the owner and administrators.
        type: int
        choices: [0, 1]
      management_type:
        description:
          - V(1) to let only the owner manage the chat.
        type: int
        choices: [0, 1]
      only_admin_can_ding:
        description:
          - V(1) to let only owner and administrators send DING messages.
        type: int
        choices: [0, 1]
      only_admin_can_set_msg_top:
        description:
          - V(1) to let only owner and administrators pin messages.
        type: int
        choices: [0, 1]
      only_admin_can_add_mem:
        description:
          - V(1) to let only owner and administrators add members. Works only with O(settings.management_type=1).
        type: int
        choices: [0, 1]
      add_friend_forbidden:
        description:
          - V(1) to forbid members to add one another as friends.
        type: int
        choices: [0, 1]
      members_to_admin_chat:
        description:
          - V(1) to let members chat privately with administrators.
        type: int
        choices: [0, 1]
      group_email_disabled:
        description:
          - V(1) to switch mails to the group off.
        type: int
        choices: [0, 1]
      not_quit_when_emp_leave:
        description:
          - V(1) to keep people in the group who leave the organisation.
        type: int
        choices: [0, 1]
      all_members_can_create_calendar:
        description:
          - V(1) to let every member make calendar entries of the group.
        type: int
        choices: [0, 1]
      all_members_can_create_mcs_conf:
        description:
          - V(0) to let not every member start conferences. DingTalk's default is V(1).
        type: int
        choices: [0, 1]
      group_live_switch:
        description:
          - V(0) to switch live streams of the group off. DingTalk's default is V(1).
        type: int
        choices: [0, 1]
  icon:
    description:
      - The media ID of the chat's picture, as DingTalk's upload of media files returns it. By default, it stays.
    type: str
  chat_id:
    description:
      - The ID of a chat that exists already, made by the same app. It is used, and recorded in the registry.
      - Fails if the registry knows another one.
    type: str
  template_id:
    description:
      - The ID of a scene-group template of the app, published in the developer console. The chat is a scene group then.
      - The creation of a scene group has an idempotency key. When its answer is lost, it is sent again within ten
        minutes, so that hardly ever a human has to look.
      - A chat keeps its template, or that it has none. Whether KubeSphere's notification-manager can send to scene
        groups is not proven, so plain chats are the default.
    type: str
  member_batch:
    description:
      - How many user IDs one request adds or removes, 1 to 1000. By default 40, or 100 with O(template_id).
    type: int
  skip_unknown_members:
    description:
      - Whether members whom DingTalk does not know are left out with a warning. They left, are outside the app's range,
        or never were. By default, the task fails and names them.
    type: bool
    default: false
  registry:
    description:
      - How the cluster that keeps the registry is reached. Required to create a chat.
      - Every controller that shares the app must name the same cluster.
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
          - The password that belongs to the user.
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
          - The path of the key that belongs to the certificate.
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
          - Whether the API server's certificate is verified.
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
          - The hosts that are reached without the proxy.
          - E(K8S_AUTH_NO_PROXY) is used if the option is not given.
        type: str
      impersonate_user:
        description:
          - The user to act as.
          - E(K8S_AUTH_IMPERSONATE_USER) is used if the option is not given.
        type: str
      impersonate_groups:
        description:
          - The groups to act as.
          - E(K8S_AUTH_IMPERSONATE_GROUPS) is used if the option is not given.
        type: list
        elements: str
      request_timeout:
        description:
          - How many seconds to wait for an answer.
        type: int
        default: 30
  start_registry:
    description:
      - Whether a registry is started on that cluster if it has none. Only if none was ever there, since a chat whose
        entry was lost would be created again.
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
      - No chat is created. It is returned with a placeholder for its ID.
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
- name: Have a chat for alerts
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
  register: ops

- name: Show the chat ID
  ansible.builtin.debug:
    msg: "{{ ops.chat.chat_id }}"

- name: Have a scene group that only its administrators can change
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

- name: Use a chat that the app made earlier, and have nobody in it but those who are listed
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
    start_registry: true
"""

RETURN = r"""
chat:
  description:
    - The chat as it is after the task, or, in check mode, as it would be.
    - If it was checked in an earlier run, which O(cache_valid_time) allows, owner, members and settings are those that
      are described, and others are not known.
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
      returned: for a scene group with O(administrators) or O(settings), when there are any
      type: list
      elements: str
      sample: [user-2]
unknown_people:
  description:
    - User IDs for which DingTalk may have refused a list of people, since it does not know them.
  returned: failed because of people whom DingTalk does not know
  type: list
  elements: str
  sample: [user-9]
unknown_chat:
  description:
    - The creation of which nobody knows whether it made a chat.
  returned: failed because of an interrupted creation
  type: dict
  contains:
    chat:
      description: The key.
      returned: always
      type: str
      sample: ops
    name:
      description: The name that was sent.
      returned: always
      type: str
      sample: KubeSphere alerts
    owner:
      description: The user ID of the owner that was sent.
      returned: always
      type: str
      sample: user-1
    time:
      description: When it was sent.
      returned: always
      type: str
      sample: 2026-01-05 08:00:00 UTC
    controller:
      description: The host name of the controller that sent it.
      returned: always
      type: str
      sample: bastion
    search:
      description: What a search for the chat showed, in words.
      returned: always
      type: str
      sample: A search as user user-1 at 2026-01-05 08:00:31 UTC showed no other chat of this name.
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
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.chat import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
