# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts with one address of the API server are one cluster, however the address is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.access.address import same_address
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.auth_checks import read_address

Json = dict[str, Any]
SERVER = "https://192.0.2.1:6443"


def kubeconfig(server: str = SERVER, fields: Json | None = None, user: str = "one") -> Json:
    return {
        "clusters": [{"name": "it", "cluster": {"server": server, **(fields or {})}}],
        "users": [{"name": user, "user": {"token": user}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": user}}],
        "current-context": "it",
    }


PROXY = "http://192.0.2.8:3128"
FIRST: Json = {"kubeconfig": kubeconfig()}
#: Access options -> whether they reach the cluster of FIRST.
TABLE: dict[str, tuple[Json, bool]] = {
    "the same": (FIRST, True),
    "another user": ({"kubeconfig": kubeconfig(user="two")}, True),
    "the content as text": ({"kubeconfig": yaml.safe_dump(kubeconfig())}, True),
    "the option host": ({"host": SERVER, "api_key": "token"}, True),
    "the option host before a kubeconfig": ({"host": SERVER, "kubeconfig": kubeconfig("https://192.0.2.2:6443")}, True),
    "a trailing slash": ({"host": f"{SERVER}/"}, True),
    "upper case": ({"host": SERVER.upper()}, True),
    "another CA": ({"kubeconfig": kubeconfig(SERVER, {"insecure-skip-tls-verify": True})}, True),
    "impersonation": ({**FIRST, "impersonate_user": "jane"}, True),
    "another address": ({"kubeconfig": kubeconfig("https://192.0.2.2:6443")}, False),
    "another port": ({"host": "https://192.0.2.1:6444"}, False),
    "another path": ({"host": f"{SERVER}/k8s/clusters/lab"}, False),
    "a proxy": ({**FIRST, "proxy": PROXY}, False),
    "a proxy in the kubeconfig": ({"kubeconfig": kubeconfig(SERVER, {"proxy-url": PROXY})}, False),
    "a proxy that is excluded": ({**FIRST, "proxy": PROXY, "no_proxy": "192.0.2.1"}, True),
    "another name of its certificate": ({"kubeconfig": kubeconfig(SERVER, {"tls-server-name": "lab.example"})}, False),
    "a file that does not exist": ({"kubeconfig": "/nonexistent"}, False),
}


@pytest.mark.parametrize("name", TABLE)
def test_one_address_is_one_cluster(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    options, expected = TABLE[name]
    found = same_address({"first": read_address(FIRST), "second": read_address(options)})
    assert found == ([["first", "second"]] if expected else [])


def test_a_copied_file_is_one_cluster(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("first", "second")]
    for path in paths:
        path.write_text(yaml.safe_dump(kubeconfig()))
    found = same_address({path.name: read_address({"kubeconfig": str(path)}) for path in paths})
    assert found == [["first", "second"]]


def test_hosts_without_an_address_are_not_compared() -> None:
    assert same_address({"first": None, "second": None}) == []
