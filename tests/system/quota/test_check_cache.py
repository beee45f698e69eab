# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controllers without local state use the shared check cache, which contains no secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.plays.environment import CONFIG_MAP
from tests.support.simulators.kubernetes import Fault
from tests.system.quota import month as of
from tests.system.quota.month import Month

DAY = 86400


def checks(organisation: Month) -> dict[str, Any]:
    """Return the shared check cache of the app."""
    content = json.loads(organisation.registry.get(CONFIG_MAP)["data"]["checks"])
    assert content["version"] == 2
    [apps] = content["checks"].values()
    found: dict[str, Any] = apps[of.APP_KEY]
    return found


def new_calls(organisation: Month) -> list[str]:
    """Return the paths of the calls since the previous use of this function."""
    calls = [call.path for call in organisation.dingtalk.calls]
    organisation.dingtalk.reset_calls()
    return calls


@pytest.fixture
def steady(organisation: Month) -> Month:
    """An organisation with chats and robots that were checked a minute ago."""
    organisation.declare_robots()
    organisation.add_robots(organisation.run())
    organisation.run()
    organisation.clock.sleep(60)
    organisation.dingtalk.reset_calls()
    organisation.registry.reset_requests()
    return organisation


def test_a_controller_without_local_state_makes_no_calls_and_no_writes(steady: Month) -> None:
    result = steady.run()
    assert new_calls(steady) == []
    assert [request.verb for request in steady.registry.requests()] == ["get"]
    assert result["chats"]["chat-0"]["owner"] == "user-0"
    assert result["chats"]["chat-0"]["members"] == ["user-0", f"user-{of.CHATS}"]
    assert result["chats"]["chat-0"]["checked"] == checks(steady)["chats"]["chat-0"]["time"]
    assert result["permissions"][-1]["how"] == "cached by an earlier run"


def test_the_content_is_as_documented_and_has_no_secrets(steady: Month) -> None:
    found = checks(steady)
    assert {section: len(entries) for section, entries in found.items()} == {
        "chats": of.CHATS,
        "robots": of.CHATS,
        "users": 2 * of.CHATS,
        "permissions": 5,
    }
    assert set(found["chats"]["chat-0"]) == {"open_conversation_id", "time", "desired_digest"}
    assert set(found["robots"]["robot-chat-0"]) == {"found", "time", "desired_digest"}
    assert {entry["userid"] for entry in found["users"].values()} == {f"user-{n}" for n in range(2 * of.CHATS)}
    assert found["permissions"]["qyapi_chat_manage"] == {"granted": True, "time": 1_760_000_000}
    text = json.dumps(found)
    secrets = [of.APP_SECRET, "138000000", *(robot["webhook"].partition("=")[2] for robot in steady.robots.values())]
    assert [secret for secret in secrets if secret in text] == []


def test_a_changed_chat_only_costs_the_calls_of_that_chat(steady: Month) -> None:
    steady.desired({**steady.chats, "chat-3": {**steady.chats["chat-3"], "name": "Another"}}, steady.robots)
    result = steady.run()
    assert result["changed"]
    assert new_calls(steady) == ["/v1.0/oauth2/accessToken", "/chat/get", "/v1.0/im/group/update"]
    assert steady.run()["changed"] is False
    assert new_calls(steady) == []


def test_a_manual_change_is_found_when_the_check_is_a_day_old(steady: Month) -> None:
    chat = steady.run()["chats"]["chat-0"]["chat_id"]
    steady.dingtalk.rename(chat, "By hand")
    assert steady.run()["changed"] is False
    steady.clock.sleep(DAY)
    assert steady.run()["changed"] is True
    assert steady.dingtalk.chat(chat).name == "Chat 0"


def test_without_a_valid_time_only_new_entries_are_written(steady: Month) -> None:
    for _run in range(2):
        result = steady.attempt(cache_valid_time=0)
        assert result["calls"]["counted"] == 2 * of.CHATS, result
    assert {request.verb for request in steady.registry.requests()} == {"get"}


def test_the_shared_cache_is_updated_once_a_day(steady: Month) -> None:
    steady.clock.sleep(DAY)
    for _run in range(3):
        steady.run()
        steady.clock.sleep(600)
    verbs = [request.verb for request in steady.registry.requests()]
    assert verbs.count("update") == 1
    assert set(verbs) == {"get", "update"}


def test_entries_of_others_are_preserved(steady: Month) -> None:
    content = json.loads(steady.registry.get(CONFIG_MAP)["data"]["checks"])
    other = {"chats": {"ops": {"time": int(steady.clock.now), "desired_digest": "w", "open_conversation_id": "cid"}}}
    content["checks"][steady.dingtalk.api_url]["dinganother"] = other
    content["checks"][steady.dingtalk.api_url][of.APP_KEY]["chats"]["unknown"] = other["chats"]["ops"]
    steady.registry.patch(CONFIG_MAP, {"data": {"checks": json.dumps(content)}})
    steady.clock.sleep(DAY)
    steady.run()
    after = json.loads(steady.registry.get(CONFIG_MAP)["data"]["checks"])
    apps = after["checks"][steady.dingtalk.api_url]
    assert apps["dinganother"] == other
    assert apps[of.APP_KEY]["chats"]["unknown"] == other["chats"]["ops"]
    assert apps[of.APP_KEY]["chats"]["chat-0"]["time"] == int(steady.clock.now)


@pytest.mark.parametrize(
    "text", ["", "}{", "[]", "{}", '{"version": 1}', '{"checks": {}}', '{"version": 2, "checks": {"https://api": []}}']
)
def test_unreadable_content_is_not_overwritten_and_costs_calls(steady: Month, text: str) -> None:
    steady.registry.patch(CONFIG_MAP, {"data": {"checks": text}})
    result = steady.attempt()
    assert result["changed"] is False, result
    assert result["calls"]["counted"] >= 2 * of.CHATS
    assert any("key checks, is corrupted" in warning for warning in result["warnings"])
    assert steady.registry.get(CONFIG_MAP)["data"]["checks"] == text


def test_a_failed_update_of_the_shared_cache_is_a_warning(steady: Month) -> None:
    steady.clock.sleep(DAY)
    assert steady.registry.simulator is not None
    steady.registry.simulator.faults.add(Fault("PUT", ".*/configmaps.*", times=20, status=403))
    result = steady.attempt()
    assert result["changed"] is False, result
    assert any("The checks could not be shared with other controllers" in warning for warning in result["warnings"])


def test_check_mode_uses_the_cache_and_writes_nothing(steady: Month) -> None:
    assert steady.attempt(check_mode=True)["calls"]["counted"] == 0
    steady.clock.sleep(DAY)
    assert steady.attempt(check_mode=True)["calls"]["counted"] == 2 * of.CHATS
    assert {request.verb for request in steady.registry.requests()} == {"get"}


def test_a_missing_robot_is_not_searched_in_every_run(organisation: Month) -> None:
    organisation.declare_robots()
    first = organisation.run()
    new_calls(organisation)
    organisation.clock.sleep(600)
    second = organisation.run()
    assert new_calls(organisation) == []
    assert second["manual_steps"] == first["manual_steps"]
    assert len(second["manual_steps"]) == of.CHATS


def test_a_revoked_permission_is_reported(steady: Month) -> None:
    steady.dingtalk.add_app(of.APP_KEY, of.APP_SECRET, scopes=["qyapi_base", "qyapi_get_member_by_mobile"])
    steady.clock.sleep(DAY)
    assert "qyapi_chat_read" in steady.attempt()["msg"]
    result = steady.attempt()
    assert result["msg"].startswith(f"The app {of.APP_KEY} lacks permissions")
    assert "qyapi_chat_read" in [item["scope"] for item in result["missing_permissions"]]


def test_another_app_secret_cannot_use_the_cache(steady: Month) -> None:
    steady.dingtalk.add_app(of.APP_KEY, "another-planted-secret")
    steady.dingtalk.expire_tokens()
    assert "another-planted-secret" not in json.dumps(steady.attempt(app_secret="another-planted-secret"))
    assert "/v1.0/oauth2/accessToken" in new_calls(steady)
