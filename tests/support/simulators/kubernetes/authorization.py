# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users, and their authorization by the cluster's RBAC objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.simulators.kubernetes.objects.resources import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    NAMESPACES,
    ROLE_BINDINGS,
    ROLES,
    Catalogue,
)
from tests.support.simulators.kubernetes.objects.store import Store
from tests.support.simulators.kubernetes.paths import Target
from tests.support.simulators.kubernetes.statuses import Refusal

Json = dict[str, Any]

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True)
class User:
    name: str
    groups: tuple[str, ...] = ()


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


@dataclass(frozen=True)
class Access:
    """An action to authorize: on an object (``plural`` is set) or on a non-resource path."""

    verb: str
    group: str = ""
    plural: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @classmethod
    def to_target(cls, verb: str, target: Target) -> Access:
        named_namespace = target.name if target.plural == NAMESPACES.plural and not target.group else ""
        namespace = target.namespace or named_namespace
        return cls(verb, target.group, target.plural, target.subresource, namespace, target.name)


class Authorizer:
    """Authorize by the cluster's Roles, ClusterRoles and bindings, as in RBAC mode."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue

    def allows(self, user: User, access: Access) -> bool:
        if MASTERS in user.groups:
            return True
        if AUTHENTICATED in user.groups and any(_covers(rule, access) for rule in _EVERY_USER):
            return True
        return _covers(_UNAUTHENTICATED_RULE, access) or any(
            _covers(rule, access) for rule in self._rules(user, access)
        )

    def check(self, user: User, access: Access) -> None:
        """Raise Refusal (403) unless the access is allowed."""
        if not self.allows(user, access):
            raise _forbidden(user, access)

    def _rules(self, user: User, access: Access) -> Iterator[Json]:
        for binding in self._store.objects(CLUSTER_ROLE_BINDINGS):
            if _binds(binding, user):
                yield from self._role_rules(binding, "")
        if access.namespace:
            for binding in self._store.objects(ROLE_BINDINGS, access.namespace):
                if _binds(binding, user):
                    yield from self._role_rules(binding, access.namespace)

    def _role_rules(self, binding: Json, namespace: str) -> list[Json]:
        reference = binding["roleRef"]
        if reference["kind"] == CLUSTER_ROLES.kind:
            role = self._store.get(CLUSTER_ROLES, "", reference["name"])
        else:
            role = self._store.get(ROLES, namespace, reference["name"])
        return (role or {}).get("rules") or []


_UNAUTHENTICATED_RULE = {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version"]}
_EVERY_USER = (
    {"verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"]},
    {"verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews"]},
)


def _binds(binding: Json, user: User) -> bool:
    names = {"User": (user.name,), "Group": user.groups}
    return any(subject["name"] in names.get(subject["kind"], ()) for subject in binding.get("subjects") or [])


def _covers(rule: Json, access: Access) -> bool:
    if not _lists(rule, "verbs", access.verb):
        return False
    if not access.plural:
        return any(_path_matches(pattern, access.path) for pattern in rule.get("nonResourceURLs") or [])
    resource = f"{access.plural}/{access.subresource}" if access.subresource else access.plural
    names = rule.get("resourceNames")
    return (
        _lists(rule, "apiGroups", access.group)
        and _lists(rule, "resources", resource)
        and (not names or access.name in names)
    )


def _lists(rule: Json, key: str, value: str) -> bool:
    return bool({"*", value} & set(rule.get(key) or []))


def _path_matches(pattern: str, path: str) -> bool:
    path = path.rstrip("/")
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


def _forbidden(user: User, access: Access) -> Refusal:
    if not access.plural:
        message = f'forbidden: User "{user.name}" cannot {access.verb} path "{access.path}"'
        return Refusal(403, message, details={})
    kind = f"{access.plural}.{access.group}" if access.group else access.plural
    resource = f"{access.plural}/{access.subresource}" if access.subresource else access.plural
    where = f'in the namespace "{access.namespace}"' if access.namespace else "at the cluster scope"
    message = (
        f'{kind} "{access.name}" is forbidden: ' if access.name else f"{kind} is forbidden: "
    ) + f'User "{user.name}" cannot {access.verb} resource "{resource}" in API group "{access.group}" {where}'
    details = {"name": access.name, "group": access.group, "kind": access.plural}
    return Refusal(403, message, details={key: value for key, value in details.items() if value})


def review(authorizer: Authorizer, user: User, body: Json) -> Json:
    """Return the response to a SelfSubjectAccessReview."""
    spec = body.get("spec") or {}
    asked, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes") or {}
    if asked:
        fields = ("verb", "group", "subresource", "namespace", "name")
        access = Access(plural=asked.get("resource", ""), **{name: asked.get(name, "") for name in fields})
    else:
        access = Access(path.get("verb", ""), path=path.get("path", ""))
    status = {"allowed": authorizer.allows(user, access)}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": spec,
        "status": status,
    }
