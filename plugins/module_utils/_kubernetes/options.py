# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The access options of a cluster, with the names and environment variables of kubernetes.core."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.parameters import env_fallback

from .._core.secrets.kinds import PROXY, SERVER_URL
from .._core.specs import ArgumentSpec
from .kubeconfig import KUBECONFIG


def _option(variable: str, kind: str = "str", **rules: Any) -> dict[str, Any]:
    return {"type": kind, "fallback": (env_fallback, [f"K8S_AUTH_{variable}"]), **rules}


ACCESS_OPTIONS: dict[str, dict[str, Any]] = {
    "kubeconfig": _option("KUBECONFIG", "raw"),
    "context": _option("CONTEXT"),
    "host": _option("HOST"),
    "api_key": _option("API_KEY", no_log=True),
    "username": _option("USERNAME"),
    "password": _option("PASSWORD", no_log=True),
    "client_cert": _option("CERT_FILE", "path", aliases=["cert_file"]),
    "client_key": _option("KEY_FILE", "path", aliases=["key_file"], no_log=False),
    "ca_cert": _option("SSL_CA_CERT", "path", aliases=["ssl_ca_cert"]),
    "validate_certs": _option("VERIFY_SSL", "bool", aliases=["verify_ssl"]),
    "proxy": _option("PROXY"),
    "no_proxy": _option("NO_PROXY"),
    "impersonate_user": _option("IMPERSONATE_USER"),
    "impersonate_groups": _option("IMPERSONATE_GROUPS", "list", elements="str"),
    "request_timeout": {"type": "int", "default": 30},
}


#: The access options with texts that YAML changes without quotes, such as a password of digits.
ACCESS_TEXTS = frozenset({"api_key", "username", "password", "impersonate_user", "impersonate_groups"})
#: The access options that may hold a secret.
ACCESS_SECRETS = {"kubeconfig": KUBECONFIG, "host": SERVER_URL, "proxy": PROXY}


def cluster_spec() -> ArgumentSpec:
    """Return the access options of one cluster (doc fragment ``cluster``)."""
    return ArgumentSpec(options=ACCESS_OPTIONS, secrets=ACCESS_SECRETS, verbatim=ACCESS_TEXTS)


#: Access to KubeSphere's own API, with an identity of KubeSphere rather than Kubernetes.
API_OPTIONS: dict[str, dict[str, Any]] = {
    "api_url": {"type": "str"},
    "api_username": {"type": "str"},
    "api_password": {"type": "str", "no_log": True},
    "api_token": {"type": "str", "no_log": True},
    "api_ca_cert": {"type": "path"},
}


def kubesphere_api_spec() -> ArgumentSpec:
    """Return the options of KubeSphere's API (doc fragment ``kubesphere_api``)."""
    return ArgumentSpec(
        options=API_OPTIONS,
        secrets={"api_url": SERVER_URL},
        required_together=[("api_username", "api_password")],
        mutually_exclusive=[("api_token", "api_password")],
        verbatim=frozenset({"api_username", "api_password", "api_token"}),
    )
