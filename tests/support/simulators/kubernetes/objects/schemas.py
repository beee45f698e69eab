# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pruning, defaults and validation by the structural schema of a custom resource, as in kube-apiserver."""

from __future__ import annotations

import copy
import json
from collections import deque
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from jsonschema import Draft4Validator, ValidationError, validators

from tests.support.simulators.kubernetes.statuses import Cause

Json = dict[str, Any]

_NEVER_PRUNED = ("apiVersion", "kind", "metadata")


class Schema:
    """One version's ``openAPIV3Schema``."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema

    def pruned(self, value: Json) -> tuple[Json, list[str]]:
        """Return the object without unknown fields and with defaults, and the paths of the dropped fields."""
        dropped: list[str] = []
        return _prune_object(value, self._schema, "", dropped, keep=_NEVER_PRUNED), dropped

    def causes(self, value: Json) -> list[Cause]:
        """Return the errors of an object, sorted by field."""
        return sorted((_cause(error) for error in self._validator.iter_errors(value)), key=lambda cause: cause.field)

    @cached_property
    def _validator(self) -> Any:
        return _KUBERNETES_DIALECT(self._schema)


def _prune(value: Any, schema: Json, path: str, dropped: list[str]) -> Any:
    if isinstance(value, dict):
        keep = _NEVER_PRUNED if schema.get("x-kubernetes-embedded-resource") else ()
        return _prune_object(value, schema, path, dropped, keep)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [_prune(item, schema["items"], f"{path}[{index}]", dropped) for index, item in enumerate(value)]
    return value


def _prune_object(value: Json, schema: Json, path: str, dropped: list[str], keep: tuple[str, ...] = ()) -> Json:
    """Prune an object; a null value is dropped unless the schema is ``nullable``."""
    properties, others = schema.get("properties") or {}, schema.get("additionalProperties")
    preserve = schema.get("x-kubernetes-preserve-unknown-fields")
    result = {}
    for key, item in value.items():
        inner = f"{path}.{key}" if path else key
        known = properties.get(key, others) if key not in keep else None
        if isinstance(known, dict):
            if item is not None or known.get("nullable"):
                result[key] = _prune(item, known, inner, dropped)
        elif key in keep or preserve or others is True:
            result[key] = item
        else:
            dropped.append(inner)
    return _with_defaults(result, properties)


def _with_defaults(value: Json, properties: Json) -> Json:
    for key, schema in properties.items():
        if "default" in schema and key not in value:
            value[key] = copy.deepcopy(schema["default"])
    return value


def _check_type(validator: Any, wanted: str, instance: Any, schema: Json) -> Iterator[ValidationError]:
    if not (instance is None and schema.get("nullable")) and not validator.is_type(instance, wanted):
        yield ValidationError(wanted)


def _check_required(validator: Any, required: list[str], instance: Any, schema: Json) -> Iterator[ValidationError]:
    """Yield errors with the path of the missing field, as in Kubernetes' field errors."""
    if validator.is_type(instance, "object"):
        yield from (ValidationError(name, path=deque([name])) for name in required if name not in instance)


def _check_int_or_string(validator: Any, on: bool, instance: Any, schema: Json) -> Iterator[ValidationError]:
    if on and (isinstance(instance, bool) or not isinstance(instance, (int, str))):
        yield ValidationError("integer,string")


_extend: Callable[..., Any] = validators.extend  # typed as untyped
_KUBERNETES_DIALECT = _extend(
    Draft4Validator,
    {
        "type": _check_type,
        "required": _check_required,
        "x-kubernetes-int-or-string": _check_int_or_string,
    },
)

_TYPE_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def _field(error: ValidationError) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return text.removeprefix(".")


def _wrong_type(field: str, error: ValidationError) -> Cause:
    found = json.dumps(_TYPE_NAMES.get(type(error.instance), "null"))
    why = f"{field} in body must be of type {error.message}: {found}"
    return Cause(field, f"Invalid value: {found}: {why}", "FieldValueTypeInvalid")


def _missing(field: str, error: ValidationError) -> Cause:
    return Cause(field, "Required value", "FieldValueRequired")


def _not_supported(field: str, error: ValidationError) -> Cause:
    rule: Any = error.validator_value
    choices = ", ".join(json.dumps(choice) for choice in rule)
    message = f"Unsupported value: {json.dumps(error.instance)}: supported values: {choices}"
    return Cause(field, message, "FieldValueNotSupported")


def _too_long(field: str, error: ValidationError) -> Cause:
    return Cause(field, f"Too long: may not be more than {error.validator_value} bytes", "FieldValueTooLong")


def _too_many(field: str, error: ValidationError) -> Cause:
    found: Any = error.instance
    message = f"Too many: {len(found)}: must have at most {error.validator_value} items"
    return Cause(field, message, "FieldValueTooMany")


def _breaks(rule: str, shown: Callable[[Any], str] = json.dumps) -> Callable[[str, ValidationError], Cause]:
    """Return a cause for rules with messages of the form ``FIELD in body should …``."""

    def cause(field: str, error: ValidationError) -> Cause:
        why = f"{field} in body should {rule.format(error.validator_value)}"
        return Cause(field, f"Invalid value: {shown(error.instance)}: {why}", "FieldValueInvalid")

    return cause


_CAUSES: dict[str, Callable[[str, ValidationError], Cause]] = {
    "type": _wrong_type,
    "x-kubernetes-int-or-string": _wrong_type,
    "required": _missing,
    "enum": _not_supported,
    "maxLength": _too_long,
    "maxItems": _too_many,
    "minItems": _breaks("have at least {} items", lambda value: str(len(value))),
    "minLength": _breaks("be at least {} chars long"),
    "minimum": _breaks("be greater than or equal to {}"),
    "maximum": _breaks("be less than or equal to {}"),
    "pattern": _breaks("match '{}'"),
}
_OTHER_RULE = _breaks("match the schema")


def _cause(error: ValidationError) -> Cause:
    return _CAUSES.get(str(error.validator), _OTHER_RULE)(_field(error), error)
