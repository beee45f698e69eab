# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conversion webhook of notification-manager's operator for DingTalk settings, between v2beta1 and v2beta2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trustme
from aiohttp import web

from tests.support.simulators.kubernetes.serving import ThreadedServer, server_tls

Json = dict[str, Any]

GROUP = "notification.kubesphere.io"
_PLACES = {"Config": ("conversation", ("appkey", "appsecret")), "Receiver": ("chatbot", ("webhook", "secret"))}
_ONLY_NEWER = ("template", "titleTemplate", "tmplType", "tmplText")
_ONLY_NEWER_CHATBOT = ("atMobiles", "atUsers", "atAll")


class ConversionWebhook:
    """Serve ConversionReviews at ``url`` inside a ``with``; settings of other notifiers are not changed."""

    def __init__(self, authority: trustme.CA) -> None:
        self.ca_pem = authority.cert_pem.bytes()
        self._server = ThreadedServer(_handle, server_tls(authority))

    def __enter__(self) -> ConversionWebhook:
        self._server.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        return f"{self._server.url}/convert"


async def _handle(request: web.Request) -> web.StreamResponse:
    asked = (await request.json())["request"]
    wanted = asked["desiredAPIVersion"]
    if wanted in _STEPS:
        result: Json = {"status": "Success"}
        converted = [convert(value, wanted) for value in asked["objects"]]
    else:
        result, converted = {"status": "Failure", "message": f"no conversion to {wanted}"}, []
    response = {"uid": asked["uid"], "result": result, "convertedObjects": converted}
    return web.json_response(
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview", "response": response}
    )


def convert(value: Json, wanted: str) -> Json:
    """Return a Config or Receiver in the API version ``wanted``."""
    converted = {**value, "apiVersion": wanted}
    dingtalk = (value.get("spec") or {}).get("dingtalk")
    if value["apiVersion"] != wanted and dingtalk is not None:
        converted["spec"] = {**value["spec"], "dingtalk": _STEPS[wanted](value["kind"], dingtalk)}
    return converted


def _up(kind: str, dingtalk: Json) -> Json:
    return _with_credentials(kind, dingtalk, lambda reference: {"valueFrom": {"secretKeyRef": reference}})


def _down(kind: str, dingtalk: Json) -> Json:
    """Drop fields without an equivalent in v2beta1: plain values, mentions, templates."""
    known = {key: item for key, item in dingtalk.items() if key not in _ONLY_NEWER}
    if "chatbot" in known:
        chatbot = known["chatbot"]
        known["chatbot"] = {key: item for key, item in chatbot.items() if key not in _ONLY_NEWER_CHATBOT}
    return _with_credentials(kind, known, lambda credential: (credential.get("valueFrom") or {}).get("secretKeyRef"))


def _with_credentials(kind: str, dingtalk: Json, change: Callable[[Json], Json | None]) -> Json:
    """Return the settings with changed credentials; credentials that become None are omitted."""
    place, names = _PLACES[kind]
    section = dingtalk.get(place)
    if section is None:
        return dingtalk
    changed = {name: change(section[name]) for name in names if section.get(name) is not None}
    others = {key: item for key, item in section.items() if key not in names}
    return {**dingtalk, place: {**others, **{name: item for name, item in changed.items() if item}}}


_STEPS: dict[str, Callable[[str, Json], Json]] = {f"{GROUP}/v2beta1": _down, f"{GROUP}/v2beta2": _up}
