# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Status bodies of refused requests, with the messages of kube-apiserver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.simulators.kubernetes.objects.resources import Resource

Json = dict[str, Any]

REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    405: "MethodNotAllowed",
    415: "UnsupportedMediaType",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


class Refusal(Exception):
    """The request fails with this Status."""

    def __init__(self, code: int, message: str, reason: str = "", details: Json | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.body = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason or REASONS.get(code, ""),
            **({"details": details} if details is not None else {}),
            "code": code,
        }


class PathUnknown(Exception):
    """Unknown path; the response is plain text, as kube-apiserver's for groups and kinds that it does not serve."""


@dataclass(frozen=True)
class Cause:
    """An error of a field; ``reason`` is a field error type such as FieldValueRequired."""

    field: str
    message: str
    reason: str


def qualified(resource: Resource) -> str:
    return f"{resource.plural}.{resource.group}" if resource.group else resource.plural


def details_of(resource: Resource, name: str, **more: Any) -> Json:
    group = {"group": resource.group} if resource.group else {}
    return {**({"name": name} if name else {}), **group, "kind": resource.plural, **more}


def not_found(resource: Resource, name: str) -> Refusal:
    return Refusal(404, f'{qualified(resource)} "{name}" not found', "NotFound", details_of(resource, name))


def already_exists(resource: Resource, found: Json) -> Refusal:
    """Return the refusal of a creation; ``found`` is the metadata of the existing object."""
    terminating = "object is being deleted: " if "deletionTimestamp" in found else ""
    message = f'{terminating}{qualified(resource)} "{found["name"]}" already exists'
    return Refusal(409, message, "AlreadyExists", details_of(resource, found["name"]))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def conflict(resource: Resource, name: str, why: str = MODIFIED) -> Refusal:
    message = f'Operation cannot be fulfilled on {qualified(resource)} "{name}": {why}'
    return Refusal(409, message, "Conflict", details_of(resource, name))


def invalid(resource: Resource, name: str, causes: Sequence[Cause], kind: str = "") -> Refusal:
    """Return a 422; several causes are listed in brackets, as in Kubernetes' aggregated errors."""
    kind = kind or resource.kind
    texts = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
    listed = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    subject = f"{kind}.{resource.group}" if resource.group else kind
    details = {
        **details_of(resource, name),
        "kind": kind,
        "causes": [{"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes],
    }
    return Refusal(422, f'{subject} "{name}" is invalid: {listed}', "Invalid", details)


def success(resource: Resource, name: str, uid: str) -> Json:
    """Return the response to a DELETE of an object that is removed."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details_of(resource, name, uid=uid),
    }
