# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection options and credentials of all kinds; a rejection or an untrusted certificate is reported with a hint."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from aiohttp import web

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import cluster_info
from tests.support.inprocess import Result, run
from tests.support.simulators.kubernetes.serving import ThreadedServer, server_tls
from tests.support.testbed import Cluster
from tests.support.testbed.fixtures import on_real
from tests.system.realapi.documented import MANIFESTS
from tests.system.realapi.kubeconfigs import (
    client_certificate,
    encoded,
    exec_plugin,
    kubeconfig,
    printing_token,
    proxy_to,
    with_other_contexts,
)

NOWHERE = "http://127.0.0.1:1"

unverified = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("K8S_AUTH_") or name.lower().endswith("_proxy") or name == "KUBECONFIG":
            monkeypatch.delenv(name)


def info(**options: Any) -> Result:
    return run(cluster_info.OPERATION, options)


def reached(**options: Any) -> bool:
    result = info(**options)
    assert not result.get("failed"), result["msg"]
    return bool(result["kubesphere_cluster"]["version"] == "3.4.1")


def token_access(cluster: Cluster) -> dict[str, Any]:
    return {"host": cluster.server, "api_key": cluster.token, "ca_cert": str(cluster.ca_file)}


def test_a_kubeconfig_by_path(cluster: Cluster) -> None:
    assert reached(kubeconfig=str(cluster.kubeconfig))


def test_a_kubeconfig_by_content(cluster: Cluster) -> None:
    assert reached(kubeconfig=yaml.safe_load(cluster.kubeconfig.read_text()))


def test_a_context_among_several(cluster: Cluster, tmp_path: Path) -> None:
    content = with_other_contexts(kubeconfig(cluster, {"token": cluster.token}))
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(content))
    assert reached(kubeconfig=str(path), context="it")
    assert reached(kubeconfig=content, context="it")
    assert "cannot be reached" in info(kubeconfig=str(path))["msg"]
    assert "context 'gone'" in info(kubeconfig=str(path), context="gone")["msg"]


def test_a_url_with_a_token_and_an_authority(cluster: Cluster) -> None:
    assert reached(**token_access(cluster))


@unverified
def test_a_url_with_a_token_and_an_unverified_certificate(cluster: Cluster) -> None:
    assert reached(host=cluster.server, api_key=cluster.token, validate_certs=False)


def test_environment_variables(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables = {"HOST": cluster.server, "API_KEY": cluster.token, "SSL_CA_CERT": str(cluster.ca_file)}
    for name, value in variables.items():
        monkeypatch.setenv(f"K8S_AUTH_{name}", value)
    assert reached()
    for name in variables:
        monkeypatch.delenv(f"K8S_AUTH_{name}")
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(with_other_contexts(kubeconfig(cluster, {"token": cluster.token}))))
    monkeypatch.setenv("K8S_AUTH_KUBECONFIG", str(path))
    monkeypatch.setenv("K8S_AUTH_CONTEXT", "it")
    assert reached()
    assert "cannot be reached" in info(context="nowhere")["msg"]


def test_an_exec_plugin(cluster: Cluster, tmp_path: Path) -> None:
    user = exec_plugin(tmp_path, printing_token(cluster.token))
    assert reached(kubeconfig=kubeconfig(cluster, user))


def test_a_failed_exec_plugin_is_reported(cluster: Cluster, tmp_path: Path) -> None:
    user = exec_plugin(tmp_path, "raise SystemExit('log in first')\n")
    message = info(kubeconfig=kubeconfig(cluster, user))["msg"]
    assert "its user has no credentials: exec: process returned 1. log in first" in message
    assert "exec plugin" in message


def test_a_proxy(cluster: Cluster) -> None:
    unreachable = {**token_access(cluster), "host": "https://localhost:1"}
    assert "cannot be reached" in info(**unreachable)["msg"]
    with proxy_to(cluster, "localhost") as url:
        assert reached(**unreachable, proxy=url)
        message = info(**{**token_access(cluster), "host": "https://elsewhere.example:1"}, proxy=url)["msg"]
    assert "cannot be reached" in message
    assert "the proxy" in message


def test_hosts_without_proxy(cluster: Cluster) -> None:
    assert "cannot be reached" in info(**token_access(cluster), proxy=NOWHERE)["msg"]
    assert reached(**token_access(cluster), proxy=NOWHERE, no_proxy="example.com,127.0.0.1")


def test_an_unknown_token(cluster: Cluster) -> None:
    result = info(**{**token_access(cluster), "api_key": "planted-token"})
    assert result["cluster_status"] == 401
    assert "The credentials were rejected or have expired: renew the token" in result["msg"]
    assert "planted-token" not in str(result)


@pytest.mark.parametrize(
    "wrong", [{"api_key": "the-token-of-a-vault\n"}, {"api_key": "符号"}, {"impersonate_user": "张三"}], ids=repr
)
def test_credentials_that_are_invalid_in_a_header_are_reported_and_masked(
    cluster: Cluster, wrong: dict[str, str]
) -> None:
    result = info(**{**token_access(cluster), **wrong})
    assert "line break or a" in result["msg"]
    assert "the-token-of-a-vault" not in str(result)


def test_an_authority_that_did_not_issue_the_certificate(cluster: Cluster, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    message = info(**{**token_access(cluster), "ca_cert": str(other)})["msg"]
    assert "cannot be reached" in message
    assert "The server's certificate is not trusted: set ca_cert" in message


def test_a_certificate_for_another_name(cluster: Cluster) -> None:
    with proxy_to(cluster, "other.example") as url:
        message = info(**{**token_access(cluster), "host": "https://other.example"}, proxy=url)["msg"]
    assert "other.example" in message
    assert "The server's certificate is for another name" in message
    assert "set tls-server-name in kubeconfig" in message


@unverified
def test_user_and_password_are_sent() -> None:
    """No current API server accepts them, but a proxy in front of one may."""
    sent: list[str] = []

    async def refuse(request: web.Request) -> web.StreamResponse:
        sent.append(request.headers.get("Authorization", ""))
        return web.json_response({"kind": "Status", "message": "Unauthorized"}, status=401)

    server = ThreadedServer(refuse, server_tls(trustme.CA()))
    server.start()
    try:
        result = info(host=server.url, username="user-1", password="planted-password", validate_certs=False)
    finally:
        server.stop()
    assert result["cluster_status"] == 401
    assert set(sent) == {f"Basic {base64.b64encode(b'user-1:planted-password').decode()}"}
    assert "planted-password" not in str(result)


@on_real
def test_a_client_certificate(cluster: Cluster, tmp_path: Path) -> None:
    certificate, key = client_certificate(cluster, tmp_path, "user-1", "certified")
    cluster.bind({"kind": "Group", "name": "certified"}, MANIFESTS["facts"])
    options = {"host": cluster.server, "ca_cert": str(cluster.ca_file)}
    assert reached(**options, client_cert=str(certificate), client_key=str(key))
    user = {
        "client-certificate-data": encoded(certificate.read_bytes()),
        "client-key-data": encoded(key.read_bytes()),
    }
    assert reached(kubeconfig=kubeconfig(cluster, user))


@on_real
def test_an_expired_client_certificate(cluster: Cluster, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    times = {"not_before": now - timedelta(days=2), "not_after": now - timedelta(days=1)}
    certificate, key = client_certificate(cluster, tmp_path, "admin", "system:masters", **times)
    options = {"host": cluster.server, "ca_cert": str(cluster.ca_file)}
    result = info(**options, client_cert=str(certificate), client_key=str(key))
    assert result["cluster_status"] == 401
    assert "have expired: renew the token or certificate" in result["msg"]


def bind_writers(cluster: Cluster) -> None:
    """Permit the documented group to read what the facts need, unless a test before has done it."""
    if cluster.find("/apis/rbac.authorization.k8s.io/v1/clusterroles/kubesphere-dingtalk-writers") is None:
        cluster.bind({"kind": "Group", "name": "kubesphere-dingtalk-writers"}, MANIFESTS["facts"])


def test_impersonation_of_a_user_with_groups(cluster: Cluster) -> None:
    bind_writers(cluster)
    account = cluster.granted(MANIFESTS["impersonation"])
    options = {"kubeconfig": str(account.kubeconfig), "impersonate_user": "kubesphere-dingtalk"}
    assert reached(**options, impersonate_groups=["kubesphere-dingtalk-writers"])
    assert "cannot get" in info(**options)["msg"]
    other = info(**options, impersonate_groups=["kubesphere-dingtalk-writers", "another"])["msg"]
    assert 'cannot impersonate resource "groups"' in other
    assert '"another"' in other
    stranger = info(**{**options, "impersonate_user": "stranger"})["msg"]
    assert 'cannot impersonate resource "users"' in stranger


#: The fields of a kubeconfig's user, and the permissions that its account needs beside that for users.
IDENTITY = {
    "as": "kubesphere-dingtalk",
    "as-groups": ["kubesphere-dingtalk-writers"],
    "as-uid": "uid-1",
    "as-user-extra": {"example.org/Reason": ["one", "two"]},
}
ATTRIBUTES = [
    {"verbs": ["impersonate"], "apiGroups": ["authentication.k8s.io"], "resources": ["uids"]},
    {
        "verbs": ["impersonate"],
        "apiGroups": ["authentication.k8s.io"],
        "resources": ["userextras/example.org/reason"],
        "resourceNames": ["one", "two"],
    },
]


def test_a_kubeconfig_that_impersonates(cluster: Cluster) -> None:
    """A run has the permissions of the impersonated user, as kubectl with the same file, and not those of the token."""
    bind_writers(cluster)
    [role] = MANIFESTS["impersonation"]
    account = cluster.granted([{**role, "rules": [*role["rules"], *ATTRIBUTES]}])
    user = {"token": account.token, **IDENTITY}
    assert reached(kubeconfig=kubeconfig(account, user))
    for name, value, resource in (
        ("as", "stranger", "users"),
        ("as-groups", ["another"], "groups"),
        ("as-user-extra", {"example.org/Reason": ["three"]}, "userextras/example.org/reason"),
    ):
        message = info(kubeconfig=kubeconfig(account, {**user, name: value}))["msg"]
        assert f'cannot impersonate resource "{resource}"' in message
    without = {name: value for name, value in user.items() if name != "as-groups"}
    assert "cannot get" in info(kubeconfig=kubeconfig(account, without))["msg"]
    strong = {"token": cluster.token, "as": "nobody-at-all"}
    assert 'User "nobody-at-all" cannot' in info(kubeconfig=kubeconfig(cluster, strong))["msg"]


def test_options_replace_the_identity_of_a_kubeconfig(cluster: Cluster) -> None:
    bind_writers(cluster)
    content = kubeconfig(cluster, {"token": cluster.token, **IDENTITY})
    assert 'User "stranger" cannot' in info(kubeconfig=content, impersonate_user="stranger")["msg"]
    groups = ["kubesphere-dingtalk-writers"]
    assert reached(kubeconfig=content, impersonate_user="stranger", impersonate_groups=groups)
    assert "impersonate_groups: requires impersonate_user" in info(kubeconfig=content, impersonate_groups=groups)["msg"]
