# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processing of a written object before it is stored: checks, pruning, defaults, conversion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support.simulators.kubernetes.objects import metadata, strategies
from tests.support.simulators.kubernetes.objects.conversion import Converter
from tests.support.simulators.kubernetes.objects.resources import Resource
from tests.support.simulators.kubernetes.options import Options
from tests.support.simulators.kubernetes.paths import Target
from tests.support.simulators.kubernetes.statuses import Cause, Refusal, invalid

Json = dict[str, Any]


@dataclass
class Write:
    """An object to write; ``old`` is the stored object, ``warnings`` are sent to the client in headers."""

    resource: Resource
    target: Target
    options: Options
    body: Json
    old: Json | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def has_status(self) -> bool:
        return "status" in self.resource.subresources


def check_shape(write: Write) -> None:
    """Raise Refusal if kind, version, name or namespace of the body do not match the path."""
    resource, target, body = write.resource, write.target, write.body
    wanted = resource.api_version(target.version)
    api_version, kind = body.get("apiVersion"), body.get("kind")
    if resource.custom and not kind:
        raise Refusal(
            400, f"the object provided is unrecognized (must be of type {resource.kind}): Object 'Kind' is missing"
        )
    if api_version not in (wanted, None) and not resource.custom:
        version = str(api_version).rpartition("/")[2]
        what = f'{kind} in version "{version}" cannot be handled as a {resource.kind}'
        raise Refusal(400, f'{what}: no kind "{kind}" is registered for version "{api_version}"')
    if api_version not in (wanted, None):
        expected = f"does not match the expected API version ({wanted})"
        raise Refusal(400, f"the API version in the data ({api_version}) {expected}")
    if resource.custom and kind != resource.kind:
        cause = Cause("kind", f'Invalid value: "{kind}": must be {resource.kind}', "FieldValueInvalid")
        raise invalid(resource, (body.get("metadata") or {}).get("name", ""), [cause], kind=str(kind))
    if kind not in (resource.kind, None):
        raise Refusal(400, f'{kind} in version "{target.version}" cannot be handled as a {resource.kind}')
    _check_place(target, body.get("metadata") or {})


def _check_place(target: Target, found: Json) -> None:
    if target.name and found.get("name") not in (None, "", target.name):
        name = found["name"]
        raise Refusal(400, f"the name of the object ({name}) does not match the name on the URL ({target.name})")
    if found.get("namespace") not in (None, "", target.namespace):
        raise Refusal(400, "the namespace of the provided object does not match the namespace sent on the request")


async def accept(write: Write, converter: Converter) -> Json:
    """Return the object in its storage version, without a resourceVersion. Raises Refusal (400, 422, 500)."""
    resource, old = write.resource, write.old
    value = _pruned(write)
    found = value.get("metadata") or {}
    if old is None:
        value["metadata"] = metadata.for_create(found, write.target.namespace)
    else:
        value["metadata"] = metadata.for_update(found, old["metadata"])
    value = strategies.prepare(resource, value, old)
    _validate(write, value)
    [stored] = await converter.convert(resource, resource.storage, [value])
    return _with_generation(write, _with_status(write, stored))


def _pruned(write: Write) -> Json:
    value = {
        **write.body,
        "apiVersion": write.resource.api_version(write.target.version),
        "kind": write.resource.kind,
    }
    if not write.resource.custom:
        return value
    if write.has_status and write.target.subresource != "status":
        value.pop("status", None)
    value, dropped = write.resource.schemas[write.target.version].pruned(value)
    unknown = [f'unknown field "{path}"' for path in dropped]
    if unknown and write.options.strict:
        kind = write.resource.kind
        what = f'{kind} in version "{write.target.version}" cannot be handled as a {kind}'
        raise Refusal(400, f"{what}: strict decoding error: {', '.join(unknown)}")
    write.warnings += unknown
    return value


def _validate(write: Write, value: Json) -> None:
    resource = write.resource
    causes: list[Cause] = metadata.causes(resource, value["metadata"])
    causes += metadata.finalizer_causes(value["metadata"], (write.old or {}).get("metadata") or {})
    causes += strategies.causes(resource, value, write.old)
    if resource.custom:
        causes += resource.schemas[write.target.version].causes(value)
    if causes:
        raise invalid(resource, value["metadata"]["name"], causes)


def _with_status(write: Write, value: Json) -> Json:
    """Write only the status at the status subresource of kinds that have one, and all other fields elsewhere."""
    if not write.has_status or not write.resource.generation or write.resource.group == "apiextensions.k8s.io":
        return value
    old = write.old or {}
    if write.target.subresource == "status":
        return {**old, "status": value.get("status") or {}}
    rest = {key: item for key, item in value.items() if key != "status"}
    return {**rest, "status": old["status"]} if "status" in old else rest


def _with_generation(write: Write, value: Json) -> Json:
    if not write.resource.generation:
        return value
    if write.old is None:
        generation = 1
    else:
        generation = write.old["metadata"].get("generation", 1)
        generation += _desired_state(write, value) != _desired_state(write, write.old)
    return {**value, "metadata": {**value["metadata"], "generation": generation}}


def _desired_state(write: Write, value: Json) -> Json:
    ignored = ("metadata", "status") if write.has_status else ("metadata",)
    return {key: item for key, item in value.items() if key not in ignored}
