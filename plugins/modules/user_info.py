# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: user_info
short_description: Look up DingTalk users
version_added: 1.0.0
description:
  - Looks up users of the organisation by mobile number or user ID.
  - Fails if a user is unknown. The message lists all unknown users, and the users that were found are still returned.
  - These calls do not count against DingTalk's monthly quota.
options:
  people:
    description:
      - The people to look up, each identified by exactly one of the two keys.
    type: list
    elements: dict
    required: true
    suboptions:
      mobile:
        description:
          - A mobile number. Only active members have one.
        type: str
      userid:
        description:
          - A user ID of the organisation.
        type: str
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
- name: Look up the people on call
  kubesphere.dingtalk.user_info:
    app_key: "{{ dingtalk_app_key }}"
    app_secret: "{{ dingtalk_app_secret }}"
    people:
      - mobile: "{{ on_call_mobile }}"
      - userid: user-1
  register: on_call

- name: Show their user IDs
  ansible.builtin.debug:
    msg: "{{ on_call.users | map(attribute='userid') }}"
"""

RETURN = r"""
users:
  description:
    - The users that were found, in the order of O(people).
  returned: success, or when only some were found
  type: list
  elements: dict
  contains:
    userid:
      description: The user ID.
      returned: always
      type: str
      sample: user-1
    name:
      description: The name of the user.
      returned: always
      type: str
      sample: Alex
    mobile:
      description: The mobile number; V(null) if DingTalk does not return it.
      returned: always
      type: str
      sample: "13800000000"
    unionid:
      description: The user's ID across the apps of one developer.
      returned: always
      type: str
      sample: union-1
    active:
      description: Whether the user has activated DingTalk.
      returned: always
      type: bool
      sample: true
errors:
  description:
    - The users that were not found, each with the reason.
  returned: when a user is unknown
  type: list
  elements: str
  sample:
    - "people[0]: Could not look up the user with the mobile number 13800000000: DingTalk returned 60121: not found."
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
      sample: 3
    by_endpoint:
      description: The number of calls by method and path.
      returned: always
      type: dict
      sample:
        POST /topapi/v2/user/get: 1
        POST /topapi/v2/user/getbymobile: 1
        POST /v1.0/oauth2/accessToken: 1
finding:
  description:
    - The ID of what the error is about; docs/findings.md of the collection has the cause and the cure of each ID.
  returned: failed
  type: str
  sample: KD304
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.user_info import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
