# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """How KubeSphere's own API is reached."""

    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - The URL of KubeSphere's own API, C(ks-apiserver) of the host cluster. Needed on members of KubeSphere 4, whose
        alerting policies are written there.
      - On a host cluster, the API is reached through the API server of Kubernetes if the option is not given.
    type: str
  api_username:
    description:
      - A user of KubeSphere. Users and service accounts of Kubernetes do not count there.
    type: str
  api_password:
    description:
      - The user's password. Take it from an encrypted variable.
    type: str
  api_token:
    description:
      - A bearer token of KubeSphere's, in place of user and password. Take it from an encrypted variable.
    type: str
  api_ca_cert:
    description:
      - The path of a CA bundle that O(api_url) is verified with, in place of the system's.
    type: path
"""
