# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """Options to access the API of KubeSphere itself."""

    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - The URL of KubeSphere's own API, C(ks-apiserver) of the host cluster. Required on members of KubeSphere 4, whose
        alerting policies are written through it. It contains no user name and no password.
      - On a host cluster, the API is accessed through the API server of Kubernetes if the option is not given.
    type: str
  api_username:
    description:
      - A user of KubeSphere. Users and service accounts of Kubernetes are not accepted by this API.
    type: str
  api_password:
    description:
      - The password of O(api_username). Use an encrypted variable.
    type: str
  api_token:
    description:
      - A bearer token of KubeSphere, instead of O(api_username) and O(api_password). Use an encrypted variable.
    type: str
  api_ca_cert:
    description:
      - The path of a CA bundle to verify O(api_url), instead of the system's. Requires O(api_url).
    type: path
"""
