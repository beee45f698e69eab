# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk's refusals and troubles: what the user is told, what is repeated, and what never is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Json, Surroundings, surroundings

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

#: Codes of the older APIs, DingTalk's words, and what the user has to be told.
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
#: The same for the newer APIs.
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
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Json]]:
    """Index of the case -> result of a read that DingTalk answered with the case's code."""
    with surroundings(tmp_path_factory.mktemp("codes"), {"shanghai": "3.4"}) as site:
        chats = [site.dingtalk.add_chat(f"chat {code}", "user-1", app=of.APP_KEY).chatid for code, _, _ in CASES]

        def refuse(api: str, chat: str) -> None:
            code, words, _ = CASES[chats.index(chat)]
            if isinstance(code, int) is (api == "/chat/get"):
                site.dingtalk.fail(api, kind="errcode", when="after", errcode=code, message=words)

        site.dingtalk.before("/chat/get", lambda call: refuse("/chat/get", call.query["chatid"]))
        site.dingtalk.before(CONVERT, lambda call: refuse(CONVERT, call.path.split("/")[4]))
        names = ("app_key", "app_secret", "api_url", "legacy_api_url", "ca_path")
        options = {**{name: "{{ dingtalk_" + name + " }}" for name in names}, "chat_ids": ["{{ item }}"]}
        task = {"kubesphere.dingtalk.chat_info": options, "loop": chats, "ignore_errors": True}
        play = {"hosts": "all", "gather_facts": False, "tasks": [task]}
        run = site.run(site.controller.playbook([play])).must()
        yield dict(enumerate(run.one("chat_info")["results"]))


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: f"{number}-{CASES[number][0]}")
def test_each_code_comes_with_its_advice(answers: dict[int, Json], number: int) -> None:
    code, words, advice = CASES[number]
    result = answers[number]
    assert result["failed"]
    assert f"DingTalk said {code}: {words}" in result["msg"]
    assert [text for text in advice if text not in result["msg"]] == [], result["msg"]
    assert result["dingtalk"]["code"] == str(code)


def refused(site: Surroundings, playbook: str = "chats") -> str:
    """Run a playbook that has to fail at DingTalk, and return the reason."""
    run = site.run(playbook).must(succeed=False)
    [message] = run.errors.values()
    return message


def count(site: Surroundings, api: str) -> int:
    return [call.api for call in site.calls].count(api)


def ask_anew(site: Surroundings) -> None:
    """Have DingTalk asked in every run from now on."""
    site.controller.vars("all", dingtalk_cache_valid_time=0)


@pytest.fixture
def one(single: Surroundings) -> Surroundings:
    """One chat of two people, no robot."""
    people = {"owner": {"mobile": "13800000001"}, "members": [{"mobile": "13800000002"}]}
    chats = {"ops": {"name": OPS, **people}}
    single.controller.vars("all", dingtalk_chats=chats, dingtalk_robots={}, notification_robot="")
    single.controller.vars("all", dingtalk_request_timeout=2)
    return single


def test_a_wrong_secret_is_told_apart(one: Surroundings) -> None:
    one.controller.vars("all", vault_dingtalk_app_secret="wrong-secret")
    message = refused(one)
    assert "Could not get an access token for app dingexampleappkey" in message
    assert CREDENTIALS in message
    assert "wrong-secret" not in message
    assert [call.api for call in one.calls] == [TOKEN]


def test_an_egress_ip_that_is_not_listed_is_named(one: Surroundings) -> None:
    one.dingtalk.add_app(of.APP_KEY, of.APP_SECRET, ips=["198.51.100.*"])
    one.dingtalk.client_ip = "203.0.113.77"
    message = refused(one)
    assert "Add the IP 203.0.113.77 to the server egress IPs" in message
    assert EGRESS_IPS in message
    assert one.dingtalk.chats() == []


def test_all_permissions_that_are_missing_are_named_at_once_before_anything_is_made(one: Surroundings) -> None:
    app = one.dingtalk.add_app(of.APP_KEY, of.APP_SECRET)
    app.scopes -= {"qyapi_chat_manage", "qyapi_get_member_by_mobile"}
    message = refused(one)
    for scope in ("qyapi_chat_manage", "qyapi_get_member_by_mobile"):
        assert f"- {scope}: Search {scope} on {PERMISSIONS}" in message
    assert "qyapi_chat_read" not in message
    assert RELEASE in message
    assert one.dingtalk_writes() == []


def test_token_permissions_and_people_are_remembered_from_run_to_run(one: Surroundings) -> None:
    one.run("chats").must()
    assert count(one, TOKEN) == 1
    assert count(one, "/v1.0/robot/groups/robots/query") == 1  # the probe of a permission
    one.run("chats").must()
    assert one.calls == []
    ask_anew(one)
    one.run("chats").must()
    assert count(one, TOKEN) == 0
    assert count(one, "/chat/get") == 1
    assert count(one, "/v1.0/robot/groups/robots/query") == 0


def test_people_outside_the_apps_range_are_named(one: Surroundings) -> None:
    one.dingtalk.add_app(of.APP_KEY, of.APP_SECRET, visible=["user-1"])
    message = refused(one)
    assert "dingtalk_chats.ops.members[0]: " in message
    assert "13800000002" in message
    assert RELEASE in message
    assert one.dingtalk.chats() == []


def test_an_expired_token_is_renewed_once(one: Surroundings) -> None:
    one.run("chats").must()
    ask_anew(one)
    one.dingtalk.expire_tokens()
    one.run("chats").must()
    assert count(one, TOKEN) == 1
    assert count(one, "/topapi/v2/user/getbymobile") == 3  # two people, one of them again
    assert count(one, "/chat/get") == 1


def test_a_token_that_stays_refused_is_renewed_no_more_than_once(one: Surroundings) -> None:
    one.run("chats").must()
    ask_anew(one)
    one.dingtalk.fail("/chat/get", times=None, kind="expired_token")
    assert CREDENTIALS in refused(one)
    assert count(one, TOKEN) == 1
    assert count(one, "/chat/get") == 2


def test_a_month_without_calls_left_is_not_tried_again(one: Surroundings) -> None:
    one.run("chats").must()
    ask_anew(one)
    one.dingtalk.limits.monthly["api"] = one.dingtalk.limits.used("api")
    message = refused(one)
    assert "calls of this month are used up" in message
    assert USAGE in message
    assert count(one, "/chat/get") == 1


@pytest.mark.parametrize("html", [False, True])
def test_a_ban_of_the_ip_is_told_apart(one: Surroundings, html: bool) -> None:
    one.dingtalk.unclear.x5_html = html
    one.dingtalk.fail("*", times=None, kind="x5")
    assert "banned the public IP for 5 minutes" in refused(one)


def test_a_read_that_meets_a_server_fault_is_repeated(one: Surroundings) -> None:
    one.run("chats").must()
    ask_anew(one)
    one.dingtalk.fail("/chat/get", times=2, status=502)
    one.run("chats").must()
    assert count(one, "/chat/get") == 3


def test_a_creation_that_was_throttled_is_repeated(one: Surroundings) -> None:
    one.dingtalk.fail(CREATE, kind="throttle")
    one.run("chats").must()
    assert count(one, CREATE) == 2
    assert len(one.dingtalk.chats()) == 1


def test_a_creation_that_was_refused_can_be_made_later(one: Surroundings) -> None:
    one.dingtalk.fail(CREATE, kind="errcode", errcode="permession.checkFailed")
    assert "choose another owner" in refused(one)
    assert "intent" not in of.registry(one.clusters["shanghai"])["ops"]
    one.run("chats").must()
    assert len(one.dingtalk.chats()) == 1


@pytest.mark.parametrize(
    "fault", [{"when": "after", "status": 502}, {"kind": "cut_after"}, {"when": "after", "kind": "errcode"}]
)
def test_a_creation_of_unknown_outcome_is_never_sent_again(one: Surroundings, fault: Json) -> None:
    one.dingtalk.fail(CREATE, **fault)
    first = refused(one)
    assert count(one, CREATE) == 1
    second = refused(one)
    assert count(one, CREATE) == 0
    for message in (first, second):
        assert f"nobody knows whether the chat {OPS!r} (owner user-1) was created" in message
        assert "give it as dingtalk_chats.ops.chat_id" in message
        assert "run playbook kubesphere.dingtalk.chats with dingtalk_forget_intents=ops" in message.replace("-e ", "")
    assert len(one.dingtalk.chats()) == 1


def test_an_unknown_chat_that_was_found_is_settled_by_its_id(one: Surroundings) -> None:
    one.dingtalk.fail(CREATE, kind="cut_after")
    refused(one)
    chats = {"ops": {"name": OPS, "owner": {"userid": "user-1"}, "chat_id": one.chat_id(OPS)}}
    one.controller.vars("all", dingtalk_chats=chats)
    one.run("chats").must()
    entry = of.registry(one.clusters["shanghai"])["ops"]
    assert entry["chat_id"] == one.chat_id(OPS)
    assert "intent" not in entry


def test_an_unknown_chat_that_is_nowhere_is_created_when_the_operator_says_so(one: Surroundings) -> None:
    one.dingtalk.fail(CREATE, kind="cut_before")
    refused(one)
    assert one.dingtalk.chats() == []
    one.run("chats", "-e", "dingtalk_forget_intents=ops").must()  # as the message says
    assert len(one.dingtalk.chats()) == 1


def test_an_unknown_chat_stops_the_play_before_any_cluster_is_written(one: Surroundings) -> None:
    one.dingtalk.fail(CREATE, kind="cut_after")
    refused(one, "site")
    written = [request for request in one.writes() if "/configmaps" not in request.path]
    assert written == []


def test_a_dingtalk_that_is_down_is_named_and_nothing_is_written(one: Surroundings) -> None:
    one.controller.vars("all", dingtalk_api_url="https://127.0.0.1:9")
    message = refused(one, "site")
    assert "no connection to 127.0.0.1:9" in message
    assert "Nothing was sent" in message
    assert one.writes() == []


def test_a_certificate_that_is_not_trusted_is_named(one: Surroundings) -> None:
    one.controller.vars("all", dingtalk_ca_path="")
    assert "as ca_path" in refused(one)


def test_answers_in_dingtalks_other_spellings_are_understood(one: Surroundings) -> None:
    unclear = one.dingtalk.unclear
    unclear.error_keys, unclear.strings, unclear.legacy_permission = "pascal", True, 60011
    unclear.unknown_mobile, unclear.out_of_range, unclear.status_shown = 40104, 60121, False
    one.site()
    run: Run = one.site()
    assert run.changed == {"shanghai": 0}


def test_a_robot_that_is_not_in_its_chat_is_warned_of_with_the_chats_name(single: Surroundings) -> None:
    single.site()
    single.add_robot()
    robots = yaml.safe_load((single.controller.inventory / "group_vars/all/dingtalk.yml").read_text())[
        "dingtalk_robots"
    ]
    single.controller.vars("all", dingtalk_robots={"ops_robot": {**robots["ops_robot"], "chat": "lab"}})
    [warning] = single.site().one("fleet_chats")["warnings"]
    assert f"a custom robot named {of.ROBOT!r} in the chat KubeSphere lab. " in warning
