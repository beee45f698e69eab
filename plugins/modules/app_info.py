# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: app_info
short_description: Check the credentials and permissions of a DingTalk app
version_added: 1.0.0
description:
  - Requests an access token and checks the permissions of the app with read-only API calls.
  - DingTalk has no API that lists the permissions of an app. Each permission is therefore probed by requesting
    something that does not exist. A granted permission is cached for a day if O(cache=true).
  - Fails if DingTalk rejects the public IP address of the controller. The message contains the address and the page of
    the developer console where it has to be added.
options:
  permissions:
    description:
      - The permissions to check, as spelled in the developer console.
      - By default, those that the playbooks of this collection require.
      - A permission without a read-only API call, such as V(qyapi_robot_sendmsg), is reported as not probed.
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
      - Whether to fail if a permission is missing.
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
# Set the common options once for the play:
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

- name: Show the missing permissions and where to request them
  ansible.builtin.debug:
    msg: "{{ app.missing | map(attribute='advice') }}"

- name: Fail unless the app may manage chats
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
    - The state of each permission.
  returned: success
  type: list
  elements: dict
  contains:
    scope:
      description: The permission, as spelled in the developer console.
      returned: always
      type: str
      sample: qyapi_chat_manage
    granted:
      description: Whether it is granted; V(null) if unknown.
      returned: always
      type: bool
      sample: true
    checked:
      description: When it was checked with DingTalk, in UTC; V(null) if it was not checked.
      returned: always
      type: str
      sample: "2026-01-05T08:00:00+00:00"
    how:
      description: How the state was determined.
      returned: always
      type: str
      sample: cached by an earlier run
missing:
  description:
    - The missing permissions, each with advice.
  returned: success
  type: list
  elements: dict
  contains:
    scope:
      description: The permission, as spelled in the developer console.
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
      sample: Search for qyapi_chat_read on Development config > Permission management and enable or request it.
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
        POST /v1.0/oauth2/accessToken: 1
        POST /v1.0/robot/groups/robots/query: 1
        POST /topapi/v2/user/get: 1
        POST /topapi/v2/user/getbymobile: 1
finding:
  description:
    - The ID of what the error is about; docs/findings.md of the collection has the cause and the cure of each ID.
  returned: failed
  type: str
  sample: KD304
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.app_info import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
