# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk's errors: messages to the user, and retried and never retried calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json, environment

CREATE = "/v1.0/im/group/create"
CONVERT = "/v1.0/im/chat/{chatId}/convertToOpenConversationId"
TOKEN = "/v1.0/oauth2/accessToken"
OPS = "KubeSphere 运维告警"

CREDENTIALS = "Basic info > Credentials and basic info (基础信息 > 凭证与基础信息)"
PERMISSIONS = "Development config > Permission management (开发配置 > 权限管理)"
EGRESS_IPS = "Development config > Security settings (开发配置 > 安全设置)"
RELEASE = "App release > Version management and release (应用发布 > 版本管理与发布)"
SECURITY = "Security and permissions (安全与权限)"
USAGE = "Resource management (资源管理)"
SUPPORT = "DingTalk's support"
CONSOLE = "https://open-dev.dingtalk.com"

#: Codes of the legacy APIs, DingTalk's messages, and expected parts of the error message.
LEGACY: list[tuple[int, str, tuple[str, ...]]] = [
    (40089, "invalid corpid or corpsecret", (CREDENTIALS,)),
    (40014, "invalid access_token", (CREDENTIALS,)),
    (40001, "invalid credential", (CREDENTIALS,)),
    (42001, "access_token expired", (CREDENTIALS,)),
    (41001, "access_token missing", ("proxy",)),
    (60011, "no permission", ("qyapi_chat_read", PERMISSIONS, RELEASE, CONSOLE)),
    (88, "ding talk error[subcode=60011,submsg=no permission]", ("qyapi_chat_read", PERMISSIONS)),
    (88, "ding talk error[subcode=40014,submsg=bad token]", (CREDENTIALS,)),
    (43007, "not authorised", ("Use the app that created the chat", PERMISSIONS)),
    (60020, "request ip=203.0.113.7 appKey(dingexampleappkey)", ("203.0.113.7", EGRESS_IPS, CONSOLE)),
    (60020, "request ip=203.0.113.7 appKey(dinganother)", ("203.0.113.7", "dinganother", "right app")),
    (50002, "not in range", (RELEASE, PERMISSIONS)),
    (50004, "not in range", (RELEASE, PERMISSIONS)),
    (50003, "disabled", ("Enable it on", RELEASE)),
    (50005, "disabled", (SECURITY,)),
    (70001, "no such org", ("CorpId", CREDENTIALS)),
    (33001, "no such org", ("CorpId",)),
    (40013, "invalid corpid", ("CorpId",)),
    (52010, "invalid corpid", ("CorpId",)),
    (48002, "api forbidden", (SUPPORT,)),
]
#: The same for the new-style APIs.
NEW: list[tuple[str, str, tuple[str, ...]]] = [
    ("InvalidAuthentication", "bad token", (CREDENTIALS,)),
    ("invalidAccessToken", "bad token", (CREDENTIALS,)),
    ("Forbidden.AccessDenied.AccessTokenPermissionDenied", "denied", ("qyapi_chat_read", PERMISSIONS, RELEASE)),
    ("apiPermissionDenied", "denied", ("qyapi_chat_read", PERMISSIONS)),
    ("permissions.error", "denied", ("qyapi_chat_read", PERMISSIONS)),
    ("Forbidden.AccessDenied.IpNotInWhiteList", "request ip=203.0.113.7", ("203.0.113.7", EGRESS_IPS)),
    ("permession.checkFailed", "check failed", (RELEASE, PERMISSIONS, "owner")),
    ("grayControlDenied", "gray", (SUPPORT,)),
    ("orgAuthLevelNotEnough", "level", (SECURITY,)),
    ("no.priviledge", "level", (SECURITY,)),
    ("unauthorized.client", "not authorised", ("own", RELEASE)),
]
CASES: list[tuple[int | str, str, tuple[str, ...]]] = [*LEGACY, *NEW]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Json]]:
    """Index of the case -> result of a read for which DingTalk returned the case's code."""
    with environment(tmp_path_factory.mktemp("codes"), {"shanghai": "3.4"}) as site:
        chats = [site.dingtalk.add_chat(f"chat {code}", "user-1", app=of.APP_KEY).chatid for code, _, _ in CASES]

        def refuse(api: str, chat: str) -> None:
            code, text, _ = CASES[chats.index(chat)]
            if isinstance(code, int) is (api == "/chat/get"):
                site.dingtalk.fail(api, kind="errcode", when="after", errcode=code, message=text)

        site.dingtalk.before("/chat/get", lambda call: refuse("/chat/get", call.query["chatid"]))
        site.dingtalk.before(CONVERT, lambda call: refuse(CONVERT, call.path.split("/")[4]))
        names = ("app_key", "app_secret", "api_url", "legacy_api_url", "ca_path")
        options = {**{name: "{{ dingtalk_" + name + " }}" for name in names}, "chat_ids": ["{{ item }}"]}
        task = {"kubesphere.dingtalk.chat_info": options, "loop": chats, "ignore_errors": True}
        play = {"hosts": "all", "gather_facts": False, "tasks": [task]}
        run = site.run(site.controller.playbook([play])).must()
        yield dict(enumerate(run.one("chat_info")["results"]))


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: f"{number}-{CASES[number][0]}")
def test_the_error_of_each_code_has_hints(results: dict[int, Json], number: int) -> None:
    code, text, hints = CASES[number]
    result = results[number]
    assert result["failed"]
    assert f"DingTalk returned {code}: {text}" in result["msg"]
    assert [hint for hint in hints if hint not in result["msg"]] == [], result["msg"]
    assert result["dingtalk"]["code"] == str(code)


def refused(site: Environment, playbook: str = "chats") -> str:
    """Run a playbook that must fail at DingTalk, and return its error message."""
    run = site.run(playbook).must(succeed=False)
    [message] = run.errors.values()
    return message


def count(site: Environment, api: str) -> int:
    return [call.api for call in site.calls].count(api)


def disable_cache(site: Environment) -> None:
    """Disable the cache, so that each run calls DingTalk."""
    site.controller.vars("all", dingtalk_cache_valid_time=0)


@pytest.fixture
def one(single: Environment) -> Environment:
    """An inventory with one chat of two people and no robot."""
    people = {"owner": {"mobile": "13800000001"}, "members": [{"mobile": "13800000002"}]}
    chats = {"ops": {"name": OPS, **people}}
    single.controller.vars("all", dingtalk_chats=chats, dingtalk_robots={}, notification_robot="")
    single.controller.vars("all", dingtalk_request_timeout=2)
    return single


def test_a_wrong_secret_has_its_own_error(one: Environment) -> None:
    one.controller.vars("all", vault_dingtalk_app_secret="wrong-secret")
    message = refused(one)
    assert "Could not get an access token for app dingexampleappkey" in message
    assert CREDENTIALS in message
    assert "wrong-secret" not in message
    assert [call.api for call in one.calls] == [TOKEN]


def test_an_unlisted_egress_ip_is_in_the_error(one: Environment) -> None:
    one.dingtalk.add_app(of.APP_KEY, of.APP_SECRET, ips=["198.51.100.*"])
    one.dingtalk.client_ip = "203.0.113.77"
    message = refused(one)
    assert "Add the IP 203.0.113.77 to the server egress IPs" in message
    assert EGRESS_IPS in message
    assert one.dingtalk.chats() == []


def test_all_missing_permissions_are_reported_together_before_any_creation(one: Environment) -> None:
    app = one.dingtalk.add_app(of.APP_KEY, of.APP_SECRET)
    app.scopes -= {"qyapi_chat_manage", "qyapi_get_member_by_mobile"}
    message = refused(one)
    for scope in ("qyapi_chat_manage", "qyapi_get_member_by_mobile"):
        assert f"- {scope}: Search for {scope} on {PERMISSIONS}" in message
    assert "qyapi_chat_read" not in message
    assert RELEASE in message
    assert one.dingtalk_writes() == []


def test_token_permissions_and_people_are_cached_between_runs(one: Environment) -> None:
    one.run("chats").must()
    assert count(one, TOKEN) == 1
    assert count(one, "/v1.0/robot/groups/robots/query") == 1  # the probe of a permission
    one.run("chats").must()
    assert one.calls == []
    disable_cache(one)
    one.run("chats").must()
    assert count(one, TOKEN) == 0
    assert count(one, "/chat/get") == 1
    assert count(one, "/v1.0/robot/groups/robots/query") == 0


def test_people_outside_the_apps_range_are_in_the_error(one: Environment) -> None:
    one.dingtalk.add_app(of.APP_KEY, of.APP_SECRET, visible=["user-1"])
    message = refused(one)
    assert "dingtalk_chats.ops.members[0]: " in message
    assert "13800000002" in message
    assert RELEASE in message
    assert one.dingtalk.chats() == []


def test_an_expired_token_is_renewed_once(one: Environment) -> None:
    one.run("chats").must()
    disable_cache(one)
    one.dingtalk.expire_tokens()
    one.run("chats").must()
    assert count(one, TOKEN) == 1
    assert count(one, "/topapi/v2/user/getbymobile") == 3  # two people, one of them again
    assert count(one, "/chat/get") == 1


def test_a_repeatedly_refused_token_is_renewed_only_once(one: Environment) -> None:
    one.run("chats").must()
    disable_cache(one)
    one.dingtalk.fail("/chat/get", times=None, kind="expired_token")
    assert CREDENTIALS in refused(one)
    assert count(one, TOKEN) == 1
    assert count(one, "/chat/get") == 2


def test_a_call_above_the_monthly_quota_is_not_retried(one: Environment) -> None:
    one.run("chats").must()
    disable_cache(one)
    one.dingtalk.limits.monthly["api"] = one.dingtalk.limits.used("api")
    message = refused(one)
    assert "monthly quota of API calls is used up" in message
    assert USAGE in message
    assert count(one, "/chat/get") == 1


@pytest.mark.parametrize("html", [False, True])
def test_a_ban_of_the_ip_has_its_own_error(one: Environment, html: bool) -> None:
    one.dingtalk.unclear.x5_html = html
    one.dingtalk.fail("*", times=None, kind="x5")
    assert "banned the public IP for 5 minutes" in refused(one)


def test_a_read_is_retried_after_a_server_error(one: Environment) -> None:
    one.run("chats").must()
    disable_cache(one)
    one.dingtalk.fail("/chat/get", times=2, status=502)
    one.run("chats").must()
    assert count(one, "/chat/get") == 3


def test_a_throttled_creation_is_retried(one: Environment) -> None:
    one.dingtalk.fail(CREATE, kind="throttle")
    one.run("chats").must()
    assert count(one, CREATE) == 2
    assert len(one.dingtalk.chats()) == 1


def test_a_refused_creation_can_be_repeated_by_the_next_run(one: Environment) -> None:
    one.dingtalk.fail(CREATE, kind="errcode", errcode="permession.checkFailed")
    assert "choose another owner" in refused(one)
    assert "intent" not in of.registry(one.clusters["shanghai"])["ops"]
    one.run("chats").must()
    assert len(one.dingtalk.chats()) == 1


@pytest.mark.parametrize(
    "fault", [{"when": "after", "status": 502}, {"kind": "cut_after"}, {"when": "after", "kind": "errcode"}]
)
def test_a_creation_with_unknown_outcome_is_never_retried(one: Environment, fault: Json) -> None:
    one.dingtalk.fail(CREATE, **fault)
    first = refused(one)
    assert count(one, CREATE) == 1
    second = refused(one)
    assert count(one, CREATE) == 0
    for message in (first, second):
        assert f"it is unknown whether the chat {OPS!r} (owner user-1) was created" in message
        assert "set it as dingtalk_chats.ops.chat_id" in message
        assert "run playbook kubesphere.dingtalk.chats with dingtalk_forget_intents=ops" in message.replace("-e ", "")
    assert len(one.dingtalk.chats()) == 1


def test_an_unknown_outcome_is_resolved_by_the_chat_id(one: Environment) -> None:
    one.dingtalk.fail(CREATE, kind="cut_after")
    refused(one)
    chats = {"ops": {"name": OPS, "owner": {"userid": "user-1"}, "chat_id": one.chat_id(OPS)}}
    one.controller.vars("all", dingtalk_chats=chats)
    one.run("chats").must()
    entry = of.registry(one.clusters["shanghai"])["ops"]
    assert entry["chat_id"] == one.chat_id(OPS)
    assert "intent" not in entry


def test_a_chat_with_forgotten_intent_is_created(one: Environment) -> None:
    one.dingtalk.fail(CREATE, kind="cut_before")
    refused(one)
    assert one.dingtalk.chats() == []
    one.run("chats", "-e", "dingtalk_forget_intents=ops").must()  # as in the message
    assert len(one.dingtalk.chats()) == 1


def test_an_unknown_outcome_stops_the_play_before_any_cluster_is_written(one: Environment) -> None:
    one.dingtalk.fail(CREATE, kind="cut_after")
    refused(one, "site")
    written = [request for request in one.writes() if "/configmaps" not in request.path]
    assert written == []


def test_an_unreachable_dingtalk_is_reported_and_nothing_is_written(one: Environment) -> None:
    one.controller.vars("all", dingtalk_api_url="https://127.0.0.1:9")
    message = refused(one, "site")
    assert "no connection to 127.0.0.1:9" in message
    assert "Nothing was sent" in message
    assert one.writes() == []


def test_an_untrusted_certificate_is_reported(one: Environment) -> None:
    one.controller.vars("all", dingtalk_ca_path="")
    assert "Set ca_path to the CA" in refused(one)


def test_all_variants_of_dingtalks_responses_are_supported(one: Environment) -> None:
    unclear = one.dingtalk.unclear
    unclear.error_keys, unclear.strings, unclear.legacy_permission = "pascal", True, 60011
    unclear.unknown_mobile, unclear.out_of_range, unclear.status_shown = 40104, 60121, False
    one.site()
    run: Run = one.site()
    assert run.changed == {"shanghai": 0}


def test_the_warning_of_a_missing_robot_has_the_chats_name(single: Environment) -> None:
    single.site()
    single.add_robot()
    robots = yaml.safe_load((single.controller.inventory / "group_vars/all/dingtalk.yml").read_text())[
        "dingtalk_robots"
    ]
    single.controller.vars("all", dingtalk_robots={"ops_robot": {**robots["ops_robot"], "chat": "lab"}})
    [warning] = single.site().one("fleet_chats")["warnings"]
    assert f"a custom robot named {of.ROBOT!r} in the chat KubeSphere lab. " in warning
