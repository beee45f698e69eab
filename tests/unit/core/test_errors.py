# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors have one place; those of an input are collected in their order, each once."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import (
    Errors,
    InputError,
    OperationError,
    placed,
)


def test_an_error_has_its_place() -> None:
    errors = Errors()
    for member, _person in errors.at("dingtalk_chats", 5, "members").each(["an item"]):
        member.at("mobile").add("invalid; correct it")
    errors.add("the inventory has no hosts")
    assert list(errors) == [
        "dingtalk_chats.5.members[0].mobile: invalid; correct it",
        "the inventory has no hosts",
    ]


def test_errors_of_a_place_are_those_below_it() -> None:
    errors = Errors()
    chats, robots = errors.at("chats"), errors.at("robots")
    for name, value in chats.at("keywords").each(["good", " bad"]):
        if value.startswith(" "):
            name.add("begins with a space")
    assert list(chats) == ["chats.keywords[1]: begins with a space"]
    assert (len(errors), bool(robots), robots.place) == (1, False, "robots")


def test_equal_errors_are_one() -> None:
    errors = Errors()
    for _host in ("shanghai", "beijing"):
        errors.at("dingtalk_chats").add("missing")
    assert list(errors) == ["dingtalk_chats: missing"]


def test_an_input_within_another_has_places_of_its_own() -> None:
    document, errors = Errors(), Errors()
    document.at("route", "routes").add("expected a list")
    errors.at("alertmanager.yaml").extend(document)
    assert list(errors) == ["alertmanager.yaml: route.routes: expected a list"]


def test_what_is_raised_is_collected() -> None:
    errors = Errors()
    with errors.collecting():
        raise OperationError("kubesphere_host: cannot be decrypted", finding="KD110")
    with errors.collecting():
        raise InputError(["a: first", "b: second"])
    assert list(errors) == ["kubesphere_host: cannot be decrypted", "a: first", "b: second"]


def test_input_with_errors_is_refused_as_a_whole() -> None:
    errors = Errors()
    errors.raise_if_any()
    errors.at("name").add("empty")
    errors.at("owner").add("missing")
    with pytest.raises(InputError) as raised:
        errors.raise_if_any()
    assert raised.value.errors == ["name: empty", "owner: missing"]
    assert raised.value.message == "2 errors in the input, nothing was changed:\n- name: empty\n- owner: missing"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OperationError("it is full"), "dingtalk_chats.ops: it is full"),
        (OperationError("it is full", place="dingtalk_chats.dba"), "dingtalk_chats.dba: it is full"),
        (OperationError("dingtalk_chats.ops.chat_id is chat1", place=""), "dingtalk_chats.ops.chat_id is chat1"),
    ],
)
def test_an_error_has_one_place(error: OperationError, message: str) -> None:
    with pytest.raises(OperationError) as caught, placed("everything"), placed("dingtalk_chats.ops"):
        raise error
    assert caught.value.message == str(caught.value) == caught.value.as_result()["msg"] == message
