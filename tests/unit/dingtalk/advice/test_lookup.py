# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The advice for each error code, with page names in both languages."""

from __future__ import annotations

import string

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.console_pages import PAGES
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.lookup import (
    advise,
    caller_address,
    find_row,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.table import ROWS, Repeat, Row

CREDENTIAL_CODES = """
    40089 invalidClientIdOrSecret invalid.client unauthorized.client 40014 40001 42001 InvalidAuthentication
    invalidAccessToken invalidToken 41001 60011 Forbidden.AccessDenied.AccessTokenPermissionDenied
    apiPermissionDenied permissions.error 88 43007 60020 Forbidden.AccessDenied.IpNotInWhiteList 50002 50004
    permession.checkFailed 50003 50005 70001 33001 40013 52010 48002 grayControlDenied orgAuthLevelNotEnough
    no.priviledge
"""
LIMIT_CODES = """
    -1 400001 500 system.error systemError systemInnerError internalError server.error 429 system.busy systemBusy
    90018 Forbidden.AccessDenied.QpsLimitForAppkeyAndApi Forbidden.AccessDenied.QpmLimitForAppkeyAndApi 90002
    Forbidden.AccessDenied.QpsLimitForApi 90001 90003 90004 90005 90006 45009 90007 90010 90014 90017 90020
    Forbidden.AccessDenied.ApiCountLimitForOrg x5 1002 49007
"""
CHAT_CODES = """
    60121 40104 46004 60111 staff.not.found 33012 40003 40031 49016 660041 member.notFound 60103 400002 40035 40036
    40038 71010 43009 43004 43005 44002 47001 parameter.invalid paramIllegal paramBlank 34001 40016 49000
    invalideChatId 34013 chat.notExist not.found 660015 cidEncryptError 660023 openConversationId.decryptFailed
    invalid.openConversationId illegal.openconevrsation.id 49003 60124 49004 49023 49005 49011 49012 40032 665033
    member.exceed 49006 49013 49010 49018 49008 49014 49015 49009 49020 49021 49022 group.notReady group.creating
    400020 660036 groupPermissionDenied groupTemplatePermissionDenied auth.failed unavailable group.org.checkFailed
    conversation.org.notMatch 665036 groupTemplate.notFound 660047 groupTemplate.permessionDenied.orgNotInGrayList
    660045 groupTemplate.permessionDenied.appNotInstalled 660046 groupTemplate.permessionDenied.orgNotConsistent
    group.disbanded group.diaband groupDisbang 400013
"""
ROBOT_CODES = """
    400101 token.notExisted 400102 bot.stopped robotDisabled 400106 robotNotFound
    invalidParameter.robotCode.notExsit 660014 660016 invalidParameter.robotCode.auth 400105 40008 410100
    send.byToken.tooFast send.too.fast 430101 430102 430103 430104 contain.unsafe.url 40048 41049 310000
    unauthorized reject 34004 34014 34015 34016 660012
"""


@pytest.mark.parametrize("code", (CREDENTIAL_CODES + LIMIT_CODES + CHAT_CODES + ROBOT_CODES).split())
def test_every_documented_code_has_advice(code: str) -> None:
    assert find_row(code) is not None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.codes[0])
def test_advice_refers_to_known_pages_only(row: Row) -> None:
    fields = {name for _text, name, _format, _conversion in string.Formatter().parse(row.text) if name}
    assert fields <= {*PAGES, "scopes", "caller", "app_mismatch"}


def test_pages_have_english_and_chinese_names() -> None:
    text = advise("60011", scopes=["qyapi_chat_manage"]).text
    assert "qyapi_chat_manage" in text
    assert "Development config > Permission management (开发配置 > 权限管理)" in text
    assert "https://open-dev.dingtalk.com" in text


def test_advice_contains_the_refused_ip() -> None:
    text = advise("60020", "not in whitelist, request ip=203.0.113.7 appKey(ding-app-key)", app_key="ding-app-key").text
    assert "Add the IP 203.0.113.7 to the server egress IPs" in text
    assert "app key" not in text


def test_an_ip_refused_for_another_app_refers_to_the_credentials() -> None:
    text = advise("60020", "request ip=203.0.113.7 appKey(other)", app_key="ding-app-key").text
    assert "DingTalk reports the app key other, but ding-app-key was used" in text


@pytest.mark.parametrize(
    ("message", "address"),
    [
        ("ip 203.0.113.7 not in whitelist", "203.0.113.7"),
        ("ip 2001:db8::17 not in whitelist", "2001:db8::17"),
        ("version 1.2.3", ""),
        ("no address: at all", ""),
    ],
)
def test_addresses_are_found_in_messages(message: str, address: str) -> None:
    assert caller_address(message) == address


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("description:keywords not in content;", "keywords"),
        ("description:invalid timestamp;", "NTP"),
        ("description:sign not match;", "SEC..."),
        ("description:ip 203.0.113.7 not in whitelist;", "203.0.113.7"),
        ("description:something new;", "security settings"),
    ],
)
def test_the_meanings_of_310000_are_distinguished_by_message(message: str, word: str) -> None:
    assert word in advise("310000", message).text


def test_the_sub_code_of_88_takes_precedence() -> None:
    assert "lacks the permission" in advise("88", sub_code="60011").text
    assert advise("88", sub_code="40014").repeat is Repeat.WITH_NEW_TOKEN
    assert "rejected the authentication" in advise("88", sub_code="unheard-of").text


def test_an_unknown_code_is_a_refusal_unless_the_outcome_is_unknown() -> None:
    assert advise("unheard-of").repeat is Repeat.NEVER
    assert advise("unheard-of", unknown_outcome=True).repeat is Repeat.IF_REPEATABLE


@pytest.mark.parametrize("code", ["-1", "system.error", "HTTP 502", "unknown.send.result"])
def test_server_errors_have_an_unknown_outcome(code: str) -> None:
    assert advise(code).repeat is Repeat.IF_REPEATABLE


@pytest.mark.parametrize("code", ["90018", "429", "Forbidden.AccessDenied.QpsLimitForApi"])
def test_calls_throttled_by_the_gateway_may_always_be_repeated(code: str) -> None:
    assert advise(code).repeat is Repeat.ALWAYS
