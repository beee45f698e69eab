# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations of the modules, run as in a task."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    ADD_ROBOT,
    CHAT_ROBOTS,
    SEND_TO_ROBOT,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import (
    app_info,
    chat_info,
    message,
    robot,
    user_info,
)
from tests.support.fixtures.dingtalk import APP_KEY, APP_SECRET, FakeClock, Run
from tests.support.simulators.dingtalk import Chat, DingTalk


@pytest.fixture
def chat(server: DingTalk) -> Chat:
    return server.add_chat("Ops", "user-1", app=APP_KEY)


@pytest.fixture
def webhook(server: DingTalk, chat: Chat) -> str:
    return server.add_custom_robot(chat.chatid, "KubeSphere", keywords=["alert"], secret="generate")


@pytest.fixture
def custom(server: DingTalk, chat: Chat, webhook: str) -> dict[str, Any]:
    secret = server.secret_of(chat.chatid, "KubeSphere")
    return {"name": "KubeSphere", "webhook": webhook, "secret": secret, "keywords": ["alert"]}


class TestAppInfo:
    def test_app_with_all_permissions(self, run: Run) -> None:
        result = run(app_info.OPERATION)
        assert not result["changed"]
        assert result["app_key"] == APP_KEY
        assert [item["granted"] for item in result["permissions"]] == [True] * 5
        assert result["missing"] == []
        assert (result["calls"]["counted"], result["calls"]["free"]) == (2, 3)

    def test_granted_permissions_are_cached_for_a_day(self, server: DingTalk, run: Run, clock: FakeClock) -> None:
        first = run(app_info.OPERATION)
        clock.now += 3600
        again = run(app_info.OPERATION)
        assert again["calls"] == {"counted": 0, "free": 0, "by_endpoint": {}}
        assert again["permissions"][1]["checked"] == first["permissions"][1]["checked"]
        clock.now += 86400
        server.clock.advance(90000)
        assert run(app_info.OPERATION)["calls"]["counted"] == 2

    def test_successful_calls_replace_probes(self, server: DingTalk, run: Run, chat: Chat) -> None:
        people = [{"mobile": "13800000001"}, {"userid": "user-1"}]
        run(user_info.OPERATION, people=people)
        run(robot.OPERATION, chat_id=chat.chatid, name="KubeSphere")
        server.reset_calls()
        result = run(app_info.OPERATION)
        assert server.calls == []
        assert [item["granted"] for item in result["permissions"]] == [True] * 5

    @pytest.mark.parametrize("form", [88, 60011])
    def test_missing_permissions_are_listed_with_their_page_until_granted(
        self, server: DingTalk, run: Run, form: Any
    ) -> None:
        server.unclear.legacy_permission = form
        app = server.add_app(APP_KEY, APP_SECRET, scopes=["qyapi_base", "qyapi_get_member"])
        result = run(app_info.OPERATION)
        assert [item["scope"] for item in result["missing"]] == [
            "qyapi_get_member_by_mobile",
            "qyapi_chat_manage",
            "qyapi_chat_read",
        ]
        assert result["missing"][0]["page_zh"] == "开发配置 > 权限管理"
        assert "failed" not in result
        app.scopes |= {"qyapi_get_member_by_mobile", "qyapi_chat_manage", "qyapi_chat_read"}
        assert run(app_info.OPERATION)["missing"] == []

    def test_missing_permissions_fail_on_request(self, server: DingTalk, run: Run) -> None:
        server.add_app(APP_KEY, APP_SECRET, scopes=["qyapi_base"])
        result = run(app_info.OPERATION, fail_on_missing=True)
        assert result["failed"]
        assert "lacks 4 permission(s)" in result["msg"]
        assert len(result["missing"]) == 4
        assert result["calls"]["counted"] == 2

    def test_permissions_that_cannot_be_probed_are_reported(self, run: Run) -> None:
        result = run(app_info.OPERATION, permissions=["qyapi_robot_sendmsg"])
        assert result["permissions"] == [
            {
                "scope": "qyapi_robot_sendmsg",
                "granted": None,
                "checked": None,
                "how": "not probed: no harmless call requires this permission",
            }
        ]

    def test_rejected_ip_is_reported(self, server: DingTalk, run: Run) -> None:
        server.add_app(APP_KEY, APP_SECRET, ips=[])
        server.client_ip = "203.0.113.9"
        result = run(app_info.OPERATION)
        assert result["failed"]
        assert "203.0.113.9" in result["msg"]
        assert "安全设置" in result["msg"]

    def test_invalid_timeout_is_reported_before_any_call(self, server: DingTalk, run: Run) -> None:
        result = run(app_info.OPERATION, request_timeout=-1)
        assert "- request_timeout: invalid time-out -1; set 1 to 86400 seconds" in result["msg"]
        assert server.calls == []

    @pytest.mark.parametrize("name", ["app_key", "app_secret"])
    def test_line_break_in_a_credential_is_reported_before_any_call(
        self, server: DingTalk, run: Run, name: str
    ) -> None:
        options: dict[str, Any] = {name: "a-planted-credential\n"}
        result = run(app_info.OPERATION, **options)
        assert f"- {name}: contains a line break or another control character" in result["msg"]
        assert server.calls == []

    def test_invalid_credentials_are_reported_with_their_page(self, run: Run) -> None:
        result = run(app_info.OPERATION, app_secret="another-planted-secret")
        assert result["failed"]
        assert "凭证与基础信息" in result["msg"]
        assert "another-planted-secret" not in json.dumps(result)


class TestUserInfo:
    def test_people_are_found(self, run: Run) -> None:
        result = run(user_info.OPERATION, people=[{"mobile": "13800000001"}, {"userid": "user-2"}])
        assert [user["userid"] for user in result["users"]] == ["user-1", "user-2"]
        assert result["calls"]["counted"] == 0

    def test_all_unknown_people_are_reported_and_the_others_returned(self, run: Run) -> None:
        people = [{"mobile": "13899999999"}, {"userid": "user-2"}, {"userid": "nobody"}]
        result = run(user_info.OPERATION, people=people)
        assert result["failed"]
        assert "2 of 3 people are unknown" in result["msg"]
        assert [error.partition(":")[0] for error in result["errors"]] == ["people[0]", "people[2]"]
        assert [user["userid"] for user in result["users"]] == ["user-2"]

    def test_invalid_number_is_reported_before_any_call(self, server: DingTalk, run: Run) -> None:
        result = run(user_info.OPERATION, people=[{"mobile": "nobody"}])
        assert result["errors"][0].startswith("people[0].mobile: ")
        assert server.calls == []


class TestChatInfo:
    def test_existing_and_disbanded_chats(self, server: DingTalk, run: Run, chat: Chat) -> None:
        other = server.add_chat("Gone", "user-1", app=APP_KEY)
        server.disband(other.chatid)
        result = run(chat_info.OPERATION, chat_ids=[chat.chatid, other.chatid, "chat-unknown"])
        first, second, third = result["chats"]
        assert (first["name"], first["status"]) == ("Ops", "normal")
        assert first["open_conversation_id"] == chat.open_conversation_id
        assert (second["status"], second["reason"]) == ("gone", "DingTalk reports it as disbanded.")
        assert third["status"] == "gone"
        assert result["calls"]["counted"] == 4

    def test_duplicate_id_is_rejected(self, server: DingTalk, run: Run) -> None:
        assert run(chat_info.OPERATION, chat_ids=["chat1", "chat1"])["failed"]
        assert server.calls == []


class TestCustomRobot:
    def test_robot_is_found_and_verified(self, server: DingTalk, run: Run, chat: Chat, custom: dict[str, Any]) -> None:
        result = run(robot.OPERATION, chat_id=chat.chatid, verify=True, **custom)
        assert (result["changed"], result["found"], result["verified"]) == (False, True, True)
        assert result["manual_steps"] == []
        assert result["open_conversation_id"] == chat.open_conversation_id
        assert len(server.messages(chat.chatid)) == 1

    def test_nothing_is_sent_without_verify_or_in_check_mode(
        self, server: DingTalk, run: Run, chat: Chat, custom: dict[str, Any]
    ) -> None:
        run(robot.OPERATION, chat_id=chat.chatid, **custom)
        run(robot.OPERATION, check_mode=True, chat_id=chat.chatid, verify=True, **custom)
        assert server.messages() == []

    def test_missing_webhook_returns_manual_steps(self, run: Run, chat: Chat) -> None:
        result = run(robot.OPERATION, chat_id=chat.chatid, name="KubeSphere", keywords=["alert"])
        assert "failed" not in result
        assert result["found"] is False
        text = " ".join(result["manual_steps"])
        assert "name it 'KubeSphere'" in text
        assert "alert" in text
        assert "自定义" in text

    def test_existing_robot_without_webhook_returns_the_step_to_find_it(
        self, run: Run, chat: Chat, webhook: str
    ) -> None:
        result = run(robot.OPERATION, chat_id=chat.chatid, name="KubeSphere")
        assert "select the robot 'KubeSphere'" in result["manual_steps"][0]

    def test_unlisted_robot_is_a_warning(self, run: Run, chat: Chat, custom: dict[str, Any]) -> None:
        result = run(robot.OPERATION, chat_id=chat.chatid, verify=True, **{**custom, "name": "Other"})
        assert result["found"] is False
        assert result["verified"]
        assert "does not list a custom robot named 'Other'" in result["warnings"][0]

    @pytest.mark.parametrize("given", [True, False])
    def test_rejected_query_is_a_warning(
        self, server: DingTalk, run: Run, chat: Chat, custom: dict[str, Any], given: bool
    ) -> None:
        server.unclear.robots_query_plain = False
        result = run(robot.OPERATION, chat_id=chat.chatid, **(custom if given else {"name": "KubeSphere"}))
        assert "failed" not in result
        assert result["found"] is None
        assert "unauthorized" in result["warnings"][0]
        assert bool(result["manual_steps"]) is not given

    def test_checked_robot_needs_no_call_until_the_cache_expires_or_options_change(
        self, server: DingTalk, run: Run, chat: Chat, custom: dict[str, Any], clock: FakeClock
    ) -> None:
        desired = {"chat_id": chat.chatid, "verify": True, **custom}
        first = run(robot.OPERATION, **desired)
        again = run(robot.OPERATION, **desired)
        assert again["calls"]["counted"] == again["calls"]["free"] == 0
        assert (again["found"], again["robots"], again["verified"]) == (True, [], False)
        assert again["open_conversation_id"] == first["open_conversation_id"]
        assert len(server.messages()) == 1
        assert run(robot.OPERATION, **desired, cache_valid_time=0)["calls"]["counted"] == 2
        changed = run(robot.OPERATION, **{**desired, "keywords": ["alert", "more"]})
        assert changed["calls"]["counted"] == 1
        clock.now += 86400
        server.clock.advance(86400)
        assert run(robot.OPERATION, **desired)["robots"] == first["robots"]

    def test_robot_with_rejected_test_message_is_checked_again(
        self, server: DingTalk, run: Run, chat: Chat, custom: dict[str, Any]
    ) -> None:
        server.change_robot(chat.chatid, "KubeSphere", stopped=True)
        for _run in range(2):
            assert run(robot.OPERATION, chat_id=chat.chatid, verify=True, **custom)["failed"]
        assert [call.api for call in server.calls].count("/robot/send") == 2

    def test_malformed_options_are_reported_before_any_call(self, server: DingTalk, run: Run) -> None:
        result = run(
            robot.OPERATION,
            chat_id="chat1",
            name="KubeSphere",
            webhook="https://example.com/planted-token",
            secret="planted-secret",
            keywords=["a", "a"],
        )
        assert len(result["errors"]) == 5
        assert "planted" not in json.dumps(result)
        assert server.calls == []


class TestEnterpriseRobot:
    def test_robot_is_added_once(self, server: DingTalk, run: Run, chat: Chat) -> None:
        desired: dict[str, Any] = {"chat_id": chat.chatid, "type": "enterprise", "robot_code": "ding-robot"}
        assert run(robot.OPERATION, check_mode=True, **desired)["changed"]
        assert server.chat(chat.chatid).robots == []
        first, again = run(robot.OPERATION, **desired), run(robot.OPERATION, **desired)
        assert (first["changed"], first["found"]) == (True, True)
        assert (again["changed"], again["found"], again["calls"]["counted"]) == (False, True, 0)
        assert [one.code for one in server.chat(chat.chatid).robots] == ["ding-robot"]

    def test_rejection_is_a_warning_with_manual_steps(self, server: DingTalk, run: Run, chat: Chat) -> None:
        server.unclear.org_robots_add = "refused"
        result = run(robot.OPERATION, chat_id=chat.chatid, type="enterprise", robot_code="ding-robot")
        assert "failed" not in result
        assert (result["changed"], result["found"]) == (False, False)
        assert "unauthorized" in result["warnings"][0]
        assert "企业机器人" in " ".join(result["manual_steps"])

    def test_addition_with_lost_response_is_found_in_the_list(self, server: DingTalk, run: Run, chat: Chat) -> None:
        server.fail(ADD_ROBOT.path, kind="errcode", errcode="system.error", when="after")
        result = run(robot.OPERATION, chat_id=chat.chatid, type="enterprise", robot_code="ding-robot")
        assert (result["changed"], result["found"]) == (True, True)

    def test_rejected_query_fails(self, server: DingTalk, run: Run, chat: Chat) -> None:
        server.fail(CHAT_ROBOTS.path, kind="errcode", errcode="reject")
        result = run(robot.OPERATION, chat_id=chat.chatid, type="enterprise", robot_code="ding-robot")
        assert "too many robots" in result["msg"]


class TestMessage:
    def test_through_a_webhook_without_an_app(
        self, server: DingTalk, run: Run, chat: Chat, custom: dict[str, Any]
    ) -> None:
        del custom["name"]
        result = run(message.OPERATION, app_key=None, app_secret=None, content="hello", **custom)
        assert (result["changed"], result["sent"]) == (True, True)
        assert result["msg_uuid"]
        assert len(server.messages(chat.chatid)) == 1

    def test_check_mode_sends_nothing(self, server: DingTalk, run: Run, custom: dict[str, Any]) -> None:
        del custom["name"]
        result = run(message.OPERATION, check_mode=True, content="hello", **custom)
        assert (result["changed"], result["sent"]) == (True, False)
        assert server.calls == []

    def test_as_the_apps_robot(self, server: DingTalk, run: Run, chat: Chat) -> None:
        server.add_app_robot(chat.chatid, "ding-robot")
        target: dict[str, Any] = {"open_conversation_id": chat.open_conversation_id, "robot_code": "ding-robot"}
        result = run(message.OPERATION, content="hello", msgtype="markdown", title="T", **target)
        assert result["process_query_key"]
        assert run(message.OPERATION, content="hello", at_all=True, **target)["failed"]
        assert len(server.messages(chat.chatid)) == 1

    def test_rejection_still_reports_the_calls(
        self, server: DingTalk, run: Run, chat: Chat, custom: dict[str, Any]
    ) -> None:
        del custom["name"]
        server.remove_robot(chat.chatid, "KubeSphere")
        result = run(message.OPERATION, content="hello", **custom)
        assert result["failed"]
        assert result["dingtalk"]["code"] == "400101"
        assert result["calls"]["by_endpoint"] == {str(SEND_TO_ROBOT): 1}


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"app_secret": "another"}, "KD201"),
        ({"api_url": "http://127.0.0.1:1"}, "KD237"),
        ({"people": [{"userid": "nobody"}]}, "KD214"),
        ({"people": [{"mobile": "13800000001", "userid": "user-1"}]}, "KD101"),
    ],
)
def test_a_failed_result_has_the_finding_that_its_message_cites(
    run: Run, changes: dict[str, Any], finding: str
) -> None:
    result = run(user_info.OPERATION, **{"people": [{"userid": "user-1"}], **changes})
    assert result["failed"]
    assert result["finding"] == finding
    sentence, _listed, _items = result["msg"].partition(":\n")
    assert sentence.endswith(f" ({finding})")
    assert result["msg"].count("(KD") == 1
