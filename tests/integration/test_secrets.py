# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret in output and files of successful and failed runs, at the highest verbosity."""

from __future__ import annotations

import base64
import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from tests.support.leaks import leaks
from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, environment
from tests.support.simulators.kubernetes import Fault

#: Contains special characters of URLs, base64, JSON, YAML and regular expressions, which break naive masking.
APP_SECRET = 'App/Secret+1&x="y"=\\d.*ö'
MAIL_PASSWORD = "Mail/Pass+word%&7"
OTHER_URL = "https://hooks.example.com/services/T000/B000/other-hook-token"
ARGUMENTS = ("-vvvv", "--diff")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Environment, dict[str, str], dict[str, Run]]]:
    """The environment, the planted secrets by name, and all runs by name."""
    with environment(tmp_path_factory.mktemp("secrets"), {"shanghai": "3.4", "lab": "3.3"}) as site:
        app = site.dingtalk.add_app(of.APP_KEY, APP_SECRET)
        site.controller.vars("all", vault_dingtalk_app_secret=APP_SECRET)
        add_other_receivers(site)
        runs = {"first run": site.site(*ARGUMENTS)}
        webhook, secret = site.add_robot()
        site.controller.vars("all", dingtalk_verify_robots=True)
        secrets = {
            "app secret": APP_SECRET,
            "webhook": webhook,
            "webhook's token": webhook.partition("access_token=")[2],
            "signing secret": secret,
            "API token": site.clusters["shanghai"].token,
            "mail password": MAIL_PASSWORD,
            "other webhook": OTHER_URL,
            "access token": access_token(site),
        }
        runs["check run"] = site.site("--check", *ARGUMENTS)
        runs["robot added"] = site.site(*ARGUMENTS)
        runs["steady run"] = site.site(*ARGUMENTS)
        runs |= failures(site)
        app.secret = APP_SECRET
        runs["teardown"] = site.run("teardown", *ARGUMENTS).must()
        yield site, secrets, runs


def failures(site: Environment) -> dict[str, Run]:
    """Return failed runs with various causes."""
    shanghai, lab = of.simulator(site.clusters["shanghai"]), of.simulator(site.clusters["lab"])
    shanghai.faults.add(Fault("PUT", "secrets", status=403, times=0))
    lab.faults.add(Fault("PUT", "secrets", status=422, message=f"the value {MAIL_PASSWORD} is invalid", times=0))
    site.controller.vars("all", alertmanager_route={"repeat_interval": "7h"})
    site.controller.vars("lab", alertmanager_route={"repeat_interval": "7h"})
    runs = {"cluster refuses": fail(site)}
    shanghai.faults.clear()
    lab.faults.clear()

    site.controller.vars("all", dingtalk_cache_valid_time=0)
    site.dingtalk.fail("/chat/get", times=None, kind="errcode", errcode=60011, message=f"no scope for {APP_SECRET}")
    runs["DingTalk refuses"] = fail(site)
    site.dingtalk.heal()
    site.dingtalk.fail("/chat/get", times=None, kind="cut_before")
    runs["DingTalk cuts the connection"] = fail(site)
    site.dingtalk.heal()

    site.controller.vars("shanghai", notification_cluster_name="{{ dingtalk_app_secret | from_json }}")
    runs["template error"] = fail(site)
    site.controller.vars("shanghai", notification_cluster_name="shanghai")
    good = {key: site_vars(site)[key] for key in ("vault_ops_robot_webhook", "vault_ops_robot_secret")}
    site.controller.vars("all", vault_ops_robot_webhook=good["vault_ops_robot_webhook"].replace("/robot/", "/other/"))
    site.controller.vars("all", vault_ops_robot_secret=good["vault_ops_robot_secret"].removeprefix("SEC"))
    runs["invalid robot"] = fail(site)
    site.controller.vars("all", **good)

    site.dingtalk.add_app(of.APP_KEY, "another secret")
    (site.controller.folder / "cache").rename(site.controller.folder / "cache-before")
    runs["wrong app secret"] = fail(site)
    shutil.rmtree(site.controller.folder / "cache", ignore_errors=True)
    (site.controller.folder / "cache-before").rename(site.controller.folder / "cache")
    site.dingtalk.add_app(of.APP_KEY, APP_SECRET)
    return runs


def fail(site: Environment) -> Run:
    return site.run("site", *ARGUMENTS)


def site_vars(site: Environment) -> dict[str, str]:
    values: dict[str, str] = yaml.safe_load((site.controller.inventory / "group_vars/all/zz.yml").read_text())
    return values


def add_other_receivers(site: Environment) -> None:
    """Add receivers with credentials to Alertmanager's configuration, as administrators do."""
    for cluster in site.clusters.values():
        document = of.alertmanager(cluster)
        document["global"]["smtp_auth_password"] = MAIL_PASSWORD
        address = {"to": "ops@example.com", "from": "kubesphere@example.com", "smarthost": "example.com:25"}
        mail = {**address, "auth_password": MAIL_PASSWORD}
        receiver = {"name": "mail", "email_configs": [mail], "slack_configs": [{"api_url": OTHER_URL}]}
        document["receivers"].append(receiver)
        of.set_alertmanager(cluster, yaml.safe_dump(document))


def token_cache(site: Environment) -> Path:
    [path] = (site.controller.folder / "cache").rglob("token-*.json")
    return path


def access_token(site: Environment) -> str:
    return str(json.loads(token_cache(site).read_text())["token"])


RUNS = ["first run", "check run", "robot added", "steady run", "teardown"]
FAILED = [
    "cluster refuses",
    "DingTalk refuses",
    "DingTalk cuts the connection",
    "template error",
    "invalid robot",
    "wrong app secret",
]
Planted = tuple[Environment, dict[str, str], dict[str, Run]]


@pytest.mark.parametrize("name", [*RUNS, *FAILED])
def test_no_secret_is_printed(planted: Planted, name: str) -> None:
    _, secrets, runs = planted
    assert leaks(runs[name].output, secrets) == []


@pytest.mark.parametrize("name", [*RUNS, *FAILED])
def test_no_secret_is_in_a_result(planted: Planted, name: str) -> None:
    _, secrets, runs = planted
    results = [leaks(json.dumps(item.result, ensure_ascii=False), secrets) for item in runs[name].results]
    assert runs[name].results
    assert [found for found in results if found] == []


@pytest.mark.parametrize("name", FAILED)
def test_a_failure_has_a_specific_error(planted: Planted, name: str) -> None:
    expected = {
        "cluster refuses": "The cluster refused PUT",
        "DingTalk refuses": "qyapi_chat_read",
        "DingTalk cuts the connection": "was interrupted",
        "template error": "notification_cluster_name",
        "invalid robot": "dingtalk_robots.ops_robot.webhook",
        "wrong app secret": "Credentials and basic info",
    }
    assert expected[name] in planted[2][name].must(succeed=False).stdout


def test_the_diff_of_a_secret_shows_that_it_changes(planted: Planted) -> None:
    assert "webhook: <hidden>" in planted[2]["robot added"].stdout


def test_no_secret_is_in_a_file_except_the_token_in_its_cache(planted: Planted) -> None:
    site, secrets, _ = planted
    inventory = site.controller.inventory
    files = [path for path in site.controller.files() if inventory not in path.parents]
    found = {path.name: leaks(path.read_text(errors="replace"), secrets) for path in files}
    assert {name: names for name, names in found.items() if names} == {token_cache(site).name: ["access token"]}


def test_the_controllers_files_are_accessible_only_to_their_owner(planted: Planted) -> None:
    folders = ("cache", "state")
    paths = [path for name in folders for path in (planted[0].controller.folder / name).rglob("*")]
    assert paths
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600, 0o700}


def test_no_secret_is_in_a_config_map(planted: Planted) -> None:
    site, secrets, _ = planted
    for cluster in site.clusters.values():
        maps = of.listed(cluster, "/api/v1/configmaps")
        assert leaks(json.dumps(maps, ensure_ascii=False), secrets) == []


def test_no_secret_is_in_the_last_applied_state(single: Environment) -> None:
    add_other_receivers(single)
    single.site()
    webhook, secret = single.add_robot()
    single.site()
    text = single.clusters["shanghai"].get(of.CONFIG_MAP)["data"]["applied"]
    assert "/data/appsecret" in text
    secrets = {"app secret": of.APP_SECRET, "webhook": webhook, "signing secret": secret, "password": MAIL_PASSWORD}
    assert leaks(text, secrets) == []


@pytest.mark.parametrize("context", ["", "gone"])
def test_a_kubeconfig_in_a_variable_works_and_is_not_shown(single: Environment, context: str) -> None:
    cluster = single.clusters["shanghai"]
    text = cluster.kubeconfig.read_text()
    single.controller.vars("all", kubesphere_kubeconfig=text, kubesphere_context=context, notification_chats=[])
    single.controller.vars("all", dingtalk_chats={}, dingtalk_robots={}, notification_robot="")
    play = {"hosts": "all", "gather_facts": False, "roles": ["kubesphere.dingtalk.alertmanager"]}
    runs = [single.run(single.controller.playbook([play]), *ARGUMENTS), single.run("site", *ARGUMENTS)]
    for run in runs:
        run.must(succeed=not context)
        assert leaks(run.output, {"token": cluster.token, "kubeconfig": text}) == []
        assert not context or "kubesphere_context: 'gone' is not in the inline kubeconfig" in run.output


def test_leaks_finds_a_secret_in_all_encodings() -> None:
    secrets = {"it": APP_SECRET}
    document = f"a: 1\npassword: {APP_SECRET}\n"
    texts = [document, json.dumps({"a": document}), quote(document), base64.b64encode(document.encode()).decode()]
    assert [leaks(text, secrets) for text in texts] == [["it"]] * 4
    assert leaks("nothing", secrets) == []
