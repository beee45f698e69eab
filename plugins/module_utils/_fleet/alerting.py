# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wishes behind role ``alerting``: what is checked, and what its templates see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.policy import Policy
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.policy_checks import (
    MOST_RULES_BEFORE,
    check_policies,
    check_sizes,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.policy_rules import groups

VARIABLES: tuple[str, ...] = ()
#: Releases without rule groups, as their families.
BEFORE_GROUPS = ("3.1", "3.2", "3.3")
#: Where policies are behind an API of KubeSphere's own.
UNSUPPORTED = "4.1"


def check(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the wishes, whatever the cluster is."""
    return check_policies(params["alerting_policies"])


def settings(params: Mapping[str, Any], variables: Mapping[str, Any], chat_ids: Mapping[str, str]) -> dict[str, Any]:
    """Return what the templates see as ``alerting``."""
    policies = [Policy(wish) for wish in params["alerting_policies"]]
    enabled = params["alerting_enabled"]
    return {
        "enabled": bool(policies) if enabled is None else enabled,
        "groups": groups(policies),
        "too_large_before": check_sizes(policies, MOST_RULES_BEFORE),
    }


def check_release(settings: Mapping[str, Any], family: str) -> list[str]:
    """Return what is wished that a cluster of this release cannot have: it may take fewer policies in a group."""
    if family == UNSUPPORTED and (settings["enabled"] or settings["groups"]):
        return [
            f"alerting_policies: are written on KubeSphere 3.1 to 3.4, and this is {family}; set alerting_policies to "
            "an empty list and alerting_enabled to false for this cluster, in its host_vars"
        ]
    return list(settings["too_large_before"]) if family in BEFORE_GROUPS else []


def secrets(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return the values that must never be shown."""
    return []
