# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wishes behind role ``alerting``: what is checked, and what its templates see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._kubernetes.options import API_OPTIONS
from .feature import DesiredFeature
from .policies.checks import MOST_RULES_BEFORE, check_policies, check_sizes
from .policies.policy import Policy
from .policies.rules import groups

#: Variables beside the role's own that the feature reads: how KubeSphere's own API is reached, the cluster's name.
VARIABLES: tuple[str, ...] = (
    *(f"kubesphere_{name}" for name in API_OPTIONS),
    "notification_cluster_name",
    "inventory_hostname",
)
#: Releases without rule groups, as their families.
BEFORE_GROUPS = ("3.1", "3.2", "3.3")


def read(params: Mapping[str, Any], variables: Mapping[str, Any]) -> DesiredFeature:
    """Return the wishes, and what is wrong with them."""
    return DesiredFeature(params, variables, check_policies(params["alerting_policies"]))


def settings(desired: DesiredFeature, chat_ids: Mapping[str, str]) -> dict[str, Any]:
    """Return what the templates see as ``alerting``."""
    params, variables = desired.params, desired.variables
    policies = [Policy(policy) for policy in params["alerting_policies"]]
    return {
        "enabled": is_enabled(params),
        "members": [],
        "has_identity": bool(variables.get("kubesphere_api_token") or variables.get("kubesphere_api_username")),
        "has_api_url": bool(variables.get("kubesphere_api_url")),
        "groups": groups(policies),
        "cluster_name": variables.get("notification_cluster_name") or variables.get("inventory_hostname"),
        "too_large_before": check_sizes(policies, MOST_RULES_BEFORE),
    }


def is_enabled(params: Mapping[str, Any]) -> bool:
    """Tell whether the component is to be switched on."""
    found = params["alerting_enabled"]
    return bool(params["alerting_policies"]) if found is None else bool(found)


def check_member(host: str, params: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a member of KubeSphere 4 on which its host installs the component."""
    if params["alerting_alertmanager_url"]:
        return []
    return [
        f"alerting_alertmanager_url: missing on {host}; a member sends alerts to its host, so give the address of a "
        "node of the host with the port of its alertmanager-proxy, such as http://192.0.2.10:31093"
    ]


def check_release(settings: Mapping[str, Any], release: str) -> list[str]:
    """Return what is wished that a cluster of this release cannot have: it may take fewer policies in a group."""
    return list(settings["too_large_before"]) if release in BEFORE_GROUPS else []


def check_api(settings: Mapping[str, Any], role: str) -> list[str]:
    """Return what is missing on KubeSphere 4, where policies are behind KubeSphere's own API."""
    if not settings["groups"]:
        return []
    errors = []
    if not settings["has_identity"]:
        errors.append(
            "kubesphere_api_username and kubesphere_api_password, or kubesphere_api_token: missing; KubeSphere 4 keeps "
            "policies behind its own API, which takes a user of KubeSphere's and none of Kubernetes'"
        )
    if role == "member" and not settings["has_api_url"]:
        errors.append(
            "kubesphere_api_url: missing; the policies of a member of KubeSphere 4 are written through its host, so "
            "give the URL of the host's ks-apiserver"
        )
    return errors


def secrets(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return the values that must never be shown."""
    found = [variables.get(f"kubesphere_{name}") for name in ("api_password", "api_token")]
    return [str(value) for value in found if value]
