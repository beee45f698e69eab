# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release's CustomResourceDefinitions: short ones of this project, or KubeSphere's genuine ones if available."""

from __future__ import annotations

import base64
import copy
import os
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.testbed.installer.releases import Release
from tests.support.testbed.paths import plural

Json = dict[str, Any]

OWN = Path(__file__).parent / "crds"
CONVERTED = ("configs.notification.kubesphere.io", "receivers.notification.kubesphere.io")
# Large, and a short one is enough.
_LEFT_OUT = ("alertmanagers.monitoring.coreos.com",)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def genuine_folder(release: Release) -> Path | None:
    """Return the folder of KubeSphere's manifests of a release below the one named by KUBESPHERE_CRDS, if set."""
    root = os.environ.get("KUBESPHERE_CRDS")
    return Path(root) / release.genuine if root else None


def definitions(release: Release, conversion: Json | None) -> list[Json]:
    """Return the definitions to create; ``conversion`` is ``spec.conversion`` of kinds served in two versions."""
    genuine = genuine_folder(release)
    found = _completed(_genuine(genuine), _own(release)) if genuine else _own(release)
    return [_converted(definition, conversion) for definition in found]


def _completed(genuine: list[Json], own: list[Json]) -> list[Json]:
    """Return the genuine definitions, completed by this project's definitions of missing kinds."""
    names = {definition["metadata"]["name"] for definition in genuine}
    return [*genuine, *(definition for definition in own if definition["metadata"]["name"] not in names)]


def _converted(definition: Json, conversion: Json | None) -> Json:
    if not conversion or definition["metadata"]["name"] not in CONVERTED or len(definition["spec"]["versions"]) < 2:
        return definition
    return {**definition, "spec": {**definition["spec"], "conversion": conversion}}


def webhook_conversion(url: str, ca_pem: bytes) -> Json:
    """Return a ``spec.conversion`` with a webhook."""
    client = {"url": url, "caBundle": base64.b64encode(ca_pem).decode()}
    return {"strategy": "Webhook", "webhook": {"clientConfig": client, "conversionReviewVersions": ["v1"]}}


@cache
def _genuine(folder: Path) -> list[Json]:
    texts = [text for path in sorted(folder.glob("crd-*.yaml")) for text in path.read_text().split("\n---\n")]
    wanted = [text for text in texts if not any(f"\n  name: {name}\n" in text for name in _LEFT_OUT)]
    return [_without_prose(document) for text in wanted if (document := yaml.load(text, _LOADER))]


def _without_prose(value: Any) -> Any:
    """Return schemas without descriptions, which are most of the bytes and have no effect."""
    if isinstance(value, dict):
        items = ((key, item) for key, item in value.items() if key != "description" or not isinstance(item, str))
        return {key: _without_prose(item) for key, item in items}
    return [_without_prose(item) for item in value] if isinstance(value, list) else value


def _own(release: Release) -> list[Json]:
    return [
        _definition(entry, release)
        for name in ("notification", "alerting", "open")
        for entry in _entries(name)
        if f"{entry['kind']}.{entry['group']}" in release.kinds
    ]


@cache
def _entries(name: str) -> list[Json]:
    entries: list[Json] = yaml.load((OWN / f"{name}.yaml").read_text(), _LOADER)
    return entries


def _definition(entry: Json, release: Release) -> Json:
    kind, resource, scope = entry["kind"], plural(entry["kind"]), entry["scope"]
    names = {"plural": resource, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
    if "shortName" in entry:
        names["shortNames"] = [entry["shortName"]]
    notification = entry["group"] == "notification.kubesphere.io"
    versions = [name for name in entry["versions"] if not notification or name in release.notification]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{resource}.{entry['group']}"},
        "spec": {
            "group": entry["group"],
            "scope": scope,
            "names": names,
            "versions": [_version(entry, name, storage=name == versions[-1]) for name in versions],
        },
    }


def _version(entry: Json, name: str, *, storage: bool) -> Json:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    properties = {"spec": {**anything, **copy.deepcopy(entry["versions"][name])}, "status": anything}
    schema = {"openAPIV3Schema": {"type": "object", "properties": properties}}
    below: Json = {"subresources": {"status": {}}} if entry.get("statusPath") else {}
    return {"name": name, "served": True, "storage": storage, "schema": schema, **below}
