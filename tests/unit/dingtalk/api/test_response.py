# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk's answers, in all documented and reported formats."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.table import (
    CONTRADICTORY,
    IP_BAN_PAGE,
    UNREADABLE,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.response import (
    number,
    parse,
    strings,
    truth,
)


def read(status: int, body: Any) -> Any:
    return parse(status, json.dumps(body))


@pytest.mark.parametrize(
    "body",
    [
        {"errcode": 0, "errmsg": "ok"},
        {"errcode": "0", "success": "true"},
        {"result": {}},
        {"success": True},
        {"success": "true"},
        {},
    ],
)
def test_a_success_has_no_code(body: dict[str, Any]) -> None:
    answer = read(200, body)
    assert answer.code == ""
    assert answer.body == body


@pytest.mark.parametrize("code", [0, "0", "ok", "OK", "Success", "200", 200, None, ""])
def test_a_code_of_no_error_is_a_success(code: Any) -> None:
    assert read(200, {"code": code, "chatid": "chat1"}).code == ""
    assert read(502, {"code": code, "chatid": "chat1"}).code == "HTTP 502"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"code": 500, "message": "no"}, "500"),
        ({"code": ["a"]}, "['a']"),
        ({"code": False}, "False"),
        ({"errcode": "ok"}, ""),
        ({"errcode": None, "errmsg": "?"}, CONTRADICTORY),
        ({"errcode": ""}, CONTRADICTORY),
        ({"errcode": 1.5}, "1.5"),
        ({"errcode": True}, "True"),
    ],
)
def test_a_code_of_another_type_is_an_error(body: Any, code: str) -> None:
    assert read(200, body).code == code


@pytest.mark.parametrize("errcode", [60121, "60121", " 60121 "])
def test_a_legacy_error_may_be_a_number_or_a_string(errcode: Any) -> None:
    answer = read(200, {"errcode": errcode, "errmsg": "not found", "request_id": "r1"})
    assert (answer.code, answer.message, answer.request_id) == ("60121", "not found", "r1")


@pytest.mark.parametrize(
    "extra",
    [
        {"sub_code": "60011", "sub_msg": "no scope"},
        {"subCode": "60011", "subMsg": "no scope"},
        {"errmsg": "ding talk error[subcode=60011,submsg=no scope]"},
    ],
)
def test_a_sub_code_is_read_from_three_places(extra: dict[str, str]) -> None:
    answer = read(200, {"errcode": 88, "errmsg": "ding talk error", **extra})
    assert (answer.code, answer.sub_code, answer.sub_message) == ("88", "60011", "no scope")


@pytest.mark.parametrize(
    "body",
    [
        {"code": "X.Y", "message": "no", "requestid": "r1", "accessdenieddetail": {"requiredScopes": ["a", "b"]}},
        {"code": "X.Y", "message": "no", "requestId": "r1", "accessDeniedDetail": {"requiredScopes": ["a", "b"]}},
        {"Code": "X.Y", "Message": "no", "RequestId": "r1", "AccessDeniedDetail": {"RequiredScopes": ["a", "b"]}},
        {
            "Code": "X.Y",
            "Message": "no",
            "requestid": "r1",
            "Data": json.dumps({"code": "X.Y", "accessdenieddetail": {"requiredScopes": ["a", "b"]}}),
        },
    ],
)
def test_a_new_style_error_is_read_in_every_spelling(body: dict[str, Any]) -> None:
    answer = read(403, body)
    assert (answer.code, answer.message, answer.request_id) == ("X.Y", "no", "r1")
    assert answer.required_scopes == ("a", "b")


#: The end of a message in which a legacy API names one permission.
APPLY = "，点击链接申请并开通即可：https://open-dev.dingtalk.com/appscope/apply?content=ding1%23qyapi_a"


@pytest.mark.parametrize(
    ("body", "scopes"),
    [
        (
            {
                "errcode": 88,
                "errmsg": f"ding talk error[subcode=60011,submsg=应用尚未开通所需的权限：[qyapi_a]{APPLY}, "
                "{requiredScopes=[qyapi_a]}]",
            },
            ("qyapi_a",),
        ),
        (
            {"errcode": 60011, "errmsg": f"应用尚未开通所需的权限：[qyapi_a, Contact.User.Read]{APPLY}"},
            ("qyapi_a", "Contact.User.Read"),
        ),
        (
            {"errcode": 88, "errmsg": "error", "sub_code": "60011", "sub_msg": "{requiredScopes=[qyapi_a,qyapi_b]}"},
            ("qyapi_a", "qyapi_b"),
        ),
        ({"errcode": 60011, "errmsg": "没有调用该接口的权限，接口权限申请参考：https://open.dingtalk.com"}, ()),
    ],
    ids=["one", "two", "sub message", "none"],
)
def test_a_legacy_api_names_permissions_in_its_message(body: dict[str, Any], scopes: tuple[str, ...]) -> None:
    assert read(200, body).required_scopes == scopes


@pytest.mark.parametrize("success", [False, "false"])
def test_a_failure_without_a_code_gets_one(success: Any) -> None:
    assert read(200, {"success": success}).code == "success=false"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"status":1111,"wait":5,"source":"x5","punish":"deny"}', "x5"),
        ("<html>punish: deny</html>", IP_BAN_PAGE),
        ("<html>x5 denied</html>", IP_BAN_PAGE),
    ],
)
def test_an_ip_ban_is_recognised_and_only_dingtalks_own_format_is_proof(text: str, code: str) -> None:
    assert parse(403, text).code == code


@pytest.mark.parametrize("text", ["<html>welcome</html>", "", "[]", '"text"', "{"])
def test_other_text_is_an_unreadable_answer(text: str) -> None:
    assert parse(200, text).code == UNREADABLE


def test_an_answer_without_a_code_has_the_http_status_as_code() -> None:
    assert parse(502, "<html>bad gateway</html>").code == "HTTP 502"
    assert read(401, {}).code == "HTTP 401"


def test_values_may_be_strings() -> None:
    assert [truth(value) for value in (True, "true", "1", False, "false", None)] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    values: list[object] = [3, "3", None, "x", float("inf"), float("nan"), []]
    assert [number(value, 7) for value in values] == [3, 3, 7, 7, 7, 7, 7]
    assert [strings(value) for value in (["a", 1, {}, None], '["a"]', "a", "", None)] == [
        ["a", "1"],
        ["a"],
        ["a"],
        [],
        [],
    ]
