# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An exec plugin that fails is reported with its output, which reaches the terminal only without control characters.

So is one whose credentials the cluster rejects.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import cluster_info
from tests.support.inprocess import run
from tests.support.testbed import Cluster


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (r"printf 'no \033[31mlogin' >&2; exit 1", r"exec: process returned 1. no \x1b[31mlogin"),
        ("echo '<html>'", "exec: failed to decode process output"),
        ("echo '[]'", "exec: malformed response. missing key 'apiVersion'"),
        (
            "printf '%0100000d' 0 | tr 0 '['",
            "process output: values nested more than 100 levels deep",
        ),
    ],
)
def test_a_plugin_that_fails(
    cluster: Cluster, tmp_path: Path, capfd: pytest.CaptureFixture[str], script: str, message: str
) -> None:
    content = yaml.safe_load(cluster.kubeconfig.read_text())
    exec_config = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script]}
    content["users"][0]["user"] = {"exec": {**exec_config, "interactiveMode": "Never"}}
    file = tmp_path / "exec.kubeconfig"
    file.write_text(yaml.safe_dump(content))
    cluster.reset_requests()
    result = run(cluster_info.OPERATION, {"kubeconfig": str(file)})
    assert message in result["msg"]
    assert f"kubeconfig '{file}'" in result["msg"]
    assert "bug in the collection" not in result["msg"]
    assert capfd.readouterr().err == ""
    assert cluster.requests() == []


@pytest.mark.parametrize("has_token", [False, True])
def test_rejected_credentials_are_those_of_the_plugin(cluster: Cluster, has_token: bool) -> None:
    content = yaml.safe_load(cluster.kubeconfig.read_text())
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "old"}}
    exec_config = {"apiVersion": answer["apiVersion"], "command": "echo", "args": [json.dumps(answer)]}
    content["users"][0]["user"] = {"exec": exec_config, **({"token": "own"} if has_token else {})}
    result = run(cluster_info.OPERATION, {"kubeconfig": content})
    assert result["cluster_status"] == 401
    named = "The credentials that the exec plugin 'echo' of user 'one' printed were rejected or have expired"
    assert (named in result["msg"]) is not has_token
    assert "renew the token or certificate in kubeconfig" in result["msg"] or not has_token
