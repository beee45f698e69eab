# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid inventories: all errors are found before any request or change, and reported in one message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, Json, environment

OWNER = {"userid": "user-1"}
MANY = {f"chat{number}": {"name": f"chat {number}", "owner": OWNER} for number in range(21)}
WEBHOOK = "{api}/robot/send?access_token=token-of-a-robot"

#: key in dingtalk_chats -> the chat, and the beginning of its error
CHATS: dict[str, tuple[Any, str]] = {
    "nameless": ({"owner": OWNER}, "dingtalk_chats.nameless: missing required arguments: name"),
    "empty": ({"name": "", "owner": OWNER}, "dingtalk_chats.empty.name: empty, expected 1 to 20 code points"),
    "blank": ({"name": " ", "owner": OWNER}, "dingtalk_chats.blank.name: empty, expected 1 to 20 code points"),
    "long": ({"name": "告" * 21, "owner": OWNER}, "dingtalk_chats.long.name: 21 code points, expected 1 to 20"),
    "orphan": ({"name": "orphan"}, "dingtalk_chats.orphan.owner: missing"),
    "twofold": (
        {"name": "twofold", "owner": {"mobile": "13800000001", "userid": "user-1"}},
        "dingtalk_chats.twofold.owner: has both of mobile and userid, expected exactly one",
    ),
    "nobody": (
        {"name": "nobody", "owner": {}},
        "dingtalk_chats.nobody.owner: has neither of mobile and userid, expected exactly one",
    ),
    "members": (
        {"name": "members", "owner": OWNER, "members": [OWNER, {"mobile": "13800000001", "userid": "user-1"}]},
        "dingtalk_chats.members.members[1]: has both of mobile and userid, expected exactly one",
    ),
    "phone": (
        {"name": "phone", "owner": {"mobile": "no number"}},
        "dingtalk_chats.phone.owner.mobile: invalid mobile number 'no number'",
    ),
    "text": ("a name", "dingtalk_chats.text: expected a map of name, owner"),
    "odd": (
        {"name": "odd", "owner": OWNER, "ower": OWNER},
        "dingtalk_chats.odd: ower: unknown option (did you",
    ),
    "owner": ({"name": "owner", "owner": 13800000001}, "dingtalk_chats.owner: owner: expected a map of mobile, userid"),
    "named": ({"name": ["named"], "owner": OWNER}, "dingtalk_chats.named: name: expected a string, not a list"),
    "keyed": ({"name": "keyed", "owner": {1: "user-1"}}, "dingtalk_chats.keyed: owner.1: unknown option; supported"),
    "broken": ({"name": "two\nlines", "owner": OWNER}, "dingtalk_chats.broken.name: contains U+000A, a line break"),
    "octal": (
        {"name": "octal", "owner": {"userid": 5744368105847}},  # 0123456701234567 without quotes
        "dingtalk_chats.octal.owner.userid: a number instead of a text; put it in quotes, as YAML has changed it",
    ),
    "setting": ({"name": "setting", "owner": OWNER, "settings": {"searchable": 7}}, "dingtalk_chats.setting: value of"),
}
#: key in dingtalk_robots -> the robot, and the beginning of its error; {api} is replaced by the legacy API's URL
ROBOTS: dict[str, tuple[Json, str]] = {
    "host": (
        {"webhook": "https://example.com/robot/send?access_token=token-of-a-robot"},
        "dingtalk_robots.host.webhook: not a webhook of DingTalk",
    ),
    "path": (
        {"webhook": WEBHOOK.replace("send", "get")},
        "dingtalk_robots.path.webhook: not the webhook of a robot, whose path is /robot/send",
    ),
    "tokenless": ({"webhook": "{api}/robot/send"}, "dingtalk_robots.tokenless.webhook: access_token is missing"),
    "signed": (
        {"webhook": f"{WEBHOOK}&timestamp=1700000000004&sign=sign-of-a-robot"},
        "dingtalk_robots.signed.webhook: contains timestamp and sign, a signature that expires within an hour; set the",
    ),
    "unsafe": ({"webhook": WEBHOOK.replace("{api}", "http://{host}")}, "dingtalk_robots.unsafe.webhook: not an https"),
    "secret": (
        {"webhook": WEBHOOK, "secret": "no-secret-of-a-robot"},
        "dingtalk_robots.secret.secret: not the secret of a robot, which begins with SEC",
    ),
    "wordy": (
        {"keywords": [f"word{number}" for number in range(11)]},
        "dingtalk_robots.wordy.keywords: 11 keywords, the maximum is 10",
    ),
    "doubled": ({"keywords": ["alert", "alert"]}, "dingtalk_robots.doubled.keywords: 'alert' is listed 2 times"),
    "wordless": ({"keywords": ["alert", ""]}, "dingtalk_robots.wordless.keywords[1]: empty"),
    "lost": ({"chat": "nowhere"}, "dingtalk_robots.lost.chat: 'nowhere' is not a key of dingtalk_chats; it"),
    "yes": ({"keywords": [True]}, "dingtalk_robots.yes.keywords[0]: a boolean instead of a text; put it in quotes"),
    "codeless": ({"type": "enterprise", "chat": "chat1"}, "dingtalk_robots.codeless: "),
}
#: inventory host -> its variables, and the beginning of its error
HOSTS: dict[str, tuple[Json, str]] = {
    "h-many": ({"notification_chats": list(MANY)}, "notification_chats: 21 chat IDs, the maximum is 20"),
    "h-doubled": ({"notification_chats": ["chat1", "chat1"]}, "notification_chats: 'chat1' is listed 2 times"),
    "h-unknown": ({"notification_chats": ["chatt"]}, "notification_chats: 'chatt' is not a key of dingtalk_chats"),
    "h-text": ({"notification_chats": ["octal", 7]}, "notification_chats[1]: a number instead of a text; put it in"),
    "h-line": ({"kubesphere_cluster_name": "h\n"}, "kubesphere_cluster_name: contains U+000A, a line break"),
    "h-cluster": ({"kubesphere_cluster_name": 7}, "kubesphere_cluster_name: a number instead of a text"),
    "h-robot": ({"notification_robot": "robbot"}, "notification_robot: 'robbot' is not a key of dingtalk_robots"),
    "h-maybe": ({"notification_enabled": "maybe"}, "role notification: argument 'notification_enabled' is of type"),
    "h-selector": (
        {"notification_alert_selector": [1]},
        "role notification: argument 'notification_alert_selector' is of type",
    ),
    "h-route": (
        {"alertmanager_route": {"repeat_intervall": "1h"}},
        "role alertmanager: alertmanager_route.repeat_intervall: unknown option (did you mean repeat_interval?)",
    ),
    "h-number": (
        {"alertmanager_route": 7},
        "role alertmanager: alertmanager_route: expected a map of repeat_interval, group_wait",
    ),
    "h-map": (
        {"alertmanager_routes": {"repeat_interval": "1h"}},
        "role alertmanager: alertmanager_routes: expected a list of maps of matchers",
    ),
    "h-name": ({"notification_cluster_name": ["h"]}, "role notification: notification_cluster_name: expected a string"),
    "h-wait": ({"kubesphere_wait_timeout": "long"}, "kubesphere_* variables: argument 'wait_timeout' is of type"),
    "h-api": ({"kubesphere_api_username": "me"}, "kubesphere_* variables: parameters are required together"),
    "h-token": ({"kubesphere_api_token": "a-token\n"}, "kubesphere_api_token: contains a line break"),
    "h-key": ({"kubesphere_api_key": "a-token\n"}, "kubesphere_api_key: contains a line break"),
    "h-features": ({"kubesphere_features": "notify"}, "kubesphere_features: unknown feature 'notify'; supp"),
    "h-undefined": ({"kubesphere_cluster_name": "{{ nowhere }}"}, "kubesphere_cluster_name: its template uses an"),
    "h-soon": (
        {"alertmanager_route": {"repeat_interval": "soon"}},
        "alertmanager_route.repeat_interval: invalid duration 'soon'; use a value such as 30s",
    ),
    "h-never": (
        {"alertmanager_route": {"repeat_interval": "0s"}},
        "alertmanager_route.repeat_interval: must be greater than zero",
    ),
    "h-order": (
        {"alertmanager_route": {"group_wait": "30m1h"}},
        "alertmanager_route.group_wait: invalid duration '30m1h'",
    ),
    "h-global": (
        {"alertmanager_global": {"resolve_timeout": "5 minutes"}},
        "alertmanager_global.resolve_timeout: invalid duration '5 minutes'",
    ),
    "h-labels": (
        {"alertmanager_route": {"group_by": ["alertname", "alert name"]}},
        "alertmanager_route.group_by: invalid label name 'alert name'",
    ),
    "h-receivers": (
        {"alertmanager_receivers": [{"name": "a"}, {"name": "a"}]},
        "alertmanager_receivers: duplicate receiver 'a'",
    ),
    "h-unnamed": ({"alertmanager_receivers": [{"webhook_configs": []}]}, "alertmanager_receivers[0]: name missing"),
    "h-listed": (
        {"alertmanager_receivers": [{"name": "a"}, {"name": ["a"]}]},
        "alertmanager_receivers[1]: name missing or not a string",
    ),
    "h-file": ({"kubesphere_kubeconfig": "/nowhere/kubeconfig"}, "kubesphere_kubeconfig: '/nowhere/kubeconfig' cannot"),
    "h-context": ({"kubesphere_context": "elsewhere"}, "kubesphere_context: 'elsewhere' is not in"),
    "h-ca": ({"kubesphere_ca_cert": "/nowhere/ca.pem"}, "kubesphere_ca_cert: file '/nowhere/ca.pem' not found"),
}


@pytest.fixture(scope="module")
def rejected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Environment, Run]]:
    """A run rejected for all entries of the tables at once; all hosts use the kubeconfig of one cluster."""
    with environment(tmp_path_factory.mktemp("bad"), {"shanghai": "3.4"}) as site:
        controller = site.controller
        hosts = {"shanghai": None, **dict.fromkeys(HOSTS)}
        controller.hosts.write_text(yaml.safe_dump({"all": {"hosts": hosts}}, sort_keys=False))
        # An error in an entry of dingtalk_chats or dingtalk_robots is not one of each host that uses it.
        good: Json = {"notification_chats": ["octal"], "notification_robot": "yes", "alertmanager_route": {}}
        kubeconfig = str(controller.inventory / "kubeconfigs" / "shanghai")
        controller.vars("all", **good, kubesphere_kubeconfig=kubeconfig)
        controller.vars("all", dingtalk_chats={**MANY, **{key: chat for key, (chat, _) in CHATS.items()}})
        controller.vars("all", dingtalk_robots=robots(site.dingtalk.legacy_api_url))
        for host, (values, _) in HOSTS.items():
            controller.vars(host, **values)
        yield site, site.run("site").must(succeed=False)


def robots(api: str) -> dict[str, Json]:
    replaced = {"{api}": api, "{host}": api.partition("://")[2]}
    found = {}
    for key, (robot, _) in ROBOTS.items():
        webhook = robot.get("webhook", "")
        for name, value in replaced.items():
            webhook = webhook.replace(name, value)
        found[key] = {**robot, "webhook": webhook} if webhook else robot
    return found


EXPECTED = [
    *(prefix for _, prefix in CHATS.values()),
    *(prefix for _, prefix in ROBOTS.values()),
    *(f"{host}: {prefix}" for host, (_, prefix) in HOSTS.items()),
]


@pytest.mark.parametrize("prefix", EXPECTED)
def test_each_error_is_reported_once_with_place_and_hint(rejected: tuple[Environment, Run], prefix: str) -> None:
    errors = rejected[1].one("fleet_chats")["errors"]
    found = [error for error in errors if error.startswith(prefix)]
    assert len(found) == 1, errors


def test_valid_entries_are_not_reported(rejected: tuple[Environment, Run]) -> None:
    errors = rejected[1].one("fleet_chats")["errors"]
    assert [error for error in errors if not error.startswith(tuple(EXPECTED))] == []


def test_all_errors_are_in_one_message(rejected: tuple[Environment, Run]) -> None:
    message = rejected[1].errors["shanghai"]
    assert message.startswith(f"{len(EXPECTED)} errors in the input, nothing was changed:\n- ")
    assert message.count("\n- ") == len(EXPECTED)


def test_no_requests_are_made_for_an_invalid_inventory(rejected: tuple[Environment, Run]) -> None:
    site, run = rejected
    assert site.requests == {"shanghai": []}
    assert site.calls == []
    assert run.of("cluster_config") == {}


def test_invalid_webhooks_and_secrets_are_not_in_the_output(rejected: tuple[Environment, Run]) -> None:
    for secret in ("token-of-a-robot", "sign-of-a-robot", "no-secret-of-a-robot", of.APP_SECRET):
        assert secret not in rejected[1].output


@pytest.mark.parametrize("value", [7, True, 1.5])
def test_chats_of_another_type_are_an_input_error(single: Environment, value: Any) -> None:
    single.controller.vars("all", dingtalk_chats=value)
    message = single.run("site").must(succeed=False).errors["shanghai"]
    assert "dingtalk_chats: expected a map keyed by identity" in message


@pytest.mark.parametrize("url", [7, ["https://oapi.dingtalk.com"]])
def test_url_of_another_type_is_an_input_error(single: Environment, url: Any) -> None:
    robot = {"webhook": f"{single.dingtalk.legacy_api_url}/robot/send?access_token=t"}
    single.controller.vars("all", dingtalk_robots={"ops_robot": robot}, dingtalk_legacy_api_url=url)
    single.controller.vars("all", kubesphere_api_username="me", kubesphere_api_password=12345678)
    message = single.run("site").must(succeed=False).errors["shanghai"]
    assert "dingtalk_robots.ops_robot.webhook: " in message or "dingtalk_legacy_api_url: expected a string" in message
    assert "kubesphere_api_password" not in message


def test_host_cluster_of_another_type_is_an_input_error(single: Environment) -> None:
    single.controller.vars("all", kubesphere_host_cluster=["shanghai"])
    message = single.run("site").must(succeed=False).errors["shanghai"]
    assert "- kubesphere_host_cluster: \"['shanghai']\", the host cluster of shanghai, is not among" in message


def test_modules_report_malformed_options(single: Environment) -> None:
    for options in ({"route": 7}, {"route": [None]}, {"routes": [{1: "x"}]}, {"secret": ["x"], "state": "absent"}):
        run = single.controller.task("alertmanager_config", options).must(succeed=False)
        assert "1 error in the input, nothing was changed" in run.errors["shanghai"]


@pytest.mark.parametrize("missing", ["dingtalk_app_key", "dingtalk_app_secret"])
def test_app_key_and_secret_are_required_together(single: Environment, missing: str) -> None:
    single.controller.vars("all", **{missing: ""})
    run = single.run("site").must(succeed=False)
    assert "dingtalk_app_key and dingtalk_app_secret: set both" in run.errors["shanghai"]
    assert "Basic info > Credentials and basic info, 基础信息 > 凭证与基础信息" in run.errors["shanghai"]
    assert single.requests == {"shanghai": []}
    assert single.calls == []


def test_line_break_in_the_app_secret_is_reported(single: Environment) -> None:
    single.controller.vars("all", vault_dingtalk_app_secret=f"{of.APP_SECRET}\n")
    run = single.run("site").must(succeed=False)
    assert "- dingtalk_app_secret: contains a line break" in run.errors["shanghai"]
    assert of.APP_SECRET not in run.output
    assert single.calls == []


def test_all_unknown_people_are_reported_before_a_chat_is_created(single: Environment) -> None:
    chats = {
        "one": {"name": "one", "owner": {"mobile": "13900000001"}, "members": [{"mobile": "13900000002"}]},
        "two": {"name": "two", "owner": {"userid": "user-unknown"}},
        "three": {"name": "three", "owner": {"userid": "user-1"}},
    }
    single.controller.vars("all", dingtalk_chats=chats, dingtalk_robots={}, notification_chats=["one"])
    single.controller.vars("all", notification_robot="")
    run = single.run("site").must(succeed=False)
    errors = sorted(run.one("fleet_chats")["errors"])
    prefixes = ["dingtalk_chats.one.members[0]: ", "dingtalk_chats.one.owner: ", "dingtalk_chats.two.owner: "]
    assert len(errors) == len(prefixes)
    assert all(error.startswith(prefix) for error, prefix in zip(errors, prefixes, strict=True)), errors
    assert "13900000001" in errors[1]
    assert "Contacts > Members (通讯录 > 成员管理)" in errors[1]
    assert single.dingtalk.chats() == []
    assert single.writes() == []


def test_different_apps_of_two_clusters_are_rejected(site: Environment) -> None:
    site.controller.vars("lab", dingtalk_app_key="dinganother", dingtalk_app_secret="another-secret")
    run = site.run("site").must(succeed=False)
    [message] = run.errors.values()
    assert "dingtalk_app_key: is 'dingexampleappkey' on shanghai and 'dinganother' on lab" in message
    assert "dingtalk_app_secret: differs between shanghai and lab" in message
    assert "another-secret" not in run.output


def test_single_role_reports_errors_too(single: Environment, tmp_path: Path) -> None:
    good = {"dingtalk_robots": {}, "dingtalk_chats": {"ops": {"name": "ops", "chat_id": "chat1"}}}
    single.controller.vars("all", **good, notification_robot="ops_robot", notification_chats=["opps"])
    single.controller.vars("all", alertmanager_route={"repeat_interval": "soon"})
    roles = [f"kubesphere.dingtalk.{name}" for name in ("notification", "alertmanager")]
    plays = [{"hosts": "all", "gather_facts": False, "roles": [role]} for role in roles]
    for play, place in zip(plays, ("notification_chats", "alertmanager_route.repeat_interval"), strict=True):
        run = single.run(single.controller.playbook([play])).must(succeed=False)
        assert f"- {place}: " in run.errors["shanghai"]
        assert single.requests == {"shanghai": []}
