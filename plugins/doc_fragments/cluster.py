# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of every module that talks to a cluster; they belong to ``module_utils/_kubernetes/options.py``."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - The path of a kubeconfig file, or its content, as a dictionary or as the text that an encrypted variable holds.
      - Without it and without O(host) and O(context), a pod's service account is used inside a cluster, and elsewhere
        the default kubeconfig, which E(KUBECONFIG) names.
      - E(K8S_AUTH_KUBECONFIG) is used if the option is not given.
    type: raw
  context:
    description:
      - The context of the kubeconfig. By default, its current one.
      - E(K8S_AUTH_CONTEXT) is used if the option is not given.
    type: str
  host:
    description:
      - The URL of the API server. No kubeconfig is read then.
      - E(K8S_AUTH_HOST) is used if the option is not given.
    type: str
  api_key:
    description:
      - A bearer token. Take it from an encrypted variable.
      - E(K8S_AUTH_API_KEY) is used if the option is not given.
    type: str
  username:
    description:
      - The user of HTTP basic authentication, for a proxy in front of the API server.
      - E(K8S_AUTH_USERNAME) is used if the option is not given.
    type: str
  password:
    description:
      - The password that belongs to O(username). Take it from an encrypted variable.
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
      - The path of the key that belongs to O(client_cert).
      - E(K8S_AUTH_KEY_FILE) is used if the option is not given.
    type: path
    aliases:
      - key_file
  ca_cert:
    description:
      - The path of a CA bundle to verify the API server's certificate with.
      - E(K8S_AUTH_SSL_CA_CERT) is used if the option is not given.
    type: path
    aliases:
      - ssl_ca_cert
  validate_certs:
    description:
      - Whether the API server's certificate is verified. By default, what the kubeconfig says, else V(true).
      - E(K8S_AUTH_VERIFY_SSL) is used if the option is not given.
    type: bool
    aliases:
      - verify_ssl
  proxy:
    description:
      - The URL of a proxy to reach the API server through, C(http://) or C(https://).
      - E(K8S_AUTH_PROXY) is used if the option is not given.
    type: str
  no_proxy:
    description:
      - The hosts that are reached without O(proxy), separated by commas.
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
      - E(K8S_AUTH_IMPERSONATE_GROUPS) is used if the option is not given; it separates them by commas.
    type: list
    elements: str
  request_timeout:
    description:
      - How many seconds to wait for an answer.
    type: int
    default: 30
requirements:
  - kubernetes >= 31
  - PyYAML
"""
