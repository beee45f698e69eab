# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes or workloads that a policy names, as objects of its cluster."""

from __future__ import annotations

from ..._kubernetes.object_ref import ObjectRef
from .policy import Policy


def targets(policy: Policy) -> tuple[ObjectRef, ...]:
    """Return the objects that a policy names; none for an expression or a policy of the platform.

    None either for several names of which one is no name of an object: from 3.4 on, KubeSphere joins them to a regular
    expression without escapes (Build in api/alerting/v2beta1/rulegroup_types.go of 3.4.1).
    """
    if not policy.target or policy.scope == "global":
        return ()
    if policy.target == "node":
        found = tuple(ObjectRef("v1", policy.kind, name) for name in policy.names)
    else:
        found = tuple(ObjectRef("apps/v1", policy.kind, name, policy.namespace) for name in policy.names)
    is_expression = len(found) > 1 and not all(item.has_valid_name for item in found)
    return () if is_expression else found
