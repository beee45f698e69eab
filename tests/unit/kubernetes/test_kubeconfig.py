# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfigs read once, with tokens that stay or are renewed, and loaded by several threads at the same moment."""

from __future__ import annotations

import base64
import json
import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import yaml
from kubernetes.config import kube_config

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import InputError, OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.auth import configuration
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.auth_checks import check_access
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.kubeconfig import read_kubeconfig

TOKEN = "a-token-that-nobody-sees"
CONTENT: dict[str, Any] = {
    "clusters": [{"name": "one", "cluster": {"server": "https://one"}}],
    "contexts": [{"name": "one", "context": {"cluster": "one", "user": "me"}}],
    "users": [{"name": "me", "user": {"token": TOKEN}}],
    "current-context": "one",
}


def test_a_token_that_stays_is_not_set_up_anew_for_each_request(tmp_path: Path) -> None:
    kept = configuration({"kubeconfig": CONTENT}, Secrets())
    assert (kept.refresh_api_key_hook, kept.api_key) == (None, {"BearerToken": f"Bearer {TOKEN}"})
    message = json.dumps(
        {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "new"}}
    )
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "echo",
        "args": [message],
        "interactiveMode": "Never",
    }
    kubeconfig = {**CONTENT, "users": [{"name": "me", "user": {"exec": plugin}}]}
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(kubeconfig))
    renewed = configuration({"kubeconfig": str(path)}, Secrets())
    assert renewed.refresh_api_key_hook is not None
    assert renewed.api_key == {"BearerToken": "Bearer new"}


@pytest.mark.parametrize("text", [yaml.safe_dump(CONTENT), json.dumps(CONTENT)], ids=["YAML", "JSON"])
def test_the_content_may_be_a_text_as_an_encrypted_variable_holds_it(text: str) -> None:
    secrets = Secrets()
    assert check_access("kubesphere_", {"kubeconfig": text}) == []
    loaded = configuration({"kubeconfig": text}, secrets)
    assert (loaded.host, loaded.api_key) == ("https://one", {"BearerToken": f"Bearer {TOKEN}"})
    assert TOKEN not in secrets.mask_text(text)


@pytest.mark.parametrize("text", [f"users:\n- token: {TOKEN}\n  -", f"- one\n- {TOKEN}\n", f'{{"token": "{TOKEN}"'])
def test_a_text_that_is_neither_a_path_nor_a_kubeconfig_is_not_repeated(text: str) -> None:
    [error] = check_access("kubesphere_", {"kubeconfig": text})
    assert error.startswith("kubesphere_kubeconfig: its text is no kubeconfig")
    with pytest.raises(OperationError) as refused:
        configuration({"kubeconfig": text}, Secrets())
    assert "kubeconfig (given inline)" in refused.value.message
    assert TOKEN not in error + refused.value.message


@pytest.mark.parametrize("option", [{"request_timeout": -1}, {"request_timeout": 10**12}, {"proxy": "one:3128"}])
def test_what_the_library_breaks_off_with_is_found_before(option: dict[str, Any]) -> None:
    [error] = check_access("kubesphere_", {"kubeconfig": CONTENT, **option})
    assert error.startswith(f"kubesphere_{next(iter(option))}: ")
    with pytest.raises(InputError):
        configuration({"kubeconfig": CONTENT, **option}, Secrets())


def test_a_kubeconfigs_proxy_that_the_library_cannot_take_is_an_input_error() -> None:
    cluster = {"server": "https://one", "proxy-url": "socks5://me:its-password@one:1080"}
    content = {**CONTENT, "clusters": [{"name": "one", "cluster": cluster}]}
    with pytest.raises(InputError, match="proxy-url of the kubeconfig: not an http:// or https:// URL") as refused:
        configuration({"kubeconfig": content}, Secrets())
    assert "its-password" not in refused.value.message


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("a: 1")
    os.utime(path, (1, 1))
    assert read_kubeconfig(str(path)) == {"a": 1}
    path.write_text("a: 2")
    assert read_kubeconfig(str(path)) == {"a": 2}


def test_a_ca_that_two_of_them_hold_is_whole_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    ca = f"a certificate {uuid.uuid4()}"
    encoded = base64.b64encode(ca.encode()).decode()
    kubeconfig = {
        "clusters": [{"name": "one", "cluster": {"server": "https://one", "certificate-authority-data": encoded}}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "me"}}],
        "users": [{"name": "me", "user": {}}],
        "current-context": "one",
    }
    other_has_read = Event()

    def slow_open(*arguments: Any) -> Any:
        """The file has a name, and nothing in it for as long as the other thread may take."""
        other_has_read.wait(0.5)
        return open(*arguments)

    def load(_number: int) -> str:
        path = Path(configuration({"kubeconfig": kubeconfig}, Secrets()).ssl_ca_cert)
        content = path.read_text()
        other_has_read.set()
        return content

    monkeypatch.setattr(kube_config, "open", slow_open, raising=False)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(load, range(2))) == [ca, ca]
