# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret in anything that a run says or keeps, at the highest verbosity, whether it goes well or fails."""

from __future__ import annotations

import base64
import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import yaml

from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Surroundings, surroundings
from tests.support.simulators.kubernetes import Fault

#: Holds what breaks naive masking: characters that URLs, base64, JSON, YAML and regular expressions treat specially.
APP_SECRET = 'App/Secret+1&x="y"=\\d.*ö'
MAIL_PASSWORD = "Mail/Pass+word%&7"
FOREIGN_URL = "https://hooks.example.com/services/T000/B000/foreign-hook-token"
ARGUMENTS = ("-vvvv", "--diff")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Surroundings, dict[str, str], dict[str, Run]]]:
    """Surroundings, the planted secrets by name, and runs by what happened in them."""
    with surroundings(tmp_path_factory.mktemp("secrets"), {"shanghai": "3.4", "lab": "3.3"}) as site:
        app = site.dingtalk.add_app(of.APP_KEY, APP_SECRET)
        site.controller.vars("all", vault_dingtalk_app_secret=APP_SECRET)
        add_foreign_receivers(site)
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
            "another's webhook": FOREIGN_URL,
            "access token": access_token(site),
        }
        runs["rehearsal"] = site.site("--check", *ARGUMENTS)
        runs["robot added"] = site.site(*ARGUMENTS)
        runs["steady run"] = site.site(*ARGUMENTS)
        runs |= failures(site)
        app.secret = APP_SECRET
        runs["teardown"] = site.run("teardown", *ARGUMENTS).must()
        yield site, secrets, runs


def failures(site: Surroundings) -> dict[str, Run]:
    """Runs that fail in various places."""
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
    runs["bad robot"] = fail(site)
    site.controller.vars("all", **good)

    site.dingtalk.add_app(of.APP_KEY, "another secret")
    (site.controller.folder / "cache").rename(site.controller.folder / "cache-before")
    runs["wrong app secret"] = fail(site)
    shutil.rmtree(site.controller.folder / "cache", ignore_errors=True)
    (site.controller.folder / "cache-before").rename(site.controller.folder / "cache")
    site.dingtalk.add_app(of.APP_KEY, APP_SECRET)
    return runs


def fail(site: Surroundings) -> Run:
    return site.run("site", *ARGUMENTS)


def site_vars(site: Surroundings) -> dict[str, str]:
    values: dict[str, str] = yaml.safe_load((site.controller.inventory / "group_vars/all/zz.yml").read_text())
    return values


def add_foreign_receivers(site: Surroundings) -> None:
    """Put receivers with credentials into Alertmanager's configuration, as administrators do."""
    for cluster in site.clusters.values():
        document = of.alertmanager(cluster)
        document["global"]["smtp_auth_password"] = MAIL_PASSWORD
        mail = {"to": "ops@example.com", "auth_password": MAIL_PASSWORD}
        receiver = {"name": "mail", "email_configs": [mail], "slack_configs": [{"api_url": FOREIGN_URL}]}
        document["receivers"].append(receiver)
        of.set_alertmanager(cluster, yaml.safe_dump(document))


def token_cache(site: Surroundings) -> Path:
    [path] = (site.controller.folder / "cache").rglob("token-*.json")
    return path


def access_token(site: Surroundings) -> str:
    return str(json.loads(token_cache(site).read_text())["token"])


def encodings(secret: str) -> set[str]:
    """How a secret may look: as it is, in JSON, in a URL, in base64 alone and in the middle of something longer."""
    raw = secret.encode()
    inside = {base64.b64encode(b"x" * shift + raw)[4 if shift else 0 : -4].decode() for shift in range(3)}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    escaped |= {json.dumps(form)[1:-1] for form in escaped}
    quoted = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    return {secret, *escaped, *quoted, *(quote(form, safe="") for form in quoted), *inside}


def leaks(text: str, secrets: dict[str, str]) -> list[str]:
    return [name for name, secret in secrets.items() if any(form in text for form in encodings(secret))]


RUNS = ["first run", "rehearsal", "robot added", "steady run", "teardown"]
FAILED = [
    "cluster refuses",
    "DingTalk refuses",
    "DingTalk cuts the connection",
    "template error",
    "bad robot",
    "wrong app secret",
]
Planted = tuple[Surroundings, dict[str, str], dict[str, Run]]


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
def test_a_failure_says_what_is_wrong_all_the_same(planted: Planted, name: str) -> None:
    words = {
        "cluster refuses": "The cluster refused PUT",
        "DingTalk refuses": "qyapi_chat_read",
        "DingTalk cuts the connection": "was cut",
        "template error": "notification_cluster_name",
        "bad robot": "dingtalk_robots.ops_robot.webhook",
        "wrong app secret": "Credentials and basic info",
    }
    assert words[name] in planted[2][name].must(succeed=False).stdout


def test_the_diff_of_a_secret_tells_that_it_changes(planted: Planted) -> None:
    assert "webhook: <hidden>" in planted[2]["robot added"].stdout


def test_no_secret_is_in_a_file_but_the_token_in_its_cache(planted: Planted) -> None:
    site, secrets, _ = planted
    inventory = site.controller.inventory
    files = [path for path in site.controller.files() if inventory not in path.parents]
    found = {path.name: leaks(path.read_text(errors="replace"), secrets) for path in files}
    assert {name: names for name, names in found.items() if names} == {token_cache(site).name: ["access token"]}


def test_the_controllers_files_are_its_users_alone(planted: Planted) -> None:
    folders = ("cache", "state")
    paths = [path for name in folders for path in (planted[0].controller.folder / name).rglob("*")]
    assert paths
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600, 0o700}


def test_no_secret_is_in_a_config_map(planted: Planted) -> None:
    site, secrets, _ = planted
    for cluster in site.clusters.values():
        maps = of.listed(cluster, "/api/v1/configmaps")
        assert leaks(json.dumps(maps, ensure_ascii=False), secrets) == []


def test_no_secret_is_in_the_record_while_it_stands(single: Surroundings) -> None:
    add_foreign_receivers(single)
    single.site()
    webhook, secret = single.add_robot()
    single.site()
    text = single.clusters["shanghai"].get(of.CONFIG_MAP)["data"]["applied"]
    assert "/data/appsecret" in text
    secrets = {"app secret": of.APP_SECRET, "webhook": webhook, "signing secret": secret, "password": MAIL_PASSWORD}
    assert leaks(text, secrets) == []


@pytest.mark.parametrize("context", ["", "gone"])
def test_a_kubeconfig_in_a_variable_works_and_is_not_shown(single: Surroundings, context: str) -> None:
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


def test_the_search_finds_a_secret_in_every_encoding() -> None:
    secrets = {"it": APP_SECRET}
    document = f"a: 1\npassword: {APP_SECRET}\n"
    texts = [document, json.dumps({"a": document}), quote(document), base64.b64encode(document.encode()).decode()]
    assert [leaks(text, secrets) for text in texts] == [["it"]] * 4
    assert leaks("nothing", secrets) == []
