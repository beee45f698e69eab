# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfigs that are read once, have static or renewable tokens, and are loaded by several threads at once."""

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
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.kubeconfig import (
    check_kubeconfig,
    find_credentials,
    hide_kubeconfig,
    read_kubeconfig,
)
from tests.support.input_errors import errors_of
from tests.support.leaks import leaks

TOKEN = "a-secret-token"
CONTENT: dict[str, Any] = {
    "clusters": [{"name": "one", "cluster": {"server": "https://one"}}],
    "contexts": [{"name": "one", "context": {"cluster": "one", "user": "me"}}],
    "users": [{"name": "me", "user": {"token": TOKEN}}],
    "current-context": "one",
}


def tokens(config: Any) -> list[str]:
    """Return the tokens of a configuration; the names of the headers differ between versions of the library."""
    return list(config.api_key.values())


def test_static_token_is_not_reloaded_for_each_request(tmp_path: Path) -> None:
    static = configuration({"kubeconfig": CONTENT}, Secrets())
    assert (static.refresh_api_key_hook, tokens(static)) == (None, [f"Bearer {TOKEN}"])
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
    assert tokens(renewed) == ["Bearer new"]


@pytest.mark.parametrize("text", [yaml.safe_dump(CONTENT), json.dumps(CONTENT)], ids=["YAML", "JSON"])
def test_inline_kubeconfig_may_be_a_string_from_an_encrypted_variable(text: str) -> None:
    secrets = Secrets()
    assert errors_of(check_access, "kubesphere_", {"kubeconfig": text}) == []
    loaded = configuration({"kubeconfig": text}, secrets)
    assert (loaded.host, tokens(loaded)) == ("https://one", [f"Bearer {TOKEN}"])
    assert TOKEN not in secrets.mask_text(text)


@pytest.mark.parametrize("text", [f"users:\n- token: {TOKEN}\n  -", f"- one\n- {TOKEN}\n", f'{{"token": "{TOKEN}"'])
def test_invalid_inline_kubeconfig_is_not_part_of_the_error(text: str) -> None:
    [error] = errors_of(check_access, "kubesphere_", {"kubeconfig": text})
    assert error.startswith("kubesphere_kubeconfig: invalid inline kubeconfig")
    with pytest.raises(OperationError) as refused:
        configuration({"kubeconfig": text}, Secrets())
    assert "kubeconfig (inline)" in refused.value.message
    assert TOKEN not in error + refused.value.message


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (f"users:\n- token: {TOKEN}\n\t- a\n".encode(), "not valid YAML in line 3, column 1: found "),
        (f"```yaml\nusers:\n- token: {TOKEN}\n```\n".encode(), "not valid YAML in line 1, column 1: found "),
        (f"{yaml.safe_dump(CONTENT)}current-context: one\n".encode(), "not valid YAML in line "),
        (yaml.safe_dump(CONTENT).encode("utf-16"), "not UTF-8"),
        (f"# 生产\ntoken: {TOKEN}\n".encode("gbk"), "not UTF-8"),
        (b"", "not a map with clusters, users and contexts"),
        (
            b"$ANSIBLE_VAULT;1.1;AES256\n6162\n",
            "encrypted by ansible-vault); decrypt it, or set kubeconfig to its content by",
        ),
    ],
)
def test_the_error_for_a_file_that_is_no_kubeconfig_has_the_cause(tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_bytes(content)
    [error] = errors_of(check_access, "kubesphere_", {"kubeconfig": str(path)})
    assert error.startswith(f"kubesphere_kubeconfig: '{path}' is not a kubeconfig ({cause}")
    assert TOKEN not in error
    if content:
        with pytest.raises(OperationError) as refused:
            configuration({"kubeconfig": str(path)}, Secrets())
        assert f"{path} cannot be read ({cause}" in refused.value.message
        assert TOKEN not in refused.value.message


ENCODED = base64.b64encode(yaml.safe_dump(CONTENT).encode()).decode()


@pytest.mark.parametrize(
    ("kubeconfig", "error"),
    [
        ([CONTENT], "expected the path or the content of a kubeconfig, not a list"),
        (" ".join(yaml.safe_dump(CONTENT).split()), "the content of a kubeconfig in one line"),
        (ENCODED, "the content of a kubeconfig in base64"),
    ],
)
def test_a_kubeconfig_in_an_unusable_form_is_refused_and_not_shown(kubeconfig: Any, error: str) -> None:
    [message] = errors_of(check_access, "kubesphere_", {"kubeconfig": kubeconfig})
    assert message.startswith(f"kubesphere_kubeconfig: {error}")
    with pytest.raises(InputError) as refused:
        configuration({"kubeconfig": kubeconfig}, Secrets())
    assert not leaks(message + refused.value.message, {"token": TOKEN, "kubeconfig": ENCODED})
    secrets = Secrets(find_credentials(kubeconfig))
    assert not leaks(secrets.mask_text(f"invalid {kubeconfig}"), {"token": TOKEN, "kubeconfig": ENCODED})


@pytest.mark.parametrize(
    "path", ["~/.kube/config", "/home/users:/etc/kube", "kubeconfigs/token", "/" + "a/" * 200 + "b"]
)
def test_a_path_is_no_kubeconfig(path: str) -> None:
    assert errors_of(check_kubeconfig, path) == []
    assert list(find_credentials(path)) == []
    assert hide_kubeconfig(path) == path


def test_arguments_and_variables_of_a_plugin_are_secret_by_their_names() -> None:
    plugin = {
        "command": "get-token",
        "args": ["--client-secret", "S-one", "--password=S-two", "--cluster-name", "production", "-v"],
        "env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "S-three"}, {"name": "AWS_PROFILE", "value": "production"}],
    }
    user = {"exec": plugin, "auth-provider": {"config": {"id-token": "S-four", "client-secret": "S-five"}}}
    found = set(find_credentials({**CONTENT, "users": [{"name": "me", "user": user}]}))
    assert found == {"S-one", "S-two", "S-three", "S-four", "S-five"}


KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgO\n-----END RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize("name", ["client_key", "client_cert", "ca_cert"])
@pytest.mark.parametrize("key", [KEY, KEY.replace("\n", " "), base64.b64encode(KEY.encode()).decode()])
def test_a_key_in_place_of_its_path_is_refused_and_not_shown(name: str, key: str) -> None:
    [error] = errors_of(check_access, "kubesphere_", {"kubeconfig": CONTENT, name: key})
    assert error == (
        f"kubesphere_{name}: contains the content of a file instead of its path; store it in a file and set the path"
    )


@pytest.mark.parametrize("host", ["https://me:its-password@one:6443", "me:its-password@one", "https://me@one"])
def test_credentials_in_the_servers_url_are_refused_as_they_are_never_sent(host: str) -> None:
    [error] = errors_of(check_access, "kubesphere_", {"host": host})
    assert error.startswith("kubesphere_host: contains a user name, a password or a token, which is never sent")
    assert "its-password" not in error


@pytest.mark.parametrize("option", [{"request_timeout": -1}, {"request_timeout": 10**12}, {"proxy": "one:3128"}])
def test_options_that_the_library_fails_on_are_input_errors(option: dict[str, Any]) -> None:
    [error] = errors_of(check_access, "kubesphere_", {"kubeconfig": CONTENT, **option})
    assert error.startswith(f"kubesphere_{next(iter(option))}: ")
    with pytest.raises(InputError):
        configuration({"kubeconfig": CONTENT, **option}, Secrets())


def test_unsupported_proxy_of_a_kubeconfig_is_an_input_error() -> None:
    cluster = {"server": "https://one", "proxy-url": "socks5://me:its-password@one:1080"}
    content = {**CONTENT, "clusters": [{"name": "one", "cluster": cluster}]}
    with pytest.raises(InputError, match="proxy-url of the kubeconfig: not an http:// or https:// URL") as refused:
        configuration({"kubeconfig": content}, Secrets())
    assert "its-password" not in refused.value.message


def test_rewritten_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("a: 1")
    os.utime(path, (1, 1))
    assert read_kubeconfig(str(path)) == {"a": 1}
    path.write_text("a: 2")
    assert read_kubeconfig(str(path)) == {"a": 2}


def test_ca_shared_by_two_kubeconfigs_is_complete_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    ca = f"-----BEGIN CERTIFICATE-----\n{uuid.uuid4()}"
    encoded = base64.b64encode(ca.encode()).decode()
    kubeconfig = {
        "clusters": [{"name": "one", "cluster": {"server": "https://one", "certificate-authority-data": encoded}}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "me"}}],
        "users": [{"name": "me", "user": {}}],
        "current-context": "one",
    }
    other_has_read = Event()

    def slow_open(*arguments: Any) -> Any:
        """Delay writing the file, which exists but is empty, until the other thread has read it."""
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


@pytest.mark.parametrize("option", ["host", "ca_cert", "client_cert", "client_key", "api_key", "proxy", "context"])
def test_an_empty_option_is_none(option: str) -> None:
    """A variable's default in a template is often an empty string."""
    found, expected = (configuration({"kubeconfig": CONTENT, **given}, Secrets()) for given in ({option: ""}, {}))
    for name in ("host", "ssl_ca_cert", "cert_file", "key_file", "proxy", "api_key"):
        assert getattr(found, name) == getattr(expected, name)
