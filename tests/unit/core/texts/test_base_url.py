# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity of a server, whatever the spelling of its URL."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.texts.base_url import server_identity


@pytest.mark.parametrize(
    ("identity", "spellings"),
    [
        (
            "https://api.dingtalk.com",
            (
                "https://api.dingtalk.com/",
                "https://api.dingtalk.com//",
                "HTTPS://API.DingTalk.com",
                "https://api.dingtalk.com:443",
                "https://api.dingtalk.com.:443/",
                "https://user:password@api.dingtalk.com",
                " https://api.dingtalk.com ",
            ),
        ),
        ("http://api.dingtalk.com", ("http://api.dingtalk.com:80/",)),
        ("http://api.dingtalk.com:443", ("http://API.dingtalk.com:443/",)),
        ("https://api.dingtalk.com:8443/Prefix", ("https://api.dingtalk.com:8443/Prefix/",)),
        ("https://127.0.0.1:8443", ("https://localhost:8443", "https://[::1]:8443", "https://[0:0:0:0:0:0:0:1]:8443")),
        ("https://[2001:db8::1]", ("https://[2001:DB8:0::1]:443",)),
        ("dingtalk", ("dingtalk",)),
        ("https://a:port", ("https://a:port",)),
    ],
)
def test_all_spellings_have_one_identity(identity: str, spellings: tuple[str, ...]) -> None:
    assert {server_identity(spelling) for spelling in spellings} == {identity}
    assert server_identity(identity) == identity


def test_other_servers_have_other_identities() -> None:
    servers = [
        "https://a",
        "http://a",
        "https://b",
        "https://a:8443",
        "https://a/b",
        "https://a/B",
        "https://127.0.0.2",
    ]
    assert len({server_identity(server) for server in servers}) == len(servers)
