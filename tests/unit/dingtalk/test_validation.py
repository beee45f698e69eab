# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offline validation: errors begin with the place and contain no secret."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk import validation
from tests.support.input_errors import errors_at

TOKEN = "0123456789abcdef"
WEBHOOK = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"


@pytest.mark.parametrize("name", ["a", "警" * 20, "🙂" * 20, "two words"])
def test_names_of_up_to_twenty_code_points_are_valid(name: str) -> None:
    assert errors_at("here", validation.check_name, name) == []


def test_the_error_for_a_long_name_has_its_length() -> None:
    assert errors_at("dingtalk_chats.ops.name", validation.check_name, "x" * 23) == [
        "dingtalk_chats.ops.name: 23 code points, expected 1 to 20; shorten it"
    ]
    assert errors_at("here", validation.check_name, "x" * 23, scene=True) == []


@pytest.mark.parametrize(
    "name", ["KubeSphere\u3000告警", "👨\u200d💻 值班", "⚠️ 生产告警", "می\u200cخواهم", "Équipe\xa0Ops", "it's"]
)
def test_names_in_any_language_are_valid(name: str) -> None:
    assert errors_at("here", validation.check_name, name) == []
    assert errors_at("here", validation.check_keywords, [name]) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("two\nlines", "contains U+000A, a line break or another control character"),
        ("a\ttab", "contains U+0009, "),
        ("an\x1bescape", "contains U+001B, "),
        ("next\x85line", "contains U+0085, "),
        ("two\u2028lines", "contains U+2028, "),
        ("\ufeffmark", "contains U+FEFF, "),
        ("half \ud83d", "contains U+D83D, "),
        (" padded", "begins with U+0020, a space"),
        ("padded\u3000", "ends with U+3000, a space"),
        ("padded\xa0", "ends with U+00A0, a space"),
        ("padded\u200b", "ends with U+200B, an invisible character"),
        ("\u2060padded", "begins with U+2060, an invisible character"),
    ],
)
def test_the_error_for_a_character_has_its_code_point(text: str, words: str) -> None:
    [error] = errors_at("here", validation.check_name, text)
    assert error.startswith(f"here: {words}")
    assert error.isprintable()
    [error] = errors_at("here", validation.check_keywords, ["alert", text])
    assert error.startswith(f"here[1]: {words}")


@pytest.mark.parametrize("name", ["", "  ", None, 7, " padded", "two\nlines"])
def test_blank_padded_and_unprintable_names_are_invalid(name: Any) -> None:
    assert len(errors_at("here", validation.check_name, name)) == 1


@pytest.mark.parametrize("chat_id", ["chat46de4e502ea63e7bf8ede85d52f20310", "a+/=", "x" * 256])
def test_a_chat_id_is_a_short_text_without_spaces(chat_id: str) -> None:
    assert errors_at("here", validation.check_chat_id, chat_id) == []


@pytest.mark.parametrize(
    "chat_id", ["", " ", "a b", "a\n", "\x1b[31m", "群", "\ud800", "x" * 257, 7, True, [], {}, None]
)
def test_anything_else_is_no_chat_id_and_is_shown_escaped(chat_id: Any) -> None:
    [error] = errors_at("here", validation.check_chat_id, chat_id)
    assert error.startswith("here: ")
    assert error.isprintable()
    assert error.isascii()
    assert error.endswith(" is not a chat ID; set the ID (chat...), or remove the option")


def test_an_open_conversation_id_is_no_chat_id() -> None:
    assert errors_at("dingtalk_chats.ops.chat_id", validation.check_chat_id, "cid/+AKjwWUMR3+nnmmWbTnDw==") == [
        "dingtalk_chats.ops.chat_id: cid/+AKjwWUMR3+nnmmWbTnDw== is the openConversationId of a chat, which KubeSphere "
        "cannot send to; set its chat ID (chat...), or remove the option"
    ]


@pytest.mark.parametrize(
    "person", [{"mobile": "13800000000"}, {"mobile": 13800000000}, {"mobile": "+852-51234567"}, {"userid": "user-1"}]
)
def test_a_person_has_a_mobile_number_or_a_user_id(person: dict[str, Any]) -> None:
    assert errors_at("here", validation.check_person, person) == []


@pytest.mark.parametrize(
    ("person", "error"),
    [
        ({}, "here: has neither of mobile and userid, expected exactly one"),
        ({"mobile": "1", "userid": "2"}, "here: has both of mobile and userid, expected exactly one"),
        ("user-1", "here: expected a person, {mobile: ..} or {userid: ..}"),
        ({"userid": True}, "here.userid: expected a string; quote it"),
        (
            {"mobile": "138 0000 0001"},
            "here.mobile: invalid mobile number '138 0000 0001'; use the digits 0 to 9 without spaces, with a country "
            "code such as +86-",
        ),
        *(
            (
                {"userid": userid},
                f"here.userid: {userid!r} is not a user ID, which has no spaces, no commas and no characters beyond "
                "ASCII; copy one from Contacts > Members (通讯录 > 成员管理), or set mobile instead",
            )
            for userid in ("user-1 ", "user-1\n", "user-1\u200b", "\ufeffuser-1", "张三", "user-1,user-2", "１２３")
        ),
    ],
)
def test_other_people_are_invalid(person: Any, error: str) -> None:
    assert errors_at("here", validation.check_person, person) == [error]


def test_an_unknown_key_of_a_person_is_reported() -> None:
    assert errors_at("here", validation.check_person, {"phone": "13800000000"})[0].startswith("here.phone: unknown key")


def test_an_invalid_mobile_number_is_reported() -> None:
    assert errors_at("here", validation.check_person, {"mobile": "none"})[0].startswith(
        "here.mobile: invalid mobile number 'none'"
    )


def test_a_webhook_of_dingtalk_is_valid() -> None:
    assert errors_at("here", validation.check_webhook, WEBHOOK) == []
    assert (
        errors_at(
            "here", validation.check_webhook, WEBHOOK.replace(".com/", ".com:443/"), "https://oapi.dingtalk.com:443"
        )
        == []
    )


@pytest.mark.parametrize(
    "same", [WEBHOOK.replace(".com/", ".com:443/"), WEBHOOK.replace("https://oapi", "HTTPS://OAPI")]
)
def test_a_host_may_be_in_any_spelling(same: str) -> None:
    assert errors_at("here", validation.check_webhook, same) == []


def test_a_webhook_may_have_another_base_url() -> None:
    url = "https://gateway.example/dingtalk/robot/send?access_token=abc"
    assert errors_at("here", validation.check_webhook, url, "https://gateway.example/dingtalk/") == []


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("", "empty"),
        (WEBHOOK + " ", "U+0020"),
        (WEBHOOK + "\n", "U+000A"),
        (WEBHOOK.replace("send", "se\nnd"), "U+000A"),
        (WEBHOOK.replace("send", "send\u3000"), "U+3000"),
        (WEBHOOK + "\u200b", "U+200B"),
        (WEBHOOK.replace("https", "http"), "https"),
        (WEBHOOK.replace("oapi.dingtalk.com", "example.com"), "host"),
        (WEBHOOK.replace("robot/send", "robot"), "path"),
        (WEBHOOK.replace("access_token", "token"), "access_token"),
        (f"https://[{TOKEN}", "URL"),
        (f"https://oapi.dingtalk.com:{TOKEN}/robot/send", "URL"),
        (None, "empty"),
        (f"{WEBHOOK}&timestamp=1700000000004&sign={TOKEN}", "contains timestamp and sign, a signature that expires"),
        (f"{WEBHOOK}&sign={TOKEN}", "contains sign, "),
        (f"{WEBHOOK}&timestamp=", "contains timestamp, "),
        (f"{WEBHOOK}&amp;timestamp=1700000000004&amp;sign={TOKEN}", "contains timestamp and sign, "),
        (WEBHOOK.replace("?", "？"), "contains U+FF1F, the full-width form of ?; remove it, or write ? in its place"),
        (WEBHOOK.replace(TOKEN, f"%20{TOKEN}"), "access_token contains U+0020, which no token has"),
        (WEBHOOK.replace(TOKEN, f"'{TOKEN}'"), "access_token contains U+0027, "),
        (f"{WEBHOOK}%0A", "access_token contains U+000A, "),
        (f"{WEBHOOK};", "access_token contains U+003B, "),
        (f"{WEBHOOK}{WEBHOOK}", "access_token contains U+003A, "),
        (f"[robot]({WEBHOOK})", "not an https URL"),
        (WEBHOOK.replace(TOKEN, "..."), "access_token contains U+002E, "),
        (WEBHOOK.replace(TOKEN, "{token}"), "access_token contains U+007B, "),
        (WEBHOOK.replace(TOKEN, "XXXXXX"), "access_token is that of an example; copy the webhook of the robot"),
        (WEBHOOK.replace(TOKEN, f"SEC{TOKEN}"), "access_token is the secret of a robot; copy its webhook again"),
        (f"{WEBHOOK}&access_token={TOKEN}", "access_token is there more than once"),
    ],
)
def test_other_urls_are_invalid_and_not_in_the_error(url: Any, word: str) -> None:
    errors = errors_at("here", validation.check_webhook, url)
    assert errors
    assert errors[0].startswith("here: ")
    assert word in errors[0]
    assert TOKEN not in "".join(errors)


def test_the_error_for_a_signed_webhook_names_the_option_for_the_secret() -> None:
    [error] = errors_at("dingtalk_robots.ops.webhook", validation.check_webhook, f"{WEBHOOK}&timestamp=1&sign=abc")
    assert error.endswith(
        "set the webhook without it, and dingtalk_robots.ops.secret to the secret of the robot (SEC...)"
    )


@pytest.mark.parametrize("legacy_api_url", ["http://[", "https://host:99999", "oapi.dingtalk.com", "7"])
def test_an_invalid_base_url_is_no_error_of_the_webhook(legacy_api_url: str) -> None:
    assert errors_at("here", validation.check_webhook, WEBHOOK, legacy_api_url) == []


@pytest.mark.parametrize(
    ("host", "legacy_api_url", "api_url"),
    [
        ("oapi.dingtalk.io", "https://oapi.dingtalk.com", "https://api.dingtalk.io"),
        ("oapi.dingtalk.com", "https://oapi.dingtalk.io", "https://api.dingtalk.com"),
    ],
)
def test_the_error_for_a_webhook_of_the_other_site_names_both_urls(
    host: str, legacy_api_url: str, api_url: str
) -> None:
    webhook = WEBHOOK.replace("oapi.dingtalk.com", host)
    [error] = errors_at("here", validation.check_webhook, webhook, legacy_api_url)
    assert error.startswith(f"here: a webhook of another site than {legacy_api_url.removeprefix('https://')}; set ")
    assert f" api_url (dingtalk_api_url) to {api_url} " in error
    assert error.endswith(f" legacy_api_url (dingtalk_legacy_api_url) to https://{host}")
    assert errors_at("here", validation.check_webhook, webhook, f"https://{host}") == []


def test_a_secret_beginning_with_sec_is_valid() -> None:
    assert errors_at("here", validation.check_secret, "SEC0123456789abcdef") == []


@pytest.mark.parametrize("value", ["planted-value", "SEC-few", "SEC with spaces in it", "", None, 5])
def test_other_secrets_are_invalid_and_not_in_the_error(value: Any) -> None:
    errors = errors_at("here", validation.check_secret, value)
    assert len(errors) == 1
    assert str(value or "planted-value") not in errors[0]


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (f"SEC{TOKEN}\n", "contains U+000A, which no secret of a robot has; copy it again"),
        (f" SEC{TOKEN}", "contains U+0020, "),
        (f"SEC{TOKEN}\u200b", "contains U+200B, "),
        (f"SEC{TOKEN}，", "contains U+FF0C, "),
        (f"SEC{TOKEN}...", "contains U+002E, "),
        ("SEC********", "contains U+002A, "),
        ("SECxxxxxxxx", "that of an example; copy it again"),
    ],
)
def test_the_error_for_a_changed_secret_has_its_cause(secret: str, words: str) -> None:
    [error] = errors_at("here", validation.check_secret, secret)
    assert error.startswith(f"here: {words}")
    assert TOKEN not in error


def test_keywords_are_checked() -> None:
    assert errors_at("here", validation.check_keywords, ["alert", "告警"]) == []
    assert errors_at("here", validation.check_keywords, []) == []
    assert errors_at("here", validation.check_keywords, [str(number) for number in range(11)]) == [
        "here: 11 keywords, the maximum is 10; remove some"
    ]
    assert errors_at("here", validation.check_keywords, ["alert", "alert", ""]) == [
        "here[2]: empty or not a string; remove or quote it",
        "here: 'alert' is listed 2 times; list it once",
    ]
    assert errors_at("here", validation.check_keywords, "alert") == ["here: expected a list"]


def test_chat_ids_are_checked() -> None:
    assert errors_at("here", validation.check_chat_ids, ["chat1", "chat2"]) == []
    assert "21 chat IDs" in errors_at("here", validation.check_chat_ids, [f"chat{number}" for number in range(21)])[0]
