# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON and YAML out of bounds is refused at once, with a cause that contains no part of it."""

from __future__ import annotations

import time

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core import yaml_text
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded import json_text
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.limits import MAX_SIZE

DEEP = 100_000
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
MERGES = "a0: &a0 {k: v}\n" + "".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 12))
#: JSON text -> the cause.
JSON = {
    "[" * DEEP: "nested",
    "[" * DEEP + "]" * DEEP: "nested",
    '{"a":' * 200 + "1" + "}" * 200: "nested",
    "NaN": "not finite",
    "[-Infinity]": "not finite",
    "[1e999]": "not finite",
    "9" * 100_000: "not valid JSON",
    "1" + "0" * 300: "300 digits",
    '{"a": 1, "a": 2}': "duplicate key",
    r'["\ud800"]': "surrogate",
    r'{"\udfff": 1}': "surrogate",
    "[" + "1," * 400_000 + "1]": "more than",
    '"' + "x" * MAX_SIZE + '"': "larger than",
    "secret: [": "line 1, column 1",
    "": "not valid JSON",
}
#: YAML text -> the cause.
YAML = {
    "[" * DEEP: "nested",
    "- " * DEEP + "x": "nested",
    "? " * DEEP + "x": "nested",
    "\n".join(" " * depth + "a:" for depth in range(200)): "nested",
    BOMB: "aliases expanded",
    MERGES: "aliases expanded",
    "a: &a [*a]": "an alias of a value that contains it",
    ".nan": "not finite",
    "[-.inf]": "not finite",
    "0x" + "f" * 100_000: "300 digits",
    "0x" + "f" * 300: "300 digits",
    "1:" * 20_000 + "1": "300 digits",
    "9" * 100_000: "form of its type",
    "a: 1\nb: 2\na: 3": "line 3, column 1: a duplicate key",
    '{"a": {"b": 1, "b": 2}}': "a duplicate key",
    "!!bool secret": "form of its type",
    "!!timestamp secret": "form of its type",
    "!!float secret": "form of its type",
    "!!set {secret}": "type set",
    "!!binary c2VjcmV0": "type bytes",
    "!!python/object:os.system secret": "could not determine a constructor",
    "{[secret]: b}": "unhashable",
    r'"\ud800"': "not valid YAML",
    "x" * (MAX_SIZE + 1): "larger than",
    "a\n---\nb": "single document",
}


@pytest.mark.parametrize(("text", "cause"), JSON.items(), ids=[str(index) for index in range(len(JSON))])
def test_json_out_of_bounds_is_refused(text: str, cause: str) -> None:
    for form in (text, text.encode("utf-8")):
        with pytest.raises(json_text.NotJson, match=cause) as error:
            json_text.load(form)
        assert "secret" not in error.value.message


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    for load, error in ((json_text.load, json_text.NotJson), (yaml_text.load, yaml_text.NotYaml)):
        with pytest.raises(error, match="not UTF-8"):
            load(b'"\xff\xfe"')


def test_half_a_character_is_preserved_on_request() -> None:
    assert json_text.load(r'{"chatId": "chat\ud800"}', is_text_checked=False) == {"chatId": "chat\ud800"}


@pytest.mark.parametrize(("text", "cause"), YAML.items(), ids=[str(index) for index in range(len(YAML))])
def test_yaml_out_of_bounds_is_refused_at_once(text: str, cause: str) -> None:
    started = time.perf_counter()
    with pytest.raises(yaml_text.NotYaml, match=cause) as error:
        yaml_text.load(text)
    assert "secret" not in error.value.message
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("text", ["[" * DEEP, BOMB, '{"a": 1e999, "a": 1}', '{"a": .inf}'])
def test_the_last_applied_state_has_the_same_bounds(text: str) -> None:
    with pytest.raises(yaml_text.NotYaml):
        yaml_text.load_flow(text)


def test_dates_are_text_as_for_the_programs_that_read_the_documents() -> None:
    assert yaml_text.load("since: 2024-01-31") == {"since": "2024-01-31"}
    assert yaml_text.load("since: 2024-99-99") == {"since": "2024-99-99"}
    assert yaml_text.load(yaml_text.dump({"since": "2024-01-31"})) == {"since": "2024-01-31"}


def test_aliases_and_merge_keys_within_bounds_are_expanded() -> None:
    text = "a: &a {x: 1}\nb: {<<: *a, y: [*a, *a]}\n"
    assert yaml_text.load(text) == {"a": {"x": 1}, "b": {"x": 1, "y": [{"x": 1}, {"x": 1}]}}
