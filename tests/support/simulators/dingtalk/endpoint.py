# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of an endpoint: path, permission, parameters and handler."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import jsonschema

from tests.support.simulators.dingtalk.clock import Clock
from tests.support.simulators.dingtalk.endpoints.token_store import TokenStore
from tests.support.simulators.dingtalk.limits import Limits
from tests.support.simulators.dingtalk.organisation import App, Json, Organisation
from tests.support.simulators.dingtalk.refusals import Refusal, Style
from tests.support.simulators.dingtalk.unclear import Unclear

STRING: Json = {"type": "string", "minLength": 1}
STRINGS: Json = {"type": "array", "items": STRING}
INTEGER: Json = {"type": "integer"}
OBJECT: Json = {"type": "object"}
FLAG: Json = {"enum": [0, 1]}


def fields(required: str = "", /, **properties: Json) -> Json:
    """Return the schema of an object with `required` names and no other properties than `properties`."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


class Wire(NamedTuple):
    """A received request: decoded query, lower-case headers, raw body."""

    method: str
    path: str
    match: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> Json:
        """Return the fields of a form-encoded body."""
        return dict(urllib.parse.parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))


@dataclass
class Context:
    """The context of an endpoint's handler; `app` is the caller, `values` the validated parameters."""

    organisation: Organisation
    tokens: TokenStore
    clock: Clock
    limits: Limits
    unclear: Unclear
    ip: str
    wire: Wire
    values: Json = field(default_factory=dict)
    caller: App | None = None

    @property
    def app(self) -> App:
        """The app whose token was used."""
        if self.caller is None:
            raise LookupError("the endpoint does not use app tokens")
        return self.caller


@dataclass(frozen=True)
class Endpoint:
    """One API.

    `codes` are the error codes of invalid parameters by `name:keyword` (a keyword of JSON schema, or `missing`) or by
    `name`; the default is `invalid`. The names `Content-Type` and `body` refer to the request's header and body.
    """

    style: Style
    method: str
    path: str
    work: Callable[[Context], Json]
    schema: Json
    invalid: int | str
    scope: str = ""
    auth: Literal["app", "robot", "none"] = "app"
    quota: Literal["api", "webhook", ""] = "api"
    body: Literal["json", "form or json", "none"] = "json"
    query: tuple[str, ...] = ()
    """Names allowed in the URL's query, besides a legacy access_token."""
    codes: Mapping[str, int | str] = field(default_factory=dict)
    status: int = 400
    """HTTP status of a refused parameter."""

    @cached_property
    def _validator(self) -> Any:
        return jsonschema.Draft202012Validator(self.schema)

    def refuse(self, name: str, keyword: str) -> Refusal:
        """Return the refusal of a parameter, with its name but without its value."""
        code = self.codes.get(f"{name}:{keyword}", self.codes.get(name, self.invalid))
        return Refusal(code, f"parameter {name}: {keyword}", self.status)

    def read(self, wire: Wire) -> Json:
        """Return the validated parameters of path, query and body. Raises Refusal."""
        allowed = {*self.query, *({"access_token"} if self.style == "legacy" else ())}
        if unknown := next((name for name in wire.query if name not in allowed), None):
            raise self.refuse(unknown, "additionalProperties")
        values: Json = {name: wire.query[name] for name in self.query if name in wire.query} | dict(wire.match)
        if self.body != "none":
            values = self._decode(wire) | values
        self._check(values)
        return values

    def _decode(self, wire: Wire) -> Json:
        kind = wire.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/x-www-form-urlencoded" and self.body == "form or json":
            return wire.form()
        if kind != "application/json":
            raise self.refuse("Content-Type", "is not application/json")
        try:
            values = json.loads(wire.body)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise self.refuse("body", "is not a JSON object")
        return values

    def _check(self, values: Json) -> None:
        for name in self.schema["required"]:
            if name not in values:
                raise self.refuse(name, "missing")
        for error in self._validator.iter_errors(values):
            if error.validator == "additionalProperties" and not error.absolute_path:
                name = next(key for key in values if key not in self.schema["properties"])
            else:
                name = str(error.absolute_path[0])
            raise self.refuse(name, str(error.validator))
