# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy before a cluster: its source, and the hosts that are reached directly, as with Go's httpproxy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.access.proxies import (
    check_proxy,
    is_excluded,
    proxy_of,
    supports_socks,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.auth import configuration
from tests.support.input_errors import errors_at
from tests.support.simulators.background import Background
from tests.support.simulators.dingtalk.proxy import Proxy, tunnelling
from tests.unit.kubernetes.access.site import NAME, Site, encoded

#: Entries of NO_PROXY, a server, and whether they exclude it (golang.org/x/net/http/httpproxy, its documentation).
EXCLUSIONS = [
    ("*", "https://one.example", True),
    ("", "https://one.example", False),
    (" , ,", "https://one.example", False),
    ("one.example", "https://one.example", True),
    ("ONE.example", "https://One.Example", True),
    ("example", "https://one.example", True),
    ("ample", "https://one.example", False),
    (".example", "https://one.example", True),
    (".one.example", "https://one.example", False),
    ("*.example", "https://one.example", True),
    ("*.one.example", "https://one.example", False),
    ("other.example, one.example", "https://one.example", True),
    ("one.example:443", "https://one.example", True),
    ("one.example:6443", "https://one.example", False),
    ("one.example:6443", "https://one.example:6443/path", True),
    ("one.example:80", "http://one.example", True),
    ("10.1.2.3", "https://10.1.2.3:6443", True),
    ("10.1.2.3:6443", "https://10.1.2.3:6443", True),
    ("10.1.2.3:443", "https://10.1.2.3:6443", False),
    ("10.1.2", "https://10.1.2.3", False),
    ("10.0.0.0/8", "https://10.1.2.3", True),
    ("10.0.0.1/8", "https://10.1.2.3", True),
    ("10.0.0.0/8", "https://11.1.2.3", False),
    ("10.0.0.0/8", "https://one.example", False),
    ("10.0.0.0/99", "https://10.1.2.3", False),
    ("fd00::/8", "https://[fd00::1]:6443", True),
    ("fd00::1", "https://[fd00::1]:6443", True),
    ("[fd00::1]:6443", "https://[fd00::1]:6443", True),
    ("[fd00::1]:443", "https://[fd00::1]:6443", False),
    (":443", "https://one.example", False),
]


@pytest.mark.parametrize(("excluded", "server", "is_direct"), EXCLUSIONS)
def test_no_proxy_names_servers_as_go_reads_it(excluded: str, server: str, is_direct: bool) -> None:
    assert is_excluded(server, excluded) is is_direct


ONE, TWO, THREE = "http://one:1", "http://two:2", "http://three:3"
SOURCES: list[tuple[dict[str, str], dict[str, Any], str | None, str, tuple[str, str | None]]] = [
    ({}, {}, None, "https://a.example", ("", None)),
    ({"HTTPS_PROXY": ONE}, {}, None, "https://a.example", ("HTTPS_PROXY", ONE)),
    ({"https_proxy": ONE}, {}, None, "https://a.example", ("https_proxy", ONE)),
    ({"HTTPS_PROXY": ONE, "https_proxy": TWO}, {}, None, "https://a.example", ("HTTPS_PROXY", ONE)),
    ({"HTTPS_PROXY": "", "https_proxy": TWO}, {}, None, "https://a.example", ("https_proxy", TWO)),
    ({"HTTPS_PROXY": "one:1"}, {}, None, "https://a.example", ("HTTPS_PROXY", ONE)),
    ({"HTTP_PROXY": ONE}, {}, None, "https://a.example", ("", None)),
    ({"HTTP_PROXY": ONE}, {}, None, "http://a.example", ("HTTP_PROXY", ONE)),
    ({"ALL_PROXY": ONE}, {}, None, "https://a.example", ("", None)),
    ({"HTTPS_PROXY": ONE, "NO_PROXY": ".example"}, {}, None, "https://a.example", ("HTTPS_PROXY", None)),
    ({"HTTPS_PROXY": ONE, "no_proxy": ".example"}, {}, None, "https://a.example", ("HTTPS_PROXY", None)),
    (
        {"HTTPS_PROXY": ONE, "NO_PROXY": "b"},
        {"no_proxy": "a.example"},
        None,
        "https://a.example",
        ("HTTPS_PROXY", None),
    ),
    ({"HTTPS_PROXY": ONE, "NO_PROXY": "*"}, {"no_proxy": "b"}, None, "https://a.example", ("HTTPS_PROXY", ONE)),
    ({"HTTPS_PROXY": ONE}, {}, None, "https://localhost:6443", ("HTTPS_PROXY", None)),
    ({"HTTPS_PROXY": ONE}, {}, None, "https://127.0.0.2:6443", ("HTTPS_PROXY", None)),
    ({"HTTPS_PROXY": ONE}, {}, None, "https://[::1]:6443", ("HTTPS_PROXY", None)),
    ({"HTTPS_PROXY": ONE}, {}, TWO, "https://a.example", ("proxy-url of the kubeconfig", TWO)),
    ({"NO_PROXY": "*"}, {}, TWO, "https://a.example", ("proxy-url of the kubeconfig", TWO)),
    ({"NO_PROXY": "*"}, {"proxy": THREE}, TWO, "https://a.example", ("proxy", THREE)),
    ({}, {"proxy": THREE, "no_proxy": "a.example"}, TWO, "https://a.example", ("proxy", None)),
    ({}, {"no_proxy": "a.example"}, TWO, "https://a.example", ("proxy-url of the kubeconfig", None)),
    ({}, {}, TWO, "https://localhost:6443", ("proxy-url of the kubeconfig", TWO)),
    ({}, {}, "SOCKS5://one:1", "https://a.example", ("proxy-url of the kubeconfig", "socks5h://one:1")),
]


@pytest.mark.parametrize(("environment", "options", "proxy_url", "server", "expected"), SOURCES)
def test_the_source_of_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
    environment: Mapping[str, str],
    options: Mapping[str, Any],
    proxy_url: str | None,
    server: str,
    expected: tuple[str, str | None],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_of(server, options, proxy_url) == expected


@pytest.fixture
def proxy(site: Site) -> Iterator[tuple[str, Proxy]]:
    """Return the URL of a proxy that knows the server's name, and its record."""
    record = Proxy()
    running = Background(lambda: tunnelling({NAME: int(site.named_url.rpartition(":")[2])}, record))
    yield f"http://me:its-password@127.0.0.1:{running.start()}", record
    running.stop()


def test_the_proxy_of_the_environment_is_used_unless_no_proxy_names_the_cluster(
    site: Site, proxy: tuple[str, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, record = proxy
    monkeypatch.setenv("HTTPS_PROXY", url)
    content = site.kubeconfig(server=f"https://{NAME}")
    site.reach(content)
    assert record.requests == [f"CONNECT {NAME}:443"]
    monkeypatch.setenv("NO_PROXY", f"10.0.0.0/8,{NAME}")
    assert "cannot be reached" in site.refused(content)
    assert len(record.requests) == 1


@pytest.mark.parametrize("url", ["socks5://me:its-password@127.0.0.1:1", "socks4://127.0.0.1:1", "ftp://127.0.0.1:1"])
def test_an_unsupported_proxy_is_named_by_its_source_only_where_it_is_used(
    site: Site, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    assert not supports_socks(), "the tests run without PySocks"
    remote = site.kubeconfig(server=f"https://{NAME}")
    refused = "not an http:// or https:// URL; socks5:// requires PySocks and kubernetes >= 37"
    for message in (
        site.refused(remote, proxy=url),
        site.refused(site.kubeconfig(server=f"https://{NAME}", **{"proxy-url": url})),
    ):
        assert refused in message
    monkeypatch.setenv("ALL_PROXY", url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    site.reach(site.kubeconfig())
    monkeypatch.setenv("HTTPS_PROXY", url)
    site.reach(site.kubeconfig())
    message = site.refused(remote)
    assert f"environment variable HTTPS_PROXY: {refused}" in message
    assert "its-password" not in message
    monkeypatch.setenv("NO_PROXY", NAME)
    assert "cannot be reached" in site.refused(remote)


@pytest.mark.parametrize("password", ["密码", "%E5%AF%86%E7%A0%81"])
def test_the_credentials_of_a_proxy_are_sent_in_utf_8(site: Site, password: str) -> None:
    secrets = Secrets()
    content = site.kubeconfig(server=f"https://{NAME}")
    found = configuration({"kubeconfig": content, "proxy": f"http://me:{password}@127.0.0.1:1"}, secrets)
    header = encoded("me:密码".encode())
    assert found.proxy_headers == {"proxy-authorization": f"Basic {header}"}
    assert header not in secrets.mask_text(header)


def test_a_proxy_with_an_invalid_url_is_named() -> None:
    for url in ("http://[::1", "http://one:99999", f"http://{'a' * 64}"):
        assert errors_at("proxy", check_proxy, url) == [
            "proxy: invalid URL; check its brackets, its host name and its port"
        ]


@pytest.mark.parametrize("character", "/?#")
def test_the_password_of_a_proxy_that_needs_an_escape_is_named(site: Site, character: str) -> None:
    for password in (f"its{character}password", f"123{character}password"):
        url = f"http://me:{password}@proxy.example:3128"
        message = site.refused(site.kubeconfig(server=f"https://{NAME}"), proxy=url)
        assert "proxy: its user name or password contains /, ? or #; write %2F, %3F or %23 in its place" in message
        assert "123" not in message
        assert "password@" not in message
