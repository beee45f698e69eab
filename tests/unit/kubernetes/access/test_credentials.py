# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exec plugins: those that fail are named with what they printed, and their tokens are renewed and masked."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.access import exec_plugin
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.connection import ApiServerConnection
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import cluster_info
from tests.support.inprocess import run
from tests.support.leaks import leaks
from tests.unit.kubernetes.access.site import Site, encoded, header

VERSION = "client.authentication.k8s.io/v1"
SECRET = "planted-secret"


def user(script: str, *args: str, **more: Any) -> dict[str, Any]:
    """Return a user whose plugin is a Python script."""
    command = {"apiVersion": VERSION, "command": sys.executable, "args": ["-c", script, *args]}
    return {"exec": {**command, "interactiveMode": "Never", "installHint": "install it from its site", **more}}


def printing(**status: Any) -> str:
    return f"print({json.dumps({'apiVersion': VERSION, 'kind': 'ExecCredential', 'status': status})!r})"


FAILURES = {
    "without output": ("raise SystemExit(1)", "exec: process returned 1;"),
    "errors on stdout": ("print('log in first'); raise SystemExit(2)", "exec: process returned 2. log in first"),
    "killed": ("import os; os.kill(os.getpid(), 9)", "exec: process returned -9"),
    "no output": ("", "failed to decode process output: not valid JSON"),
    "no status": (f'print(\'{{"apiVersion": "{VERSION}", "kind": "ExecCredential"}}\')', "missing key 'status'"),
    "an empty status": (printing(), "missing key 'status'"),
    "no token": (printing(expirationTimestamp="2026-01-01T00:00:00Z"), "expected token, or clientCertificateData"),
    "an empty token": (printing(token=""), "expected token, or clientCertificateData and clientKeyData, in status"),
    "a token with a line break": (printing(token=f"{SECRET}\n"), "invalid token in status"),
    "a token that is a map": (printing(token={"a": SECRET}), "invalid token in status"),
    "a certificate without a key": (
        printing(clientCertificateData="a"),
        "expected token, or clientCertificateData and",
    ),
    "an invalid time": (printing(token="a", expirationTimestamp="soon"), "invalid expirationTimestamp in status"),
    "a junk certificate": (
        printing(clientCertificateData="junk", clientKeyData=SECRET),
        "user 'u', client-certificate, client-key (or the same with -data): not a certificate and its key",
    ),
    "a secret in its errors": (
        "import os, sys; sys.exit('refused ' + os.environ['CLIENT_SECRET'] + ' ' + sys.argv[2])",
        "exec: process returned 1. refused ******** ********",
    ),
    "endless errors": ("import sys; sys.stderr.write('x' * 3000000); raise SystemExit(1)", "more characters)"),
    "endless output": ("print('[' + '1,' * 3000000)", "failed to decode process output"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_plugin_that_fails_is_named(site: Site, capfd: pytest.CaptureFixture[str], name: str) -> None:
    script, error = FAILURES[name]
    plugin = user(script, "--client-secret", SECRET, env=[{"name": "CLIENT_SECRET", "value": SECRET}])
    site.seen.clear()
    message = run(cluster_info.OPERATION, {"kubeconfig": site.kubeconfig(plugin)})["msg"]
    assert error in message
    if name != "a junk certificate":
        assert f"which runs {sys.executable!r}. Its installHint: install it from its site" in message
    assert len(message) < 3000
    assert not leaks(message, {"it": SECRET})
    assert capfd.readouterr() == ("", "")
    assert site.seen == []


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("not-there", "exec: 'not-there' was not found in PATH"),
        ("./not-there", "exec: './not-there' cannot be run (No such file or directory)"),
        ("./not-executable", "exec: './not-executable' cannot be run (Permission denied)"),
        ("./not-a-program", "exec: './not-a-program' cannot be run (Exec format error)"),
        ("./", "exec: './' cannot be run (Permission denied)"),
        (
            "./from-windows",
            "exec: './from-windows' cannot be run (the interpreter in its first line was not found; Windows",
        ),
    ],
)
def test_a_plugin_that_cannot_be_run_is_named(
    site: Site, capfd: pytest.CaptureFixture[str], command: str, error: str
) -> None:
    (site.folder / "not-executable").write_text("")
    (site.folder / "not-a-program").write_bytes(b"\x7fjunk")
    (site.folder / "from-windows").write_bytes(b"#!/bin/sh\r\necho\r\n")
    for name in ("not-a-program", "from-windows"):
        (site.folder / name).chmod(0o755)
    message = run(cluster_info.OPERATION, {"kubeconfig": site.file(site.kubeconfig(user("", command=command)))})["msg"]
    assert error in message
    assert "Its installHint: install it from its site" in message
    assert capfd.readouterr() == ("", "")


def test_a_relative_plugin_of_an_inline_kubeconfig_is_not_searched_in_path(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    content = site.kubeconfig(user("", command="./sh", args=["-c", printing(token="one")]))
    message = run(cluster_info.OPERATION, {"kubeconfig": content})["msg"]
    assert "exec: './sh' cannot be run (No such file or directory)" in message


def test_a_plugin_that_does_not_end_is_stopped_with_its_children(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exec_plugin, "SECONDS", 1)
    file = site.folder / "child"
    plugin = user("", command="sh", args=["-c", f"sleep 600 & echo $! > {file}; wait"])
    assert "exec: process did not end within 1 s" in site.refused(site.kubeconfig(plugin))
    state = Path(f"/proc/{int(file.read_text())}/stat")
    deadline = time.monotonic() + 10
    while state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline, "the child is still running"


def test_a_token_is_renewed_when_it_has_expired_and_masked(site: Site, tmp_path: Path) -> None:
    """The plugin prints the number of its runs; the first token has expired, and the second is valid for a day."""
    runs = tmp_path / "runs"
    day = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    script = (
        f"import json, pathlib; runs = pathlib.Path({str(runs)!r});"
        "runs.open('a').write('x'); n = len(runs.read_text());"
        f"expiry = '2026-01-01T00:00:00Z' if n == 1 else {day!r};"
        f"status = {{'token': f'planted-token-{{n}}', 'expirationTimestamp': expiry}};"
        f"print(json.dumps({{'apiVersion': {VERSION!r}, 'kind': 'ExecCredential', 'status': status}}))"
    )
    secrets = Secrets()
    connection = ApiServerConnection({"kubeconfig": site.kubeconfig(user(script))}, secrets)
    for _ in range(2):
        connection.text("/version")
        assert header(site.seen[-1], "Authorization") == ["Bearer planted-token-2"]
    assert runs.read_text() == "xx"
    assert "planted" not in secrets.mask_text("planted-token-1 planted-token-2")


def test_a_plugin_that_fails_at_the_renewal_is_named(site: Site, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    first = printing(token="one", expirationTimestamp="2026-01-01T00:00:00Z")
    script = f"import os, sys; os.path.exists({str(runs)!r}) and sys.exit('log in'); open({str(runs)!r}, 'w'); {first}"
    connection = ApiServerConnection({"kubeconfig": site.kubeconfig(user(script))}, Secrets())
    with pytest.raises(OperationError) as error:
        connection.text("/version")
    assert "exec: process returned 1. log in; correct the exec plugin of user 'u'" in error.value.message


def test_a_plugin_may_print_a_certificate(site: Site) -> None:
    issued = site.authority.issue_cert("me.example", common_name="me")
    certificate, key = issued.cert_chain_pems[0].bytes().decode(), issued.private_key_pem.bytes().decode()
    plugin = user(printing(clientCertificateData=certificate, clientKeyData=key))
    other = site.authority.issue_cert("you.example", common_name="you")
    own = {
        "client-certificate-data": encoded(other.cert_chain_pems[0].bytes()),
        "client-key-data": encoded(other.private_key_pem.bytes()),
    }
    for given in (plugin, {**plugin, **own}):
        assert site.reach(site.kubeconfig(given))["certificate"] == ["me"]


def test_a_token_file_is_read_again(site: Site) -> None:
    file = site.folder / "rotated"
    file.write_text("one\n")
    connection = ApiServerConnection({"kubeconfig": site.kubeconfig({"tokenFile": str(file)})}, Secrets())
    sent = []
    for change in (lambda: None, lambda: file.write_text("two"), file.unlink):
        change()
        connection.text("/version")
        sent += header(site.seen[-1], "Authorization")
    assert sent == ["Bearer one", "Bearer two", "Bearer two"]
