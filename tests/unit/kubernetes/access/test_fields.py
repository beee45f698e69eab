# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every field of a kubeconfig does what the documentation says: what it does for kubectl, or it is refused by name."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.access.fields import FIELDS
from tests.support.closing_lines import closing_lines
from tests.support.simulators.background import Background
from tests.support.simulators.dingtalk.proxy import Proxy, tunnelling
from tests.unit.kubernetes.access.site import NAME, Site, encoded, header

ROOT = Path(__file__).parents[4]
#: The types of client-go, tools/clientcmd/api/v1/types.go: a place, the plugin's name for it, and its fields in JSON.
TYPES = {
    ("", "kubeconfig"): "kind apiVersion preferences clusters users contexts current-context extensions",
    ("preferences.", ""): "colors extensions",
    ("clusters[].", ""): "name cluster",
    ("clusters[].cluster.", "cluster"): "server tls-server-name insecure-skip-tls-verify certificate-authority "
    "certificate-authority-data proxy-url disable-compression extensions",
    ("clusters[].cluster.extensions[].", ""): "name extension",
    ("users[].", ""): "name user",
    ("users[].user.", "user"): "client-certificate client-certificate-data client-key client-key-data token tokenFile "
    "as as-uid as-groups as-user-extra username password auth-provider exec extensions",
    ("users[].user.auth-provider.", ""): "name config",
    ("users[].user.exec.", "exec"): "command args env apiVersion installHint provideClusterInfo interactiveMode",
    ("users[].user.exec.env[].", "env"): "name value",
    ("contexts[].", ""): "name context",
    ("contexts[].context.", "context"): "cluster user namespace extensions",
}
EXEC = "client.authentication.k8s.io/v1"

Case = Callable[[Site], None]
CASES: dict[str, Case] = {}


def case(*fields: str) -> Callable[[Case], Case]:
    """Register the test of fields."""

    def register(function: Case) -> Case:
        CASES.update(dict.fromkeys(fields, function))
        return function

    return register


def test_every_field_has_a_row_a_check_and_a_test() -> None:
    fields = {f"{place}{name}" for (place, _kind), names in TYPES.items() for name in names.split()}
    table = (ROOT / "docs" / "access.md").read_text(encoding="utf-8").partition("<!-- kubeconfig -->")[2]
    rows = [line for line in table.partition("<!-- /kubeconfig -->")[0].splitlines() if line.startswith("| `")]
    documented = [name for row in rows for name in re.findall("`([^`]+)`", row.split("|")[1])]
    assert sorted(documented) == sorted(fields)
    assert sorted(CASES) == sorted(fields)
    assert {kind: set(FIELDS[kind]) for kind in FIELDS} == {
        kind: set(names.split()) for (_place, kind), names in TYPES.items() if kind
    }


@pytest.mark.parametrize("field", CASES)
def test_a_field(field: str, site: Site) -> None:
    CASES[field](site)
    closing_lines.count("access fields", field)


NO_EFFECT: dict[str, Any] = {"kind": "Config", "apiVersion": "v1", "preferences": {"colors": True}, "extensions": []}


@case(*NO_EFFECT, "preferences.colors", "preferences.extensions")
def without_effect(site: Site) -> None:
    site.reach({**site.kubeconfig(), **NO_EFFECT})
    site.reach({name: value for name, value in site.kubeconfig().items() if name not in NO_EFFECT})


@case("clusters", "clusters[].name", "clusters[].cluster", "contexts[].context.cluster")
def the_cluster_is_that_of_the_context(site: Site) -> None:
    content = site.kubeconfig()
    other = {"name": "other", "cluster": {"server": "https://127.0.0.1:1"}}
    site.reach({**content, "clusters": [other, *content["clusters"]]})
    assert "context 'x', cluster: cluster 'c' does not exist" in site.refused({**content, "clusters": [other]})
    twice = {**content, "clusters": content["clusters"] * 2}
    assert "cluster 'c': defined 2 times in one file" in site.refused(twice)


@case("users", "users[].name", "users[].user", "contexts[].context.user")
def the_user_is_that_of_the_context(site: Site) -> None:
    content = site.kubeconfig({"token": "one"})
    other = {"name": "other", "user": {"token": "two"}}
    seen = site.reach({**content, "users": [other, *content["users"]]})
    assert header(seen, "Authorization") == ["Bearer one"]
    assert "context 'x', user: user 'u' does not exist" in site.refused({**content, "users": [other]})
    nobody = {**content, "contexts": [{"name": "x", "context": {"cluster": "c"}}]}
    assert header(site.reach(nobody), "Authorization") == []


@case("contexts", "contexts[].name", "contexts[].context", "current-context")
def the_current_context_is_the_default(site: Site) -> None:
    content = site.kubeconfig()
    site.reach({**content, "current-context": "other"}, context="x")
    message = site.refused({**content, "current-context": "other"})
    assert "context 'other' does not exist; available contexts: x" in message
    assert "current-context: missing" in site.refused({**content, "current-context": ""})


@case("contexts[].context.namespace", "contexts[].context.extensions", "users[].user.extensions")
def no_effect_within_contexts_and_users(site: Site) -> None:
    content = site.kubeconfig({"extensions": [{"name": "e", "extension": {"a": 1}}]})
    content["contexts"][0]["context"] |= {"namespace": "n", "extensions": [{"name": "e", "extension": 1}]}
    site.reach(content)


@case("clusters[].cluster.server")
def the_server(site: Site) -> None:
    site.reach(site.kubeconfig(server=f"{site.url}/"))
    site.reach(site.kubeconfig(server=site.url.replace("https", "HTTPS")))
    assert "cluster 'c', server: missing" in site.refused(site.kubeconfig(server=None))


@case("clusters[].cluster.tls-server-name")
def the_name_in_the_certificate(site: Site) -> None:
    site.reach(site.kubeconfig(server=site.named_url, **{"tls-server-name": NAME}))
    assert "or set tls-server-name in kubeconfig to such a name" in site.refused(site.kubeconfig(server=site.named_url))


@case("clusters[].cluster.insecure-skip-tls-verify")
def an_unverified_certificate(site: Site) -> None:
    insecure = {"insecure-skip-tls-verify": True}
    with pytest.warns(match="Unverified HTTPS request"):
        site.reach(site.kubeconfig(**insecure, **{"certificate-authority-data": None}))
    both = "certificate-authority-data and insecure-skip-tls-verify exclude each other"
    assert both in site.refused(site.kubeconfig(**insecure))
    site.reach(site.kubeconfig(**{"insecure-skip-tls-verify": False}))


@case("clusters[].cluster.certificate-authority", "clusters[].cluster.certificate-authority-data")
def the_authority(site: Site) -> None:
    site.authority.cert_pem.write_to_path(str(site.folder / "ca.pem"))
    site.reach(site.kubeconfig(**{"certificate-authority": "ca.pem", "certificate-authority-data": None}))
    site.reach(site.kubeconfig())
    both = "certificate-authority and certificate-authority-data exclude each other"
    assert both in site.refused(site.kubeconfig(**{"certificate-authority": "ca.pem"}))
    missing = site.kubeconfig(**{"certificate-authority": "gone.pem", "certificate-authority-data": None})
    assert f"certificate-authority: '{site.folder}/gone.pem' cannot be read (No such file" in site.refused(missing)


@case("clusters[].cluster.proxy-url")
def the_proxy(site: Site) -> None:
    proxy = Proxy()
    running = Background(lambda: tunnelling({NAME: int(site.named_url.rpartition(":")[2])}, proxy))
    url = f"http://127.0.0.1:{running.start()}"
    try:
        site.reach(site.kubeconfig(server=f"https://{NAME}", **{"proxy-url": url}))
    finally:
        running.stop()
    assert proxy.requests == [f"CONNECT {NAME}:443"]
    message = site.refused(site.kubeconfig(**{"proxy-url": "ftp://127.0.0.1:1"}))
    assert "proxy-url of the kubeconfig: not an http:// or https:// URL" in message


@case("clusters[].cluster.disable-compression")
def no_answer_is_compressed(site: Site) -> None:
    assert header(site.reach(site.kubeconfig(**{"disable-compression": True})), "Accept-Encoding") == ["identity"]


@case(
    "users[].user.client-certificate",
    "users[].user.client-certificate-data",
    "users[].user.client-key",
    "users[].user.client-key-data",
)
def the_client_certificate(site: Site) -> None:
    issued = site.authority.issue_cert("me.example", common_name="me")
    certificate, key = issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes()
    (site.folder / "me.pem").write_bytes(certificate)
    (site.folder / "me.key").write_bytes(key)
    files = {"client-certificate": "me.pem", "client-key": "me.key"}
    data = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    for user in (files, data, {**data, "token": "one"}):
        assert site.reach(site.kubeconfig(user))["certificate"] == ["me"]
    alone = site.kubeconfig({"client-certificate": "me.pem"})
    assert "user 'u', client-key or client-key-data is missing" in site.refused(alone)
    assert site.reach(site.kubeconfig({"client-key": "me.key"}))["certificate"] == []


@case("users[].user.token")
def the_token(site: Site) -> None:
    assert header(site.reach(site.kubeconfig({"token": "one"})), "Authorization") == ["Bearer one"]
    message = site.refused(site.kubeconfig({"token": "a\nb"}))
    assert "user 'u', token is invalid: expected a string without line breaks" in message


@case("users[].user.tokenFile")
def the_file_of_the_token(site: Site) -> None:
    file = site.folder / "token"
    file.write_text("one\n")
    relative = site.kubeconfig({"tokenFile": "token"})
    assert header(site.reach(relative), "Authorization") == ["Bearer one"]
    both = site.kubeconfig({"tokenFile": str(file), "token": "two"})
    assert header(site.reach(both), "Authorization") == ["Bearer one"]
    file.write_text(" \n")
    assert f"user 'u', tokenFile: '{file}' has no usable token (it is empty)" in site.refused(relative)
    file.unlink()
    assert f"user 'u', tokenFile: '{file}' cannot be read (No such file" in site.refused(relative)
    assert header(site.reach(both), "Authorization") == ["Bearer two"]


IDENTITY: dict[str, Any] = {
    "as": "me",
    "as-uid": "u1",
    "as-groups": ["g1", "g2"],
    "as-user-extra": {"a/B%": ["v", "w"]},
}


@case(*(f"users[].user.{name}" for name in IDENTITY))
def the_impersonated_identity(site: Site) -> None:
    seen = site.reach(site.kubeconfig({"token": "one", **IDENTITY}))
    sent = {name: values for name, values in seen.items() if name.startswith("impersonate-")}
    assert sent == {
        "impersonate-user": ["me"],
        "impersonate-uid": ["u1"],
        "impersonate-group": ["g1", "g2"],
        "impersonate-extra-a%2fb%25": ["v", "w"],
    }
    seen = site.reach(site.kubeconfig(IDENTITY), impersonate_user="other", impersonate_groups=["g3"])
    sent = {name: values for name, values in seen.items() if name.startswith("impersonate-")}
    assert sent == {"impersonate-user": ["other"], "impersonate-group": ["g3"]}
    for name in ("as-uid", "as-groups", "as-user-extra"):
        assert f"user 'u', {name}: requires as" in site.refused(site.kubeconfig({name: IDENTITY[name]}))


@case("users[].user.username", "users[].user.password")
def basic_authentication(site: Site) -> None:
    seen = site.reach(site.kubeconfig({"username": "me", "password": "p"}))
    assert header(seen, "Authorization") == [f"Basic {encoded(b'me:p')}"]
    for given, options in (
        ({"username": "管理员", "password": "密码"}, {}),
        ({}, {"username": "管理员", "password": "密码"}),
    ):
        seen = site.reach(site.kubeconfig(given), **options)
        assert header(seen, "Authorization") == [f"Basic {encoded('管理员:密码'.encode())}"]
    both = site.kubeconfig({"username": "me", "password": "p", "token": "one"})
    assert "token and username exclude each other" in site.refused(both)


@case("users[].user.auth-provider", "users[].user.auth-provider.name", "users[].user.auth-provider.config")
def authentication_providers(site: Site) -> None:
    for name in ("oidc", "gcp", "azure"):
        message = site.refused(site.kubeconfig({"auth-provider": {"name": name, "config": {"id-token": "t"}}}))
        assert "user 'u', auth-provider: not supported; use a plugin in exec instead" in message


def plugin(site: Site, script: str, **more: Any) -> dict[str, Any]:
    """Return a user whose plugin is a shell script beside the kubeconfig."""
    file = site.folder / "plugins" / "get-token"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": EXEC, "command": "plugins/get-token", "interactiveMode": "IfAvailable", **more}}


def printing(token: str, version: str = EXEC) -> str:
    answer = {"apiVersion": version, "kind": "ExecCredential", "status": {"token": token}}
    return f"cat <<END\n{json.dumps(answer)}\nEND"


@case(
    *("users[].user.exec", "users[].user.exec.command", "users[].user.exec.args", "users[].user.exec.env"),
    *("users[].user.exec.env[].name", "users[].user.exec.env[].value"),
)
def the_plugin(site: Site) -> None:
    user = plugin(site, printing("$NAME-$1-$2"), args=["a", "b c"], env=[{"name": "NAME", "value": "n"}])
    assert header(site.reach(site.kubeconfig(user)), "Authorization") == ["Bearer n-a-b c"]
    in_path = plugin(site, printing("one"), command="get-token", env=[])
    assert "exec: 'get-token' was not found in PATH" in site.refused(site.kubeconfig(in_path))
    before = {**in_path, "token": "two"}
    assert header(site.reach(site.kubeconfig(before)), "Authorization") == ["Bearer two"]
    assert header(site.reach(site.kubeconfig(in_path), api_key="three"), "Authorization") == ["Bearer three"]


@case("users[].user.exec.apiVersion")
def the_version_of_the_plugin(site: Site) -> None:
    beta = f"{EXEC}beta1"
    site.reach(site.kubeconfig(plugin(site, printing("one", beta), apiVersion=beta)))
    assert "apiVersion is not" in site.refused(site.kubeconfig(plugin(site, printing("one", beta))))
    alpha = plugin(site, printing("one"), apiVersion=f"{EXEC}alpha1")
    assert f"user 'u', exec.apiVersion: expected {EXEC} or {EXEC}beta1" in site.refused(site.kubeconfig(alpha))


@case("users[].user.exec.installHint")
def the_hint_of_the_plugin(site: Site) -> None:
    missing = plugin(site, "", command="not-there", installHint="install it\nfrom its site")
    message = site.refused(site.kubeconfig(missing))
    assert "exec: 'not-there' was not found in PATH" in message
    assert "installHint: install it\nfrom its site" in message
    failing = plugin(site, "echo log in first >&2; exit 3", installHint="install it")
    message = site.refused(site.kubeconfig(failing))
    assert "exec: process returned 3. log in first" in message
    assert "which runs 'plugins/get-token'. Its installHint: install it" in message


@case(
    *("users[].user.exec.provideClusterInfo", "clusters[].cluster.extensions"),
    *("clusters[].cluster.extensions[].name", "clusters[].cluster.extensions[].extension"),
)
def what_the_plugin_receives(site: Site) -> None:
    output = site.folder / "received"
    extensions = [
        {"name": "other", "extension": 1},
        {"name": "client.authentication.k8s.io/exec", "extension": {"a": 1}},
    ]
    for provides, cluster in (
        (True, {"server": site.url, "certificate-authority-data": site.ca, "config": {"a": 1}}),
        (False, None),
    ):
        script = f'echo "$KUBERNETES_EXEC_INFO" > {output}\n{printing("one")}'
        site.reach(site.kubeconfig(plugin(site, script, provideClusterInfo=provides), extensions=extensions))
        spec = {"interactive": False, **({"cluster": cluster} if cluster else {})}
        assert json.loads(output.read_text()) == {"apiVersion": EXEC, "kind": "ExecCredential", "spec": spec}


@case("users[].user.exec.interactiveMode")
def the_plugin_has_no_terminal(site: Site) -> None:
    script = f"read answer && exit 1\n(exec 3<>/dev/tty) 2>/dev/null && exit 1\n{printing('one')}"
    for mode in ("Never", "IfAvailable", ""):
        site.reach(site.kubeconfig(plugin(site, script, interactiveMode=mode)))
    message = site.refused(site.kubeconfig(plugin(site, script, interactiveMode="Always")))
    assert "user 'u', exec.interactiveMode: Always is not supported" in message


def test_of_several_files_the_first_of_a_name_counts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """As kubectl does: the first current context, the first user of a name, and paths relative to each file."""
    (site.folder / "second").mkdir(exist_ok=True)
    (site.folder / "second" / "token").write_text("two\n")
    first = {"users": [{"name": "v", "user": {"token": "one"}}], "current-context": "x"}
    second = site.kubeconfig({"tokenFile": "token"})
    second["users"].append({"name": "v", "user": {"token": "three"}})
    second["contexts"].append({"name": "y", "context": {"cluster": "c", "user": "v"}})
    second["current-context"] = "y"
    paths = [str(site.folder / "gone"), site.file(first, "first.yaml"), site.file(second, "second/kubeconfig")]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(paths))
    assert header(site.reach(None), "Authorization") == ["Bearer two"]
    assert header(site.reach(None, context="y"), "Authorization") == ["Bearer one"]
    broken = site.file({"users": [{"name": "v", "user": {"token": 1}}]}, "first.yaml")
    assert f"{broken}: user 'v', token is invalid" in site.refused(None, context="y")
    (site.folder / "first.yaml").write_text("a: [")
    assert f"{broken} cannot be read (not valid YAML in line " in site.refused(None, context="y")
