# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid inventories: all errors are found before any request or change, and reported in one message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.support.closing_lines import closing_lines
from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.cores import NEWEST, OLDEST, venv_with
from tests.support.plays.environment import Environment, Json, environment

OWNER = {"userid": "user-1"}
MANY = {f"chat{number}": {"name": f"chat {number}", "owner": OWNER} for number in range(21)}
WEBHOOK = "{api}/robot/send?access_token=token-of-a-robot"

#: key in dingtalk_chats -> the chat, and the beginning of its error
CHATS: dict[str, tuple[Any, str]] = {
    "nameless": ({"owner": OWNER}, "dingtalk_chats.nameless: missing required arguments: name"),
    "empty": ({"name": "", "owner": OWNER}, "dingtalk_chats.empty.name: empty, expected 1 to 20 code points"),
    "": ({"name": "keyless", "owner": OWNER}, "dingtalk_chats.'': the key is empty; set a name that does not change"),
    " ": ({"name": "space", "owner": OWNER}, "dingtalk_chats. : the key is empty; set a name"),
    "a\nb": ({"name": "lines", "owner": OWNER}, "dingtalk_chats.a\nb: the key contains U+000A, a line break"),
    "x" * 101: (
        {"name": "endless", "owner": OWNER},
        f"dingtalk_chats.{'x' * 101}: the key has 101 characters, expected at most 100",
    ),
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
    "worded": (
        {"name": "worded", "owner": "13800000001"},
        "dingtalk_chats.worded: owner: expected a map of mobile, userid",
    ),
    "listed": (
        {"name": "listed", "owner": OWNER, "members": ["13800000001"]},
        "dingtalk_chats.listed: members[0]: expected a map of mobile, userid, not a text",
    ),
    "blank ": (
        {"name": "blank", "owner": OWNER},
        "dingtalk_chats.blank : the key ends with U+0020, a space; remove it",
    ),
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
    "": ({"webhook": WEBHOOK}, "dingtalk_robots.'': the key is empty; set a name that does not change"),
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
    "h-junk": ({"kubesphere_kubeconfig": "{{ junk_kubeconfig }}"}, "kubesphere_kubeconfig: '/"),
    "h-inline": ({"kubesphere_kubeconfig": "a: [\n"}, "kubesphere_kubeconfig: invalid inline kubeconfig"),
    "h-url": (
        {"kubesphere_kubeconfig": "", "kubesphere_host": "https://exa mple:6443"},
        "kubesphere_host: contains U+0020, a space or another character that a URL cannot have; remove it",
    ),
    "h-policy": ({"alerting_policies": {"p": {"for": "soon"}}}, "role alerting: alerting_policies: expected a list"),
    "h-option": ({"alertmanager_route": "{{ nowhere }}"}, "alertmanager_route: its template uses an undefined"),
    "h-access": ({"kubesphere_context": "{{ nowhere }}"}, "kubesphere_context: its template uses an undefined"),
    "h-loop": ({"kubesphere_cluster_name": "{{ kubesphere_cluster_name }}"}, "kubesphere_cluster_name: its template"),
    "h-syntax": ({"kubesphere_wait_timeout": "{{ 1 + }}"}, "kubesphere_wait_timeout: its template cannot be evaluated"),
    "h-time": (
        {"kubesphere_cluster_name": datetime(2026, 11, 28, 10, tzinfo=UTC)},
        "kubesphere_cluster_name: a date instead of a text; put it in quotes, as YAML has changed it",
    ),
    "h-times": (
        {"notification_chats": ["octal", datetime(2026, 11, 28, 10)]},
        "notification_chats[1]: a date instead of a text; put it in quotes, as YAML has changed it",
    ),
    "h-ca": ({"kubesphere_ca_cert": "/nowhere/ca.pem"}, "kubesphere_ca_cert: file '/nowhere/ca.pem' not found"),
}
#: inventory host -> its variable that is encrypted with an unknown password
ENCRYPTED = {
    "h-vault-access": "kubesphere_api_key",
    "h-vault-task": "kubesphere_undelivered",
    "h-vault-feature": "alertmanager_global",
    "h-vault-chats": "notification_chats",
}
#: Errors of one host, none of which hides another.
SEVERAL: tuple[Json, list[str]] = (
    {
        "kubesphere_cluster_name": "{{ nowhere_else }}",
        "kubesphere_features": "alarm",
        "kubesphere_retired_hosts": {"a": 1},
        "kubesphere_kubeconfig": "/nowhere/junk",
        "kubesphere_api_url": "https://[::1",
        "notification_chats": ["chattt"],
        "alertmanager_route": {"group_wait": "never"},
        "alerting_policies": [{"name": "p", "duration": "never"}],
        "kubesphere_host_cluster": "elsewhere",
    },
    [
        "kubesphere_cluster_name: its template uses an undefined",
        "kubesphere_features: unknown feature 'alarm'",
        "kubesphere_retired_hosts: not a list",
        "kubesphere_kubeconfig: '/nowhere/junk' cannot be read",
        "kubesphere_api_url: ",
        "notification_chats: 'chattt' is not a key",
        "alertmanager_route.group_wait: invalid duration 'never'",
        "alerting_policies[0] (p): duration: invalid duration 'never'",
        "alerting_policies[0] (p): exactly one of expr, workload and nodes is required",
    ],
)


@pytest.fixture(scope="module", params=[NEWEST, OLDEST])
def rejected(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Environment, Run]]:
    """A run rejected for all entries of the tables at once; all hosts use the kubeconfig of one cluster."""
    with environment(tmp_path_factory.mktemp("bad"), {"shanghai": "3.4"}) as site:
        controller = site.controller
        controller.venv = venv_with(request.param)
        hosts = {"shanghai": None, **dict.fromkeys((*HOSTS, *ENCRYPTED, "h-several"))}
        controller.hosts.write_text(yaml.safe_dump({"all": {"hosts": hosts}}, sort_keys=False))
        # An error in an entry of dingtalk_chats or dingtalk_robots is not one of each host that uses it.
        good: Json = {"notification_chats": ["octal"], "notification_robot": "yes", "alertmanager_route": {}}
        kubeconfig = str(controller.inventory / "kubeconfigs" / "shanghai")
        controller.vars("all", **good, kubesphere_kubeconfig=kubeconfig)
        controller.vars("all", dingtalk_chats={**MANY, **{key: chat for key, (chat, _) in CHATS.items()}})
        controller.vars("all", dingtalk_robots=robots(site.dingtalk.legacy_api_url))
        for host, (values, _) in HOSTS.items():
            controller.vars(host, **values)
        for host, name in ENCRYPTED.items():
            controller.vars(host)
            (controller.inventory / "host_vars" / f"{host}.yml").write_text(f"{name}: !vault |\n{encrypted()}")
        controller.vars("h-several", **SEVERAL[0])
        (controller.folder / "junk").write_text("- junk\n")
        controller.vars("all", junk_kubeconfig=str(controller.folder / "junk"))
        yield site, site.run("site").must(succeed=False)


def encrypted() -> str:
    """Return an encrypted text as the block of a YAML file."""
    secret = VaultSecret(b"a password that no run has")
    text = VaultLib([("default", secret)]).encrypt("a text", secret).decode()
    return "".join(f"  {line}\n" for line in text.splitlines())


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
    *(f"{host}: {name}: cannot be decrypted" for host, name in ENCRYPTED.items()),
    *(f"h-several: {prefix}" for prefix in SEVERAL[1]),
    "kubesphere_host_cluster: 'elsewhere'",
]


@pytest.mark.parametrize("prefix", EXPECTED)
def test_each_error_is_reported_once_with_place_and_hint(rejected: tuple[Environment, Run], prefix: str) -> None:
    errors = rejected[1].one("fleet_chats")["errors"]
    found = [error for error in errors if error.startswith(prefix)]
    assert len(found) == 1, errors
    closing_lines.count("invalid inputs", prefix)


def test_valid_entries_are_not_reported(rejected: tuple[Environment, Run]) -> None:
    errors = rejected[1].one("fleet_chats")["errors"]
    assert [error for error in errors if not error.startswith(tuple(EXPECTED))] == []


def test_all_errors_are_in_one_message(rejected: tuple[Environment, Run]) -> None:
    message = rejected[1].errors["shanghai"]
    assert message.startswith(f"{len(EXPECTED)} errors in the input, nothing was changed (KD101):\n- ")
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


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (7, "expected a URL that starts with https:// or http://"),
        (["https://oapi.dingtalk.com"], "expected a string, not a list"),
    ],
)
def test_url_of_another_type_is_an_input_error(single: Environment, url: Any, error: str) -> None:
    robot = {"webhook": f"{single.dingtalk.legacy_api_url}/robot/send?access_token=t"}
    single.controller.vars("all", dingtalk_robots={"ops_robot": robot}, dingtalk_legacy_api_url=url)
    single.controller.vars(
        "all", kubesphere_api_username="me", kubesphere_api_password=12345678, kubesphere_password=83
    )
    message = single.run("site").must(succeed=False).errors["shanghai"]
    assert f"dingtalk_legacy_api_url: {error}" in message
    assert "dingtalk_robots" not in message
    for name in ("kubesphere_api_password", "kubesphere_password"):
        assert message.count(f"- shanghai: {name}: a number instead of a text; put it in quotes") == 1


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


def test_no_variable_of_a_cluster_hides_the_errors_of_another(single: Environment) -> None:
    single.controller.vars("all", kubesphere_wait_timeout="{{ nowhere }}", notification_cluster_name="{{ nowhere }}")
    single.controller.vars("all", kubesphere_kubeconfig="/nowhere/junk", dingtalk_chats={}, notification_robot="robbot")
    single.controller.vars("all", alertmanager_route={"group_wait": "soon"}, dingtalk_robots={})
    task = {"kubesphere.dingtalk.cluster_config": {"features": ["notification", "alertmanager"]}}
    run = single.run(single.controller.playbook([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    errors = run.must(succeed=False).one("cluster_config")["errors"]
    prefixes = (
        "kubesphere_wait_timeout: its template uses an undefined variable",
        "kubesphere_kubeconfig: '/nowhere/junk' cannot be read",
        "notification_cluster_name: its template uses an undefined variable",
        "alertmanager_route.group_wait: invalid duration 'soon'",
    )
    assert len(errors) == len(prefixes), errors
    assert all(error.startswith(prefix) for error, prefix in zip(errors, prefixes, strict=True)), errors
    assert single.requests == {"shanghai": []}
