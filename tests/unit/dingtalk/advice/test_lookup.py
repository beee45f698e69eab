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
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.table import (
    CONTRADICTORY,
    FAILED_WITHOUT_CODE,
    IP_BAN_PAGE,
    ROWS,
    SEVERAL_ACCOUNTS,
    UNREADABLE,
    Repeat,
    Row,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import CATALOGUE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import Stage
from tests.support.dingtalk_codes import (
    ABOUT_THE_CHAT,
    AFTER_THE_WORK,
    BEFORE_THE_WORK,
    KNOWN,
    STALE_TOKEN,
    THROTTLED,
    UNDOCUMENTED,
)

OWN_CODES = (
    UNREADABLE,
    FAILED_WITHOUT_CODE,
    CONTRADICTORY,
    IP_BAN_PAGE,
    SEVERAL_ACCOUNTS,
    "HTTP 401",
    "HTTP 404",
    "HTTP 429",
    "HTTP 502",
)


@pytest.mark.parametrize("code", KNOWN)
def test_every_known_code_has_advice(code: str) -> None:
    assert find_row(code) is not None


@pytest.mark.parametrize("code", UNDOCUMENTED)
def test_each_code_without_documentation_names_where_it_was_seen(code: str) -> None:
    row = find_row(code)
    assert row
    assert row.seen


def test_every_row_of_the_table_is_about_a_known_code() -> None:
    rows = [find_row(code, message) for code in (*KNOWN, *OWN_CODES) for message in ("", "keyword", "sign", "ip")]
    assert [row.codes for row in ROWS if row not in rows and not row.message.startswith("timestamp")] == []


@pytest.mark.parametrize(
    ("codes", "unknown", "unknown_after_a_creation", "repeat"),
    [
        (BEFORE_THE_WORK, False, False, {Repeat.NEVER}),
        (UNDOCUMENTED, False, False, {Repeat.NEVER}),
        (STALE_TOKEN, False, False, {Repeat.WITH_NEW_TOKEN}),
        (THROTTLED, False, False, {Repeat.LATER}),
        (ABOUT_THE_CHAT, False, True, {Repeat.NEVER, Repeat.LATER}),
        (AFTER_THE_WORK, True, True, {Repeat.NEVER, Repeat.LATER}),
        (OWN_CODES, True, True, set(Repeat)),
        (("unheard-of", "", "99999"), True, True, {Repeat.NEVER}),
    ],
    ids=["before", "undocumented", "token", "throttled", "chat", "after", "own", "unknown"],
)
def test_only_codes_that_come_before_the_work_are_refusals(
    codes: tuple[str, ...], unknown: bool, unknown_after_a_creation: bool, repeat: set[Repeat]
) -> None:
    for code in codes:
        assert advise(code).outcome_unknown is unknown, code
        assert advise(code, creates_chat=True).outcome_unknown is unknown_after_a_creation, code
        assert advise(code).repeat in repeat, code


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.codes[0])
def test_advice_refers_to_known_pages_only(row: Row) -> None:
    fields = {name for _text, name, _format, _conversion in string.Formatter().parse(row.text) if name}
    assert fields <= {*PAGES, "scopes", "caller", "app_mismatch"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.codes[0])
def test_each_row_cites_a_finding_whose_cure_has_its_page(row: Row) -> None:
    finding = CATALOGUE[row.finding]
    assert finding.stage is Stage.DINGTALK
    assert not finding.retired
    pages = [PAGES[name] for _text, name, _format, _conversion in string.Formatter().parse(row.text) if name in PAGES]
    assert not pages or any(page.en in finding.cure.en and page.zh in finding.cure.zh for page in pages)
    assert advise(row.codes[0], row.message).finding in CATALOGUE


def test_the_cures_name_pages_in_both_languages() -> None:
    for finding in CATALOGUE.values():
        for page in PAGES.values():
            if page.en in finding.cure.en and finding.stage is Stage.DINGTALK:
                assert f"{page.en} ({page.zh})" in finding.cure.en
                assert page.zh in finding.cure.zh


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
        ("keywords not in content, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]", "keywords"),
        ("invalid timestamp, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]", "NTP"),
        ("sign not match, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]", "SEC..."),
        (
            "description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词;",
            "keywords",
        ),
        (
            "错误描述:关键词不匹配;解决方案:请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词;",
            "keywords",
        ),
        (
            "description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳必须都放在调用的网址中，请确认机器人的密钥加密和填写正确;",
            "SEC...",
        ),
        ("description:机器人发送签名过期;solution:签名生成时间和发送时间请保持在 timestampms 以内;", "NTP"),
        ("description:ip 不在白名单中;solution:请联系对应群的管理员，设置机器人安全ip地址段", "IP list"),
        ("错误描述:IP不在白名单中;解决方案:请联系对应群的管理员", "IP list"),
    ],
)
def test_the_meanings_of_310000_are_distinguished_by_message(message: str, word: str) -> None:
    assert word in advise("310000", message).text


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("130101", "send too fast, exceed 20 times per minute", "silenced for 10 minutes"),
        ("450101", "send too fast", "silenced for 10 minutes"),
        ("300001", "token is not exist", "Group settings > Group management > Robots (群设置 > 群管理 > 机器人)"),
        ("300005", "token is not exist", "external contacts"),
        ("460101", "description: body 大小不合法;solution:请保持大小在 20000bytes 以内;", "20,000 bytes"),
        ("101002", "message is too long", "20,000 bytes"),
        ("90030", "webhook over limit", "Resource management (资源管理)"),
        ("60121", "not found", "A dedicated account (专属账号, 企业账号)"),
        ("60121", "not found", "use {userid: ..}"),
    ],
)
def test_codes_that_only_people_report_have_advice_of_their_own(code: str, message: str, words: str) -> None:
    assert words in advise(code, message).text


def test_all_missing_permissions_are_named() -> None:
    assert "lacks the permissions a.B, c_d. Search" in advise("60011", scopes=["a.B", "c_d"]).text


def test_the_sub_code_of_88_takes_precedence() -> None:
    assert "lacks the permission" in advise("88", sub_code="60011").text
    assert advise("88", sub_code="40014").repeat is Repeat.WITH_NEW_TOKEN
    assert "rejected the authentication" in advise("88", sub_code="unheard-of").text


def test_an_undocumented_sub_code_leaves_the_outcome_unknown() -> None:
    assert not advise("88").outcome_unknown
    assert not advise("88", sub_code="60011").outcome_unknown
    assert advise("88", sub_code="unheard-of").outcome_unknown
