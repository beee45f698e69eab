# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of the answers of a Kubernetes API, as far as the collection reads them.

A gateway, another server or an extension may answer a request as well; such an answer is refused rather than taken for
an object without content.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from .._core.bounded.shapes import Shape, mismatch

_TEXTS = {"*": str}
_ANY: Shape = {}

METADATA: Shape = {
    "name": str,
    "namespace": str,
    "generateName": str,
    "uid": str,
    "resourceVersion": str,
    "labels": _TEXTS,
    "annotations": _TEXTS,
    "ownerReferences": [_ANY],
    "finalizers": [str],
}
OBJECT: Shape = {"apiVersion": str, "kind": str, "metadata": METADATA}
GROUPS: Shape = {"groups!": [{"name!": str, "versions!": [{"version!": str}]}]}
RESOURCES: Shape = {"resources!": [{"name!": str, "kind!": str, "namespaced!": bool}]}

_COMPONENT = {"enabled": bool, "status": str, "version": str}
_RULES = {"spec": {"rules": [_ANY], "groups": [{"rules": [_ANY]}]}}
_SELECTOR = {
    "matchLabels": _TEXTS,
    "matchExpressions": [{"key": str, "operator": str, "values": [str], "regexValue": str}],
}
_RECEIVER = {
    "spec": {
        "dingtalk": {
            "conversation": {"chatids": [str]},
            "chatbot": _ANY,
            "alertSelector": _SELECTOR,
            "dingtalkConfigSelector": _SELECTOR,
        }
    }
}
_LISTED = {"items": [{"metadata!": {"name!": str, "labels": _TEXTS}, "spec": _ANY}]}
_EXTENSION_STATE = {"state": str, "conditions": [{"message": str}]}
#: Resource -> shapes of the fields that are read by name; all others are merged whatever their shape.
RESOURCE_SHAPES: dict[str, Shape] = {
    "configmaps": {"data": _TEXTS, "binaryData": _TEXTS},
    "secrets": {"data": _TEXTS, "type": str},
    "clusterconfigurations": {
        "spec": {"alerting": _ANY, "multicluster": {"clusterRole": str}},
        "status": {"core": _COMPONENT, "alerting": _COMPONENT, "monitoring": _COMPONENT},
    },
    **dict.fromkeys(("configs", "silences", "routers"), _LISTED),
    "deployments": {"spec": {"template": {"spec": {"containers": [{"image": str}]}}}},
    "extensions": {"status": {"recommendedVersion": str}},
    "installplans": {
        "spec": {
            "extension": {"name": str, "version": str},
            "config": str,
            "clusterScheduling": {
                "placement": {"clusters": [str], "clusterSelector": _ANY},
                "overrides": _TEXTS,
            },
        },
        "status": {**_EXTENSION_STATE, "enabled": bool, "clusterSchedulingStatuses": {"*": _EXTENSION_STATE}},
    },
    "notificationmanagers": {"spec": {"defaultSecretNamespace": str}},
    "pods": {"items": [{"metadata!": {"name!": str}}]},
    "prometheuses": {"spec": {"externalLabels": _ANY}},
    "prometheusrules": _RULES,
    "receivers": _RECEIVER,
    "rulegroups": _RULES,
    "clusterrulegroups": _RULES,
    "globalrulegroups": _RULES,
    "selfsubjectaccessreviews": {"status!": {"allowed!": bool}},
}


def check_answer(verb: str, path: str, answer: Mapping[str, Any]) -> str:
    """Return why the answer to a request is not of the shape of its path, or an empty string."""
    if path.startswith("/kapis/"):
        return ""  # KubeSphere's own, such as a verification or a search, which are not of objects
    rest = _within_version(path)
    if not rest:
        return mismatch(answer, GROUPS if path == "/apis" else RESOURCES)
    if verb.lower() == "delete" or rest[2:3] == ["proxy"] or path.startswith("/kapis/"):
        return ""  # a Status or the object; whatever the server behind the proxy sends; no objects of Kubernetes
    error = mismatch(answer, OBJECT) or mismatch(answer, RESOURCE_SHAPES.get(rest[0], _ANY))
    is_stored = verb.lower() in ("get", "put") and len(rest) > 1
    return error or (_identity_error(answer, unquote(rest[1])) if is_stored else "")


def _within_version(path: str) -> list[str]:
    """Return the resource, and the name and the subresource if there are any; empty for a path of discovery."""
    root, *parts = path.partition("?")[0].strip("/").split("/")
    parts = parts[1:] if root == "api" else parts[2:]
    for scope in ("clusters", "namespaces"):
        if parts[:1] == [scope] and len(parts) > 2:
            parts = parts[2:]
    return parts


def _identity_error(answer: Mapping[str, Any], name: str) -> str:
    metadata = answer.get("metadata") or {}
    if metadata.get("name") != name:
        return f"not the object {name}"
    missing = [key for key in ("uid", "resourceVersion") if not metadata.get(key)]
    return f"metadata.{missing[0]} missing" if missing else ""
