# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two kinds for tests: Widget (namespaced) and Gadget (cluster-scoped)."""

from __future__ import annotations

import time
from typing import Any

from tests.support.testbed import ApiFailure, Cluster

Json = dict[str, Any]

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "/apis/example.org"

SPEC = {
    "type": "object",
    "required": ["size", "tags"],
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "color": {"type": "string", "enum": ["red", "blue"], "default": "red"},
        "tags": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "string", "pattern": "^[a-z]+$"}},
        "name": {"type": "string", "minLength": 2, "maxLength": 4},
        "port": {"x-kubernetes-int-or-string": True},
        "maybe": {"type": "string", "nullable": True},
        "texts": {"type": "object", "additionalProperties": {"type": "string"}},
        "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "inner": {"type": "object", "properties": {"flag": {"type": "boolean"}}},
    },
}


def definition(plural: str, kind: str, scope: str) -> Json:
    status = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "required": ["spec"], "properties": {"spec": SPEC, "status": status}}
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    versions = [("v1", True, schema), ("v1beta1", False, anything)]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.example.org"},
        "spec": {
            "group": "example.org",
            "scope": scope,
            "names": {"plural": plural, "kind": kind},
            "versions": [
                {
                    "name": name,
                    "served": True,
                    "storage": storage,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": found},
                }
                for name, storage, found in versions
            ],
        },
    }


KINDS = (("widgets", "Widget", "Namespaced"), ("gadgets", "Gadget", "Cluster"))


def define(cluster: Cluster) -> None:
    for plural, kind, scope in KINDS:
        cluster.post(DEFINITIONS, definition(plural, kind, scope))
        _wait_until(True, cluster, f"{GROUP}/v1/{plural}")


def undefine(cluster: Cluster) -> None:
    for plural, _kind, _scope in KINDS:
        cluster.delete(f"{DEFINITIONS}/{plural}.example.org")
        _wait_until(False, cluster, f"{GROUP}/v1/{plural}")


def _served(cluster: Cluster, path: str) -> bool:
    try:
        cluster.list(path)
    except ApiFailure:
        return False
    return True


def _wait_until(expected: bool, cluster: Cluster, path: str) -> None:
    deadline = time.monotonic() + 20
    while _served(cluster, path) is not expected:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def widget(spec: Json | None = None, **more: Any) -> Json:
    found = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "one"}}
    return {**found, "spec": {"size": 1, "tags": ["a"], **(spec or {})}, **more}
