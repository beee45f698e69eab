# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: servers that record how they are reached, and an environment without proxies."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest
import trustme
from aiohttp import web

from tests.support.simulators.kubernetes.serving import ThreadedServer
from tests.unit.kubernetes.access.site import NAME, Site


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("access"), trustme.CA())

    async def answer(request: web.Request) -> web.StreamResponse:
        certificate = request.transport.get_extra_info("peercert") if request.transport else None
        found = {name.lower(): request.headers.getall(name) for name in request.headers}
        names = [value for part in (certificate or {}).get("subject", ()) for key, value in part if key == "commonName"]
        site.seen.append({**found, "certificate": names})
        return web.Response(text="v1")

    servers = [ThreadedServer(answer, _tls(site.authority, name)) for name in ("127.0.0.1", NAME)]
    for server in servers:
        server.start()
    site.url, site.named_url = (server.url for server in servers)
    yield site
    for server in servers:
        server.stop()


def _tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
