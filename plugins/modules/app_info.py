# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: app_info
short_description: Check what a DingTalk app may do
version_added: 0.1.0
description:
  - Gets an access token and finds out which permissions the app has, by reads that do no harm.
  - DingTalk has no list of an app's permissions. So each is probed by asking for something that does not exist. A
    permission that was granted is remembered for a day if O(cache=true).
  - Fails if DingTalk refuses the public IP address of the controller. The message names the address and the page of the
    developer console where it has to be added.
options:
  permissions:
    description:
      - The permissions to check, as the developer console spells them.
      - By default, those that the playbooks of this collection need.
      - What no harmless read tells, such as V(qyapi_robot_sendmsg), is reported as not probed.
    type: list
    elements: str
    default:
      - qyapi_base
      - qyapi_get_member_by_mobile
      - qyapi_get_member
      - qyapi_chat_manage
      - qyapi_chat_read
  fail_on_missing:
    description:
      - Whether the module fails if a permission is missing.
    type: bool
    default: false
extends_documentation_fragment:
  - kubesphere.dingtalk.dingtalk
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.dingtalk_module
  - kubesphere.dingtalk.attributes.info
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.user_info
  - module: kubesphere.dingtalk.chat_info
"""

EXAMPLES = r"""
# The options that every module shares are best set once for the play:
#
#   module_defaults:
#     group/kubesphere.dingtalk.dingtalk:
#       app_key: "{{ dingtalk_app_key }}"
#       app_secret: "{{ dingtalk_app_secret }}"

- name: Check the app
  kubesphere.dingtalk.app_info:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
  register: app

- name: Show what is missing, and where to get it
  ansible.builtin.debug:
    msg: "{{ app.missing | map(attribute='advice') }}"

- name: Stop unless the app may manage chats
  kubesphere.dingtalk.app_info:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
    permissions:
      - qyapi_chat_manage
    fail_on_missing: true
"""

RETURN = r"""
app_key:
  description:
    - The app that was checked.
  returned: success
  type: str
  sample: dingexampleappkey
permissions:
  description:
    - What is known of each permission.
  returned: success
  type: list
  elements: dict
  contains:
    scope:
      description: The permission, as the developer console spells it.
      returned: always
      type: str
      sample: qyapi_chat_manage
    granted:
      description: Whether the app has it; V(null) when nothing tells.
      returned: always
      type: bool
      sample: true
    checked:
      description: When DingTalk was asked, in UTC; V(null) when it was not.
      returned: always
      type: str
      sample: "2026-01-05T08:00:00+00:00"
    how:
      description: How that is known.
      returned: always
      type: str
      sample: remembered from an earlier run
missing:
  description:
    - The permissions that the app lacks, and what to do about each.
  returned: success
  type: list
  elements: dict
  contains:
    scope:
      description: The permission, as the developer console spells it.
      returned: always
      type: str
      sample: qyapi_chat_read
    page_en:
      description: The page of the developer console, in English.
      returned: always
      type: str
      sample: Development config > Permission management
    page_zh:
      description: The page of the developer console, in Chinese.
      returned: always
      type: str
      sample: 开发配置 > 权限管理
    advice:
      description: What to do there.
      returned: always
      type: str
      sample: Search qyapi_chat_read on Development config > Permission management and open it or apply for it.
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
        POST /v1.0/oauth2/accessToken: 1
        POST /v1.0/robot/groups/robots/query: 1
        POST /topapi/v2/user/get: 1
        POST /topapi/v2/user/getbymobile: 1
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.app_info import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
