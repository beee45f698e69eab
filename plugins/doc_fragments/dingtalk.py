# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of every DingTalk module; the argument spec is in ``module_utils/_dingtalk/api/options.py``."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  app_key:
    description:
      - The app key (Client ID) of an enterprise-internal app.
    type: str
    required: true
  app_secret:
    description:
      - The app secret (Client Secret) of O(app_key).
      - Use an encrypted variable.
    type: str
    required: true
  api_url:
    description:
      - The base URL of DingTalk's API, without a user name or a password. Letter case, default port and trailing slash
        make no difference to the chat registry. For an organisation of the international site,
        V(https://api.dingtalk.io) with V(https://oapi.dingtalk.io) as O(legacy_api_url).
    type: str
    default: https://api.dingtalk.com
  legacy_api_url:
    description:
      - The base URL of DingTalk's legacy API, which is still required for some calls, and of robot webhooks.
    type: str
    default: https://oapi.dingtalk.com
  proxy:
    description:
      - The URL of a proxy to access DingTalk. A write is not repeated if the proxy fails after the request was sent.
      - If not given, E(HTTPS_PROXY) and E(NO_PROXY) are used.
    type: str
  ca_path:
    description:
      - The path of a CA bundle to use instead of the system's, for example the one of a TLS-inspecting proxy.
    type: path
  validate_certs:
    description:
      - Whether to verify the certificates of DingTalk's servers.
    type: bool
    default: true
  request_timeout:
    description:
      - The request timeout in seconds.
    type: int
    default: 30
  cache:
    description:
      - Whether to cache the access token, user IDs, granted permissions, and the times of chat and robot checks on the
        controller between runs.
      - The files are readable by the user only. The token is cached for its lifetime of two hours and shared by plays.
    type: bool
    default: true
  cache_path:
    description:
      - The folder of the O(cache).
      - Defaults to C(kubesphere.dingtalk) in E(XDG_CACHE_HOME), or in C(~/.cache).
    type: path
  cache_valid_time:
    description:
      - The number of seconds for which cached responses of DingTalk are valid. Within that time,
        M(kubesphere.dingtalk.fleet_chats) and M(kubesphere.dingtalk.chat) do not look up user IDs again. They and
        M(kubesphere.dingtalk.robot) do not check a chat or robot again whose desired state has not changed.
        M(kubesphere.dingtalk.app_info) does not probe permissions again. Changes made in the DingTalk client in the
        meantime are detected later. Other modules always query DingTalk.
      - With V(0), DingTalk is queried in every run.
      - If a chat registry is used, it shares these responses with all controllers. O(cache) only affects this
        controller.
    type: int
    default: 86400
  call_budget:
    description:
      - The maximum number of calls that this task may make against the organisation's monthly quota. By default, the
        number is not limited.
      - When the budget is exhausted, the task fails without making another call. Completed changes are not reverted.
    type: int
  state_path:
    description:
      - The folder of the state that this controller must preserve between runs. It contains the journal of created
        chats and the recent calls to DingTalk, as all plays together must stay within DingTalk's rate limits.
      - Defaults to C(kubesphere.dingtalk) in E(XDG_STATE_HOME), or in C(~/.local/state).
    type: path
requirements:
  - requests
seealso:
  - ref: ansible_collections.kubesphere.dingtalk.docsite.first_chat
    description: The app, its permissions, and a first chat.
  - ref: ansible_collections.kubesphere.dingtalk.docsite.dingtalk_editions
    description: The calls that an edition of DingTalk allows.
"""
