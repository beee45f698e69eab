# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's own API at its URL: the identity of the options is used, and a redirected write is not repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.connection import Proxied
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import ClusterError, refusal
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.api import KubeSphereApi
from tests.support.simulators.kubernetes.serving import ThreadedServer, json_response, server_tls

PASSWORD = {"api_username": "admin", "api_password": "the-password"}
TOKEN = {"api_token": "the-token"}
PATH = "/proxy/alerting.kubesphere.io/v2beta1/globalrulegroups/one"


@dataclass
class RecordingServer:
    """A server that records its requests; ``options`` are those of a client."""

    options: dict[str, Any] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.headers.get("Authorization", "")))
        if request.path.startswith("/moved"):
            return web.Response(status=302, headers={"Location": f"https://ks.example.com{PATH}?token=t"})
        if request.path.startswith("/page"):
            return web.Response(text="[]" if request.path.startswith("/page/list") else "<html>")
        return json_response(200, {"metadata": {"name": "one", "uid": "1", "resourceVersion": "1"}})

    def send(self, verb: str, **options: Any) -> None:
        api = KubeSphereApi(None, {**self.options, **options}, Secrets())  # type: ignore[arg-type]
        api.request(verb, PATH, {})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RecordingServer]:
    authority, server = trustme.CA(), RecordingServer()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    thread = ThreadedServer(server.handle, server_tls(authority))
    thread.start()
    server.options = {"api_url": thread.url, "api_token": "the-token", "api_ca_cert": str(ca_file)}
    yield server
    thread.stop()


def test_netrc_is_ignored(server: RecordingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.send("put")
    assert server.requests == [("PUT", "Bearer the-token")]


@pytest.mark.parametrize("verb", ["get", "put", "delete"])
def test_a_redirect_is_reported_and_not_followed(server: RecordingServer, verb: str) -> None:
    with pytest.raises(OperationError, match="redirects to") as error:
        server.send(verb, api_url=f"{server.options['api_url']}/moved")
    assert "redirects to https://ks.example.com; set kubesphere_api_url" in error.value.message
    assert "token=t" not in error.value.message
    assert [method for method, _ in server.requests] == [verb.upper()]


@pytest.mark.parametrize("page", ["list", "html"])
def test_an_answer_that_is_not_a_json_object_is_reported_with_a_hint(server: RecordingServer, page: str) -> None:
    with pytest.raises(OperationError, match=r"(not a JSON object|is a web page).* Check that kubesphere_api_url"):
        server.send("get", api_url=f"{server.options['api_url']}/page/{page}")


def test_the_cause_of_a_failed_connection_is_reported(server: RecordingServer, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    for options, cause in (
        ({"api_ca_cert": str(other)}, r"certificate\. Check"),
        ({"api_url": "https://127.0.0.1:1"}, "Connection refused"),
        ({"api_url": "https://nowhere.invalid"}, "Name or service not known"),
    ):
        with pytest.raises(OperationError, match=cause):
            server.send("get", **options)


@pytest.mark.parametrize(
    "options",
    [
        {"api_ca_cert": "/nowhere/ca.pem"},
        {"api_url": "ks"},
        {"proxy": "nowhere:1:2"},
        {"proxy": "http://me:密码@127.0.0.1:1"},
    ],
)
def test_invalid_connection_options_are_reported_with_a_hint(server: RecordingServer, options: dict[str, Any]) -> None:
    with pytest.raises(OperationError, match="Check kubesphere_api_url, kubesphere_api_ca_cert"):
        server.send("get", **options)


class Proxying:
    """A connection to kube-apiserver that answers everything with one object."""

    server = "https://cluster.example"

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer

    def request(self, verb: str, path: str, **options: Any) -> dict[str, Any]:
        return self.answer

    def text(self, path: str) -> str:
        return ""

    def proxied(self, verb: str, path: str, body: Any = None) -> Proxied:
        raise NotImplementedError

    def has_dry_run(self, path: str) -> bool:
        return False

    def credentials_expiry(self) -> float | None:
        return None

    def server_time(self) -> float | None:
        return None


class Refusing(Proxying):
    """A connection to kube-apiserver that refuses everything, in its own words or in those of ks-apiserver."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__({})
        self.status, self.message = status, message

    def request(self, verb: str, path: str, **options: Any) -> dict[str, Any]:
        body = json.dumps({"kind": "Status", "status": "Failure", "message": self.message, "code": self.status})
        raise refusal(verb, path, self.status, body, Secrets())


@pytest.mark.parametrize(
    ("status", "message", "options", "finding", "advice"),
    [
        (401, "Unauthorized", PASSWORD, "KD328", "Correct kubesphere_api_username and kubesphere_api_password"),
        (401, "token expired", TOKEN, "KD328", "Renew kubesphere_api_token"),
        (403, "globalrulegroups is forbidden", TOKEN, "KD328", "a role that manages alerting policies"),
        (403, 'cannot get resource "services/proxy" in API group', TOKEN, "KD303", "The account lacks a permission"),
        (500, "down", TOKEN, "KD313", "The API server failed"),
        (403, "the platform is read-only", TOKEN, "KD306", "Check the licence in KubeSphere's console"),
        (430, "", TOKEN, "KD306", "Check the licence in KubeSphere's console"),
    ],
)
def test_the_advice_is_for_whom_the_api_refuses(
    status: int, message: str, options: dict[str, str], finding: str, advice: str
) -> None:
    with pytest.raises(ClusterError) as error:
        KubeSphereApi(Refusing(status, message), options, Secrets()).request("get", PATH)
    assert (error.value.status, error.value.finding) == (status, finding)
    assert message in error.value.message
    assert advice in error.value.message


OBJECT = {"name": "one", "uid": "1", "resourceVersion": "1"}


@pytest.mark.parametrize(
    "answer",
    [
        {"metadata": OBJECT, "spec": {"rules": [["a list"]]}},
        {"metadata": OBJECT, "spec": []},
        {"metadata": [OBJECT]},
        {"metadata": {**OBJECT, "name": "another"}},
        {"kind": "Status"},
    ],
)
def test_an_answer_through_the_service_proxy_has_the_shape_of_its_path(answer: dict[str, Any]) -> None:
    api = KubeSphereApi(Proxying(answer), {"api_token": "the-token"}, Secrets())
    with pytest.raises(OperationError, match="is not one of a Kubernetes API"):
        api.request("get", PATH)
