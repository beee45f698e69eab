# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's own API by its URL: whoever answers, the identity is the one given, and no write becomes a read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.api import KubeSphereApi
from tests.support.simulators.kubernetes.serving import ThreadedServer, json_response, server_tls

PATH = "/proxy/alerting.kubesphere.io/v2beta1/globalrulegroups/one"


@dataclass
class Answering:
    """A server that keeps what it is asked; ``options`` lead to it."""

    options: dict[str, Any] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.headers.get("Authorization", "")))
        if request.path.startswith("/moved"):
            return web.Response(status=302, headers={"Location": f"https://ks.example.com{PATH}?token=t"})
        return json_response(200, {})

    def ask(self, verb: str, **options: Any) -> None:
        api = KubeSphereApi(None, {**self.options, **options}, Secrets())  # type: ignore[arg-type]
        api.request(verb, PATH, {})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Answering]:
    authority, answering = trustme.CA(), Answering()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    serving = ThreadedServer(answering.handle, server_tls(authority))
    serving.start()
    answering.options = {"api_url": serving.url, "api_token": "the-token", "api_ca_cert": str(ca_file)}
    yield answering
    serving.stop()


def test_the_users_netrc_has_no_say(server: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.ask("put")
    assert server.seen == [("PUT", "Bearer the-token")]


@pytest.mark.parametrize("verb", ["get", "put", "delete"])
def test_a_redirect_is_not_followed_but_named(server: Answering, verb: str) -> None:
    with pytest.raises(OperationError, match="leads on to") as refused:
        server.ask(verb, api_url=f"{server.options['api_url']}/moved")
    assert "leads on to https://ks.example.com: give kubesphere_api_url" in refused.value.message
    assert "token=t" not in refused.value.message
    assert [method for method, _ in server.seen] == [verb.upper()]


@pytest.mark.parametrize("options", [{"api_ca_cert": "/nowhere/ca.pem"}, {"api_url": "ks"}, {"proxy": "nowhere:1:2"}])
def test_what_cannot_lead_there_is_an_error_with_the_way_out(server: Answering, options: dict[str, Any]) -> None:
    with pytest.raises(OperationError, match="Check kubesphere_api_url, kubesphere_api_ca_cert"):
        server.ask("get", **options)
