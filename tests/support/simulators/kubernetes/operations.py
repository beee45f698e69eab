# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs of the API: get, list, create, update, patch, delete."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.simulators.kubernetes.objects import metadata
from tests.support.simulators.kubernetes.objects.acceptance import Write, accept, check_shape
from tests.support.simulators.kubernetes.objects.conversion import Converter
from tests.support.simulators.kubernetes.objects.patches import APPLY_PATCH, patched
from tests.support.simulators.kubernetes.objects.resources import (
    DEFINITIONS,
    NAMESPACES,
    Catalogue,
    Resource,
    from_definition,
)
from tests.support.simulators.kubernetes.objects.selectors import fields_match, labels_match
from tests.support.simulators.kubernetes.objects.store import Store
from tests.support.simulators.kubernetes.options import Options
from tests.support.simulators.kubernetes.paths import Target
from tests.support.simulators.kubernetes.statuses import (
    Cause,
    Refusal,
    already_exists,
    conflict,
    details_of,
    invalid,
    not_found,
    qualified,
    success,
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json
    warnings: list[str] = field(default_factory=list)


#: A function that changes an object before it is stored.
Mutator = Callable[[Json], Json]


class Operations:
    """Operations on one cluster's store; writes are serialized, also during calls of a conversion webhook."""

    def __init__(self, store: Store, catalogue: Catalogue, converter: Converter) -> None:
        self._store = store
        self._catalogue = catalogue
        self._converter = converter
        self._writing = asyncio.Lock()
        #: API group -> its mutating webhook.
        self.mutators: dict[str, Mutator] = {}

    async def get(self, resource: Resource, target: Target) -> Answer:
        return Answer(200, await self._shown(resource, target, self._stored(resource, target)))

    async def find(self, resource: Resource, target: Target, options: Options) -> Answer:
        found = self._selected(resource, target, options)
        page, more = _page(found, options)
        items = await self._converter.convert(resource, target.version, page)
        if not resource.custom:
            items = [{key: item for key, item in value.items() if key not in ("apiVersion", "kind")} for value in items]
        return Answer(
            200,
            {
                "kind": f"{resource.kind}List",
                "apiVersion": resource.api_version(target.version),
                "metadata": {"resourceVersion": str(self._store.revision), **more},
                "items": items,
            },
        )

    async def create(self, resource: Resource, target: Target, options: Options, body: Json) -> Answer:
        body = self._mutated(resource, body)
        write = Write(resource, target, options, body)
        check_shape(write)
        async with self._writing:
            self._check_namespace(resource, target, body)
            value = await accept(write, self._converter)
            if existing := self._store.get(resource, target.namespace, value["metadata"]["name"]):
                raise already_exists(resource, existing["metadata"])
            if not options.dry_run:
                value = self._put(resource, value)
        return Answer(201, await self._shown(resource, target, value), write.warnings)

    async def update(self, resource: Resource, target: Target, options: Options, body: Json) -> Answer:
        body = self._mutated(resource, body)
        check_shape(Write(resource, target, options, body))
        async with self._writing:
            old = self._stored(resource, target)
            if not resource.unconditional_update and not (body.get("metadata") or {}).get("resourceVersion"):
                message = "Invalid value: 0: must be specified for an update"
                cause = Cause("metadata.resourceVersion", message, "FieldValueInvalid")
                raise invalid(resource, target.name, [cause], kind=resource.plural)
            return await self._replace(Write(resource, target, options, body, old))

    async def patch(self, resource: Resource, target: Target, options: Options, content_type: str, body: Any) -> Answer:
        """Patch an object; server-side apply is supported only for creation, without field ownership."""
        if content_type == APPLY_PATCH and not self._store.get(resource, target.namespace, target.name):
            return await self.create(resource, target, options, body)
        async with self._writing:
            old = self._stored(resource, target)
            shown = await self._shown(resource, target, old)
            body = self._mutated(resource, patched(resource, content_type, body, shown))
            write = Write(resource, target, options, body, old)
            check_shape(write)
            return await self._replace(write)

    async def delete(self, resource: Resource, target: Target, options: Options) -> Answer:
        async with self._writing:
            value = self._stored(resource, target)
            _check_preconditions(resource, value, options)
            return await self._remove(resource, target, value, options)

    async def delete_all(self, resource: Resource, target: Target, options: Options) -> Answer:
        async with self._writing:
            answer = await self.find(resource, target, options)
            for value in self._selected(resource, target, options):
                await self._remove(resource, target, value, options)
        return answer

    def _mutated(self, resource: Resource, body: Any) -> Any:
        mutator = self.mutators.get(resource.group)
        return mutator(body) if mutator and isinstance(body, dict) else body

    def _stored(self, resource: Resource, target: Target) -> Json:
        value = self._store.get(resource, target.namespace, target.name)
        if value is None:
            raise not_found(resource, target.name)
        return value

    async def _shown(self, resource: Resource, target: Target, value: Json) -> Json:
        [shown] = await self._converter.convert(resource, target.version, [value])
        return shown

    def _selected(self, resource: Resource, target: Target, options: Options) -> list[Json]:
        labels = labels_match(options.label_selector)
        fields = fields_match(options.field_selector, resource.plural)
        return [
            value
            for value in self._store.objects(resource, target.namespace)
            if labels(value["metadata"].get("labels") or {}) and fields(value)
        ]

    async def _replace(self, write: Write) -> Answer:
        """Store an object if it changed; an unchanged one retains its resourceVersion."""
        resource, old = write.resource, write.old or {}
        _check_unchanged(resource, old, write.body.get("metadata") or {})
        value = await accept(write, self._converter)
        if value != old and not write.options.dry_run:
            if old["metadata"].get("deletionTimestamp") and not value["metadata"].get("finalizers"):
                self._store.remove(resource, old)
            else:
                value = self._put(resource, value)
        return Answer(200, await self._shown(resource, write.target, value), write.warnings)

    def _put(self, resource: Resource, value: Json) -> Json:
        stored = self._store.put(resource, value)
        if resource is DEFINITIONS:
            self._catalogue.add(from_definition(stored))
        return stored

    async def _remove(self, resource: Resource, target: Target, value: Json, options: Options) -> Answer:
        """Remove an object; without controllers, namespaces and objects with finalizers are only marked."""
        found = value["metadata"]
        if resource is NAMESPACES or found.get("finalizers"):
            if "deletionTimestamp" not in found:
                marked = {**value, "metadata": metadata.for_deletion(found)}
                if resource is NAMESPACES:
                    terminating = {**found, "deletionTimestamp": metadata.now()}
                    marked = {**value, "status": {"phase": "Terminating"}, "metadata": terminating}
                value = marked if options.dry_run else self._store.put(resource, marked)
            return Answer(200, await self._shown(resource, target, value))
        if not options.dry_run:
            self._store.remove(resource, value)
            if resource is DEFINITIONS:
                gone = from_definition(value)
                self._catalogue.remove(gone)
                self._store.clear(gone)
        return Answer(200, success(resource, found["name"], found["uid"]))

    def _check_namespace(self, resource: Resource, target: Target, body: Json) -> None:
        if not resource.namespaced:
            return
        namespace = self._store.get(NAMESPACES, "", target.namespace)
        if namespace is None:
            raise not_found(NAMESPACES, target.namespace)
        if "deletionTimestamp" in namespace["metadata"]:
            name = (body.get("metadata") or {}).get("name", "")
            why = f"unable to create new content in namespace {target.namespace} because it is being terminated"
            message = f'{qualified(resource)} "{name}" is forbidden: {why}'
            raise Refusal(403, message, details=details_of(resource, name))


def _check_unchanged(resource: Resource, old: Json, found: Json) -> None:
    """Check UID and resourceVersion of a write against the stored object."""
    uid, version = found.get("uid"), found.get("resourceVersion")
    known = old["metadata"]
    if uid and uid != known["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {known['uid']}"
        raise conflict(resource, known["name"], why)
    if version and version != known["resourceVersion"]:
        raise conflict(resource, known["name"])


def _check_preconditions(resource: Resource, value: Json, options: Options) -> None:
    found = value["metadata"]
    if options.uid and options.uid != found["uid"]:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({found['uid']}). "
            "The object might have been deleted and then recreated"
        )
        raise conflict(resource, found["name"], why)
    if options.resource_version and options.resource_version != found["resourceVersion"]:
        why = (
            f"the ResourceVersion in the precondition ({options.resource_version}) does not match the ResourceVersion "
            f"in record ({found['resourceVersion']}). The object might have been modified"
        )
        raise conflict(resource, found["name"], why)


def _page(found: list[Json], options: Options) -> tuple[list[Json], Json]:
    """Return the objects of one page, and the list's metadata about the next page."""
    start = int(base64.b64decode(options.continue_from)) if options.continue_from else 0
    end = start + options.limit if options.limit else len(found)
    if end >= len(found):
        return found[start:], {}
    token = base64.b64encode(str(end).encode()).decode()
    return found[start:end], {"continue": token, "remainingItemCount": len(found) - end}
