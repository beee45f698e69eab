# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of every DingTalk module; they belong to ``module_utils/_dingtalk/api/options.py``."""

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
      - The app secret (Client Secret) that belongs to O(app_key).
      - Take it from an encrypted variable.
    type: str
    required: true
  api_url:
    description:
      - The base URL of DingTalk's API.
    type: str
    default: https://api.dingtalk.com
  legacy_api_url:
    description:
      - The base URL of DingTalk's older API, which is still the only one for some calls, and of robots' webhooks.
    type: str
    default: https://oapi.dingtalk.com
  proxy:
    description:
      - The URL of a proxy to reach DingTalk through.
      - Without it, E(HTTPS_PROXY) and E(NO_PROXY) are respected.
    type: str
  ca_path:
    description:
      - The path of a CA bundle to trust instead of the system's, for example that of a TLS-inspecting proxy.
    type: path
  validate_certs:
    description:
      - Whether the certificates of DingTalk's servers are verified.
    type: bool
    default: true
  request_timeout:
    description:
      - How many seconds to wait for an answer.
    type: int
    default: 30
  cache:
    description:
      - Whether the access token, user IDs, granted permissions, and when chats and robots were checked, are kept on the
        controller between runs.
      - The files are readable by the user only. The token is kept for its two hours, and shared between plays.
    type: bool
    default: true
  cache_path:
    description:
      - The folder for O(cache).
      - By default, C(kubesphere.dingtalk) in E(XDG_CACHE_HOME), or in C(~/.cache).
    type: path
  cache_valid_time:
    description:
      - For how many seconds cached answers of DingTalk are used. Within that time M(kubesphere.dingtalk.fleet_chats)
        and M(kubesphere.dingtalk.chat) look no user ID up again, they and M(kubesphere.dingtalk.robot) check no chat or
        robot again whose desired state has not changed, and M(kubesphere.dingtalk.app_info) probes no permission again.
        Changes made in the DingTalk client in the meantime are found later. Other modules use no cache.
      - V(0) to ask in every run.
      - Where a chat registry is used, it keeps this for all controllers. O(cache) is about this one only.
    type: int
    default: 86400
  call_budget:
    description:
      - How many calls that count against the organisation's monthly quota this task may make at most. By default, any
        number.
      - A call beyond it is not made, and the task fails. What was done until then is kept.
    type: int
  state_path:
    description:
      - The folder of what this controller must remember between runs. It holds the journal of chats that were created,
        and how often DingTalk was called lately, since all plays together keep within its limits.
      - By default, C(kubesphere.dingtalk) in E(XDG_STATE_HOME), or in C(~/.local/state).
    type: path
requirements:
  - requests
"""
