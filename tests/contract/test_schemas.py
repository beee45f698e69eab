# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of a custom resource: pruning of unknown fields, defaults, validation."""

from __future__ import annotations

import pytest

from tests.contract.expectations import causes, refused
from tests.contract.widgets import Json, widget
from tests.support.testbed import Cluster


def test_unknown_fields_are_pruned_with_a_warning(defined: Cluster, widgets: str) -> None:
    spec = {"extra": {"x": 1}, "inner": {"flag": True, "x": 1}, "open": {"x": 1}, "texts": {"any": "thing"}}
    answer = defined.client.send("POST", widgets, widget(spec, bla=2))
    found = answer.json()
    assert found["spec"]["inner"] == {"flag": True}
    assert found["spec"]["open"] == {"x": 1}
    assert found["spec"]["texts"] == {"any": "thing"}
    assert "extra" not in found["spec"]
    assert "bla" not in found
    for field in ("bla", "spec.extra", "spec.inner.x"):
        assert f'299 - "unknown field \\"{field}\\""' in answer.headers["Warning"]


def test_unknown_fields_can_be_rejected(defined: Cluster, widgets: str) -> None:
    spec = {"extra": 1, "inner": {"x": 1}}
    status = refused(defined.post, widgets, widget(spec), fieldValidation="Strict")
    assert (status["code"], status["reason"]) == (400, "BadRequest")
    assert status["message"] == (
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: '
        'unknown field "spec.extra", unknown field "spec.inner.x"'
    )


def test_defaults_are_applied(defined: Cluster, widgets: str) -> None:
    assert defined.post(widgets, widget())["spec"] == {"size": 1, "tags": ["a"], "color": "red"}


def test_null_is_preserved_for_nullable_fields_only(defined: Cluster, widgets: str) -> None:
    nulls = {"maybe": None, "inner": None, "color": None, "texts": {"a": None}, "open": {"x": None}}
    found = defined.post(widgets, widget(nulls))["spec"]
    assert found == {"size": 1, "tags": ["a"], "color": "red", "maybe": None, "texts": {}, "open": {"x": None}}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"size": None}, {("spec.size", "FieldValueRequired", "Required value")}),
        (
            {"size": "x"},
            {
                (
                    "spec.size",
                    "FieldValueTypeInvalid",
                    'Invalid value: "string": spec.size in body must be of type integer: "string"',
                )
            },
        ),
        (
            {"size": 0, "tags": []},
            {
                (
                    "spec.size",
                    "FieldValueInvalid",
                    "Invalid value: 0: spec.size in body should be greater than or equal to 1",
                ),
                ("spec.tags", "FieldValueInvalid", "Invalid value: 0: spec.tags in body should have at least 1 items"),
            },
        ),
        (
            {"size": 10, "tags": ["a", "b", "c", "d"]},
            {
                (
                    "spec.size",
                    "FieldValueInvalid",
                    "Invalid value: 10: spec.size in body should be less than or equal to 9",
                ),
                ("spec.tags", "FieldValueTooMany", "Too many: 4: must have at most 3 items"),
            },
        ),
        (
            {"color": "x", "tags": ["A1"]},
            {
                (
                    "spec.color",
                    "FieldValueNotSupported",
                    'Unsupported value: "x": supported values: "red", "blue"',
                ),
                (
                    "spec.tags[0]",
                    "FieldValueInvalid",
                    "Invalid value: \"A1\": spec.tags[0] in body should match '^[a-z]+$'",
                ),
            },
        ),
        (
            {"name": "a"},
            {
                (
                    "spec.name",
                    "FieldValueInvalid",
                    'Invalid value: "a": spec.name in body should be at least 2 chars long',
                )
            },
        ),
        ({"name": "abcde"}, {("spec.name", "FieldValueTooLong", "Too long: may not be more than 4 bytes")}),
        (
            {"port": True},
            {
                (
                    "spec.port",
                    "FieldValueTypeInvalid",
                    'Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
                )
            },
        ),
        (
            {"inner": "text"},
            {
                (
                    "spec.inner",
                    "FieldValueTypeInvalid",
                    'Invalid value: "string": spec.inner in body must be of type object: "string"',
                )
            },
        ),
        (
            {"texts": {"a": 1}},
            {
                (
                    "spec.texts.a",
                    "FieldValueTypeInvalid",
                    'Invalid value: "integer": spec.texts.a in body must be of type string: "integer"',
                )
            },
        ),
    ],
)
def test_invalid_values_are_reported(
    defined: Cluster, widgets: str, spec: Json, expected: set[tuple[str, str, str]]
) -> None:
    status = refused(defined.post, widgets, widget(spec))
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"].startswith('Widget.example.org "one" is invalid: ')
    assert causes(status) == expected
    assert {key: status["details"][key] for key in ("name", "group", "kind")} == {
        "name": "one",
        "group": "example.org",
        "kind": "Widget",
    }


def test_all_missing_fields_are_reported(defined: Cluster, widgets: str) -> None:
    status = refused(defined.post, widgets, {**widget(), "spec": {}})
    assert status["message"] == (
        'Widget.example.org "one" is invalid: [spec.size: Required value, spec.tags: Required value]'
    )


def test_patch_is_validated_too(defined: Cluster, widgets: str) -> None:
    defined.post(widgets, widget())
    assert refused(defined.patch, f"{widgets}/one", {"spec": {"size": "3"}})["code"] == 422
