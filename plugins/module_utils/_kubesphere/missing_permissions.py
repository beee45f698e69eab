# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that an account lacks, each once for all features, and the roles that grant them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .._core import yaml_text
from .._core.errors import OperationError
from .._kubernetes.client import Cluster
from .._kubernetes.errors import HINTS, ClusterError
from .._kubernetes.namespaces import FEDERATED_NAMESPACE
from .facts import Facts
from .permissions import CONDITIONAL, NEEDS, OPTIONAL, Permission

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
#: The name of the roles with what is missing.
ROLE = "kubesphere-dingtalk-missing"
#: The finding of an account without a permission.
FORBIDDEN = "KD303"
FORBIDDEN_STATUS = 403
TO_APPLY = "What the selected features need, as roles to apply and to bind to the account:"

Described = Mapping[str, Any]


def missing_permissions(cluster: Cluster, features: Iterable[str], facts: Facts | None = None) -> list[dict[str, Any]]:
    """Return the missing permissions for the features, with one SelfSubjectAccessReview for each permission.

    ``facts``: None if they could not be read; then the permissions for any kind of cluster are checked.
    """
    required = required_permissions(features, facts)
    answers = cluster.in_parallel(lambda permission: _is_allowed(cluster, permission), list(required))
    allowed = dict(zip(required, answers, strict=True))
    return [_described(names, permission) for permission, names in required.items() if not allowed[permission]]


def required_permissions(features: Iterable[str], facts: Facts | None = None) -> dict[Permission, list[str]]:
    """Return each permission with the features that need it on a cluster; ``facts`` as in the check."""
    namespace = facts.secret_namespace if facts else FEDERATED_NAMESPACE
    required: dict[Permission, list[str]] = {}
    for feature in features:
        for need in NEEDS[feature]:
            if facts is None or _is_needed(need, facts):
                required.setdefault(_placed(need, namespace), []).append(feature)
    return required


def missing_roles(missing: Iterable[Described]) -> str:
    """Return the roles that grant missing permissions, as YAML; empty if none is missing."""
    rules: dict[str, dict[tuple[str, str, str], list[str]]] = {}
    for item in missing:
        key = (item["group"], item["resource"], item["name"])
        rules.setdefault(item["namespace"], {}).setdefault(key, []).append(item["verb"])
    return "---\n".join(yaml_text.dump(_role(namespace, rules[namespace])) for namespace in sorted(rules))


def with_missing_roles(
    error: ClusterError, cluster: Cluster, features: Iterable[str], facts: Facts | None
) -> OperationError:
    """Return an error with all that an account lacks, if it is about one permission; else the error itself."""
    if error.status != FORBIDDEN_STATUS or error.finding != FORBIDDEN:
        return error
    try:
        missing = missing_permissions(cluster, features, facts)
    except ClusterError:  # the account may not ask
        return error
    return lacking(error.reported, missing) or error


def lacking(refusal: str, missing: list[dict[str, Any]]) -> OperationError | None:
    """Return the error with the missing permissions, of which ``refusal`` is the first; None if all are optional."""
    required = [item for item in missing if not item["optional"]]
    if not required:
        return None
    text = f"The account lacks {len(required)} permissions. The first refusal: {refusal}. {TO_APPLY}"
    return OperationError(
        f"{text}\n{missing_roles(required)}",
        finding=FORBIDDEN,
        missing_permissions=missing,
        missing_roles=missing_roles(missing),
        cluster_status=FORBIDDEN_STATUS,
    )


def first_refusal(message: str) -> str:
    """Return what the API server refused, from the message of a module, which has a hint after it."""
    return message.partition(f". {HINTS[FORBIDDEN_STATUS][1]}")[0]


def _role(namespace: str, rules: Mapping[tuple[str, str, str], list[str]]) -> dict[str, Any]:
    """Return a Role, or a ClusterRole; objects of one group with the same verbs and the same name share a rule."""
    resources: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (group, resource, name), verbs in rules.items():
        resources.setdefault((group, name, tuple(dict.fromkeys(verbs))), []).append(resource)
    metadata = {"name": ROLE, **({"namespace": namespace} if namespace else {})}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role" if namespace else "ClusterRole",
        "metadata": metadata,
        "rules": [
            {
                "apiGroups": [group],
                "resources": sorted(named),
                **({"resourceNames": [name]} if name else {}),
                "verbs": list(verbs),
            }
            for (group, name, verbs), named in resources.items()
        ],
    }


def _is_needed(need: Permission, facts: Facts) -> bool:
    fact, value = CONDITIONAL.get((need.resource, need.name), ("", ""))
    return not fact or getattr(facts, fact) == value


def _placed(need: Permission, secret_namespace: str) -> Permission:
    return replace(need, namespace=secret_namespace) if need.namespace == FEDERATED_NAMESPACE else need


def _is_allowed(cluster: Cluster, permission: Permission) -> bool:
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    resource, _slash, subresource = permission.resource.partition("/")
    attributes = {**vars(permission), "resource": resource, "subresource": subresource}
    answer = cluster.request("post", REVIEWS, body={**kind, "spec": {"resourceAttributes": attributes}})
    return (answer.get("status") or {}).get("allowed") is True


def _described(features: list[str], permission: Permission) -> dict[str, Any]:
    consequence = OPTIONAL.get((permission.verb, permission.resource, permission.name), "")
    more = {"consequence": consequence} if consequence else {}
    return {"features": features, **vars(permission), "optional": bool(consequence), **more}
