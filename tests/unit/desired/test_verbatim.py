# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IDs, names and keys without quotes, of which YAML has changed the text: refused with their place, for each option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.validation import check_values
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.verbatim import check_timestamps, check_verbatim
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import notification
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.chats import chat_spec, read_app, robot_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import (
    chat,
    chat_info,
    cluster_config,
    cluster_info,
    message,
    robot,
    user_info,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import DINGTALK, ROLES
from tests.support.closing_lines import closing_lines
from tests.support.input_errors import errors_at, errors_of

Json = dict[str, Any]
CHAT = "ops: {name: Ops, owner: {userid: u}, template_id: t"

#: The text of a variable with ? in place of the value -> the place in the error.
APP = {
    "dingtalk_chats: {ops: {name: Ops, owner: {userid: ?}}}": "dingtalk_chats.ops.owner.userid",
    "dingtalk_chats: {ops: {name: Ops, owner: {mobile: ?}}}": "dingtalk_chats.ops.owner.mobile",
    f"dingtalk_chats: {{{CHAT}, members: [{{userid: v}}, {{userid: ?}}]}}}}": "dingtalk_chats.ops.members[1].userid",
    f"dingtalk_chats: {{{CHAT}, members: [{{mobile: ?}}]}}}}": "dingtalk_chats.ops.members[0].mobile",
    f"dingtalk_chats: {{{CHAT}, administrators: [{{userid: ?}}]}}}}": "dingtalk_chats.ops.administrators[0].userid",
    f"dingtalk_chats: {{{CHAT}, administrators: [{{mobile: ?}}]}}}}": "dingtalk_chats.ops.administrators[0].mobile",
    f"dingtalk_chats: {{{CHAT}, chat_id: ?}}}}": "dingtalk_chats.ops.chat_id",
    f"dingtalk_chats: {{{CHAT}, icon: ?}}}}": "dingtalk_chats.ops.icon",
    "dingtalk_chats: {ops: {name: ?, owner: {userid: user-1}}}": "dingtalk_chats.ops.name",
    "dingtalk_chats: {ops: {name: Ops, owner: {userid: user-1}, template_id: ?}}": "dingtalk_chats.ops.template_id",
    "dingtalk_robots: {duty: {name: ?}}": "dingtalk_robots.duty.name",
    "dingtalk_robots: {duty: {chat: ?}}": "dingtalk_robots.duty.chat",
    "dingtalk_robots: {duty: {keywords: [alert, ?]}}": "dingtalk_robots.duty.keywords[1]",
    "dingtalk_robots: {duty: {keywords: ?}}": "dingtalk_robots.duty.keywords",
    "dingtalk_robots: {duty: {robot_code: ?}}": "dingtalk_robots.duty.robot_code",
    "dingtalk_robots: {duty: {webhook: ?}}": "dingtalk_robots.duty.webhook",
    "dingtalk_robots: {duty: {secret: ?}}": "dingtalk_robots.duty.secret",
}
KEYS = {
    "dingtalk_chats: {?: {name: Ops, owner: {userid: user-1}}}": "dingtalk_chats.",
    "dingtalk_robots: {?: {}}": "dingtalk_robots.",
}
NOTIFICATION = {
    "notification_chats: [?]": "notification_chats[0]",
    "notification_robot: ?": "notification_robot",
    "notification_cluster_name: ?": "notification_cluster_name",
    "notification_receivers: {shop: {chats: [ops, ?]}}": "notification_receivers.shop.chats[1]",
    "notification_receivers: {shop: {robot: ?}}": "notification_receivers.shop.robot",
    "notification_receivers: {shop: {chats: [ops], user: ?}}": "notification_receivers.shop.user",
    "notification_routers: {shop: {alert_selector: {}, receivers: [?]}}": "notification_routers.shop.receivers[0]",
}
ROLE = {
    "dingtalk_app_key: ?": "dingtalk_app_key",
    "dingtalk_app_secret: ?": "dingtalk_app_secret",
    "dingtalk_registry_host: ?": "dingtalk_registry_host",
    "dingtalk_forget_intents: [?]": "dingtalk_forget_intents[0]",
    "dingtalk_recreate_chats: [?]": "dingtalk_recreate_chats[0]",
    "dingtalk_dissolve_chats: [?]": "dingtalk_dissolve_chats[0]",
    "dingtalk_adopt_chats: {ops: ?}": "dingtalk_adopt_chats.ops",
}
MODULES = {
    ("chat", "key: ?"): "key",
    ("chat", "owner: {userid: ?}"): "owner.userid",
    ("chat", "registry: {password: ?}"): "registry.password",
    ("chat", "app_secret: ?"): "app_secret",
    ("chat_info", "chat_ids: [?]"): "chat_ids[0]",
    ("cluster_config", "api_password: ?"): "api_password",
    ("cluster_info", "api_key: ?"): "api_key",
    ("cluster_info", "username: ?"): "username",
    ("cluster_info", "password: ?"): "password",
    ("cluster_info", "impersonate_user: ?"): "impersonate_user",
    ("cluster_info", "impersonate_groups: [a, ?]"): "impersonate_groups[1]",
    ("message", "keywords: [?]"): "keywords[0]",
    ("message", "open_conversation_id: ?"): "open_conversation_id",
    ("message", "robot_code: ?"): "robot_code",
    ("message", "at_mobiles: [?]"): "at_mobiles[0]",
    ("message", "at_users: [?]"): "at_users[0]",
    ("message", "msg_uuid: ?"): "msg_uuid",
    ("robot", "name: ?"): "name",
    ("robot", "chat_id: ?"): "chat_id",
    ("robot", "open_conversation_id: ?"): "open_conversation_id",
    ("robot", "keywords: [?]"): "keywords[0]",
    ("robot", "robot_code: ?"): "robot_code",
    ("user_info", "people: [{mobile: ?}]"): "people[0].mobile",
    ("user_info", "people: [{userid: ?}]"): "people[0].userid",
}
#: A value as people write it -> what YAML makes of it.
VALUES = {
    "0123456701234567": "a number",
    "5": "a number",
    "+85251234567": "a number",
    "190:20:30": "a number",
    "1.10": "a number",
    "on": "a boolean",
    "2026-11-29": "a date",
    "2026-11-28T10:00:00Z": "a date",
    "2026-11-28 10:00:00 +8": "a date",
}
OPERATIONS = {
    module.__name__.rpartition(".")[2]: module.OPERATION for module in (chat, chat_info, message, robot, user_info)
}

CLUSTER_OPERATIONS = {"cluster_config": cluster_config.OPERATION, "cluster_info": cluster_info.OPERATION}


def read(text: str, value: str) -> Json:
    found: Json = yaml.safe_load(text.replace("?", value))
    return found


def app_errors(variables: Mapping[str, Any]) -> list[str]:
    return errors_of(read_app, variables)


def notification_errors(variables: Mapping[str, Any]) -> list[str]:
    errors = Errors()
    params = ROLES["notification"].params(errors, variables)
    app = {
        "dingtalk_app_key": "key",
        "dingtalk_app_secret": "secret",
        "dingtalk_chats": {"ops": {"name": "Ops", "chat_id": "chat1"}},
    }
    if params is not None:
        notification.read(errors, params, app)
    return list(errors)


def role_errors(variables: Mapping[str, Any]) -> list[str]:
    return errors_of(DINGTALK.params, variables)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    ("text", "place", "read_errors"),
    [
        *((text, place, app_errors) for text, place in APP.items()),
        *((text, place, notification_errors) for text, place in NOTIFICATION.items()),
        *((text, place, role_errors) for text, place in ROLE.items()),
    ],
)
def test_a_changed_text_is_refused_once_with_its_place(text: str, place: str, read_errors: Any, value: str) -> None:
    expected = f"{place}: {VALUES[value]} instead of a text; put it in quotes, as YAML has changed it"
    found = read_errors(read(text, value))
    if place.startswith(("notification_receivers", "notification_routers")):
        # A reference that is refused leaves the entry out, and a date is refused before its options are known.
        assert any(error.endswith(expected) or "contains a value of type date" in error for error in found)
    else:
        assert found == [expected]
    closing_lines.count("invalid inputs", f"{text} {value}")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(("text", "place"), KEYS.items())
def test_a_changed_key_is_refused(text: str, place: str, value: str) -> None:
    [error] = app_errors(read(text, value))
    assert error.startswith(place)
    assert error.endswith(f": the key is {VALUES[value]} instead of a text; put it in quotes, as YAML has changed it")
    closing_lines.count("invalid inputs", f"{text} {value}")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(("module", "text"), MODULES)
def test_a_changed_text_in_an_option_of_a_module_is_refused(module: str, text: str, value: str) -> None:
    spec = {**OPERATIONS, **CLUSTER_OPERATIONS}[module].spec
    [error] = errors_of(check_verbatim, spec.verbatim, read(text, value))
    assert error.startswith(f"{MODULES[module, text]}: {VALUES[value]} instead of a text; ")
    closing_lines.count("invalid inputs", f"{module} {text} {value}")


def test_a_time_is_refused_wherever_it_is() -> None:
    time = datetime(2026, 11, 28, 10, tzinfo=UTC)
    text = "a date instead of a text; put it in quotes, as YAML has changed it"
    assert errors_at("v", check_timestamps, {"a": [{"b": time}], "c": time, "d": date(2026, 11, 28)}) == [
        f"v.c: {text}",
        f"v.a[0].b: {text}",
    ]
    assert errors_of(check_timestamps, {time: "a"}) == [f"{time}: the key is {text}"]
    assert errors_of(check_values, {}, {"v": {"a": [time]}}) == [f"v.a[0]: {text}"]


@pytest.mark.parametrize("text", [*APP, *NOTIFICATION, *ROLE])
def test_the_same_text_in_quotes_is_a_text(text: str) -> None:
    for read_errors in (app_errors, notification_errors, role_errors):
        assert "instead of a text" not in "".join(read_errors(read(text, "'0123456701234567'")))


@pytest.mark.parametrize("text", [text for text in APP if "mobile" in text])
def test_a_mobile_number_of_mainland_china_needs_no_quotes(text: str) -> None:
    assert app_errors(read(text, "13800000000")) == []


def test_an_empty_item_of_a_list_is_refused() -> None:
    assert app_errors({"dingtalk_robots": {"duty": {"keywords": [None]}}}) == [
        "dingtalk_robots.duty.keywords[0]: null instead of a text; put it in quotes, as YAML has changed it"
    ]


def test_two_keys_that_differ_in_quotes_only_are_not_confused() -> None:
    errors = Errors()
    chats = yaml.safe_load("{5: {name: Five, owner: {userid: u}}, '5': {name: Other, owner: {userid: u}}}")
    app = read_app(errors, {"dingtalk_chats": chats, "dingtalk_robots": {"duty": {"chat": "5"}}})
    assert list(app.chats) == ["5"]
    assert list(errors) == [
        "dingtalk_chats.5: the key is a number instead of a text; put it in quotes, as YAML has changed it"
    ]


#: Options of type str whose text is not an ID, a name or a key.
OTHER_TEXTS = {
    *("type", "api_url", "legacy_api_url", "proxy", "webhook", "secret", "msgtype", "title", "content"),
}


def texts(options: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, rules in options.items():
        if rules.get("type") == "str" or rules.get("elements") == "str":
            yield f"{prefix}{name}"
        yield from texts(rules.get("options") or {}, f"{prefix}{name}.") if name != "registry" else ()


@pytest.mark.parametrize(
    "spec",
    [chat_spec(), robot_spec(), *(operation.spec for operation in OPERATIONS.values())],
    ids=["chats", "robots", *OPERATIONS],
)
def test_every_option_for_a_text_is_checked(spec: ArgumentSpec) -> None:
    assert set(texts(spec.options)) - OTHER_TEXTS <= spec.verbatim


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("", "the key is empty; set a name that does not change"),
        (" ", "the key is empty; set a name that does not change"),
        ("ops ", "the key ends with U+0020, a space; remove it"),
        ("\u200bops", "the key begins with U+200B, an invisible character; remove it"),
        ("two\nlines", "the key contains U+000A, a line break or another control character; remove it"),
    ],
)
def test_a_key_that_looks_like_another_is_refused(key: str, error: str) -> None:
    for variable, entry in (("dingtalk_chats", {"name": "Ops", "owner": {"userid": "u"}}), ("dingtalk_robots", {})):
        assert app_errors({variable: {key: entry}}) == [f"{variable}.{key or repr(key)}: {error}"]
