# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of every module that accesses a cluster; the argument spec is in ``module_utils/_kubernetes/options.py``."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - The path of a kubeconfig file, or its content as a dictionary or as text, such as that of an encrypted variable.
        Its fields have the meaning that they have for kubectl.
      - Without O(kubeconfig), O(host) and O(context), the service account of the pod is used inside a cluster. Outside
        of a cluster, the default kubeconfig is used, see E(KUBECONFIG).
      - E(K8S_AUTH_KUBECONFIG) is used if the option is not given.
    type: raw
  context:
    description:
      - The context of the kubeconfig. Defaults to the current context.
      - E(K8S_AUTH_CONTEXT) is used if the option is not given.
    type: str
  host:
    description:
      - The URL of the API server, without a user name or a password. If given, no kubeconfig is read.
      - E(K8S_AUTH_HOST) is used if the option is not given.
    type: str
  api_key:
    description:
      - A bearer token. Use an encrypted variable.
      - E(K8S_AUTH_API_KEY) is used if the option is not given.
    type: str
  username:
    description:
      - The user of HTTP basic authentication, for a proxy in front of the API server. Requires O(password).
      - E(K8S_AUTH_USERNAME) is used if the option is not given.
    type: str
  password:
    description:
      - The password of O(username), which is required then. Use an encrypted variable.
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
      - The path of the private key of O(client_cert), which is required then.
      - E(K8S_AUTH_KEY_FILE) is used if the option is not given.
    type: path
    aliases:
      - key_file
  ca_cert:
    description:
      - The path of a CA bundle to verify the API server's certificate.
      - E(K8S_AUTH_SSL_CA_CERT) is used if the option is not given.
    type: path
    aliases:
      - ssl_ca_cert
  validate_certs:
    description:
      - Whether to verify the API server's certificate. Defaults to the setting in the kubeconfig, else to V(true).
      - E(K8S_AUTH_VERIFY_SSL) is used if the option is not given.
    type: bool
    aliases:
      - verify_ssl
  proxy:
    description:
      - The URL of a proxy to access the API server, C(http://) or C(https://), or C(socks5://) with PySocks and
        kubernetes >= 37.
      - Defaults to that of the kubeconfig, else to E(HTTPS_PROXY) unless E(NO_PROXY) names the cluster.
      - E(K8S_AUTH_PROXY) is used if the option is not given.
    type: str
  no_proxy:
    description:
      - A comma-separated list of hosts, domains and networks to access without a proxy, instead of E(NO_PROXY).
      - E(K8S_AUTH_NO_PROXY) is used if the option is not given.
    type: str
  impersonate_user:
    description:
      - The user to impersonate. It replaces the user, groups and further attributes that the kubeconfig impersonates.
      - E(K8S_AUTH_IMPERSONATE_USER) is used if the option is not given.
    type: str
  impersonate_groups:
    description:
      - The groups to impersonate, together with O(impersonate_user).
      - E(K8S_AUTH_IMPERSONATE_GROUPS), a comma-separated list, is used if the option is not given.
    type: list
    elements: str
  request_timeout:
    description:
      - The request timeout in seconds.
    type: int
    default: 30
requirements:
  - kubernetes >= 31
  - PyYAML
seealso:
  - ref: ansible_collections.kubesphere.dingtalk.docsite.kubernetes_permissions
    description: The permissions that the account needs.
"""
