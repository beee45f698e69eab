# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of custom resources to another version than the stored one, by their conversion webhook if any."""

from __future__ import annotations

import base64
import ssl
import uuid
from functools import lru_cache
from typing import Any

import aiohttp

from tests.support.simulators.kubernetes.objects.resources import Resource
from tests.support.simulators.kubernetes.statuses import Refusal

Json = dict[str, Any]


class Converter:
    """Convert objects; webhooks are called over one HTTP session in the server's event loop."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def convert(self, resource: Resource, version: str, objects: list[Json]) -> list[Json]:
        """Return the objects in ``version``, pruned by that version's schema. Raises Refusal (500)."""
        wanted = resource.api_version(version)
        others = [value for value in objects if value["apiVersion"] != wanted]
        if not others:
            return objects
        if resource.webhook:
            converted = await self._ask(resource, wanted, others)
        else:
            converted = [{**value, "apiVersion": wanted} for value in others]
        pruned = iter([resource.schemas[version].pruned(value)[0] for value in converted])
        return [value if value["apiVersion"] == wanted else next(pruned) for value in objects]

    async def _ask(self, resource: Resource, wanted: str, objects: list[Json]) -> list[Json]:
        """Convert by the webhook; metadata is preserved, as webhooks may change only labels and annotations."""
        review = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "ConversionReview",
            "request": {"uid": str(uuid.uuid4()), "desiredAPIVersion": wanted, "objects": objects},
        }
        try:
            answer = await self._post((resource.webhook or {}).get("clientConfig") or {}, review)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _failed(resource, objects, str(error)) from None
        response = answer.get("response") or {}
        if (response.get("result") or {}).get("status") != "Success":
            raise _failed(resource, objects, str((response.get("result") or {}).get("message", "")))
        converted: list[Json] = response["convertedObjects"]
        return [{**value, "metadata": old["metadata"]} for value, old in zip(converted, objects, strict=True)]

    async def _post(self, client_config: Json, review: Json) -> Json:
        if "url" not in client_config:
            raise ValueError("clientConfig without url: services are not supported")
        self._session = self._session or aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        tls = _trusting(client_config.get("caBundle", ""))
        async with self._session.post(client_config["url"], json=review, ssl=tls) as response:
            response.raise_for_status()
            answer: Json = await response.json()
            return answer


@lru_cache
def _trusting(ca_bundle: str) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=base64.b64decode(ca_bundle).decode() or None)


def _failed(resource: Resource, objects: list[Json], why: str) -> Refusal:
    kind = f"{objects[0]['apiVersion']}, Kind={resource.kind}"
    return Refusal(500, f"conversion webhook for {kind} failed: {why}", details={"causes": [{"message": why}]})
