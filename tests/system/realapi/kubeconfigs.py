# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfigs with all kinds of credentials, and the certificates, plugins and proxies that they use."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.simulators.background import Background
from tests.support.simulators.dingtalk.proxy import tunnelling
from tests.support.testbed import Cluster

Json = dict[str, Any]


def kubeconfig(cluster: Cluster, user: Json, context: str = "it") -> Json:
    """Return the content of a kubeconfig for one user."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": cluster.server, **authority(cluster)}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
        "current-context": context,
    }


def authority(cluster: Cluster) -> Json:
    return {"certificate-authority-data": encoded(cluster.ca_file.read_bytes())}


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def with_other_contexts(content: Json) -> Json:
    """Return the content with two unreachable contexts added, one of them the current context."""
    nowhere = {"name": "nowhere", "cluster": {"server": "https://127.0.0.1:1"}}
    others = [{"name": name, "context": {"cluster": "nowhere", "user": "u"}} for name in ("nowhere", "another")]
    return {
        **content,
        "clusters": [nowhere, *content["clusters"]],
        "contexts": [*others, *content["contexts"]],
        "current-context": "nowhere",
    }


def exec_plugin(folder: Path, program: str) -> Json:
    """Return a kubeconfig user whose credentials a Python program prints."""
    script = folder / "credentials.py"
    script.write_text(program)
    command = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": [str(script)]}
    return {"exec": {**command, "interactiveMode": "Never"}}


def printing_token(token: str) -> str:
    """Return the program of an exec plugin that prints a token."""
    kind = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    return f"print({json.dumps({**kind, 'status': {'token': token}})!r})\n"


def client_certificate(cluster: Cluster, folder: Path, user: str, group: str, **times: Any) -> tuple[Path, Path]:
    """Return the paths of a client certificate and key that authenticate a user of a group at a real API server."""
    # trustme marks an empty alternative name as critical, which the API server rejects.
    issued = cluster.authority.issue_cert(f"{user}.example", common_name=user, organization_name=group, **times)
    certificate, key = folder / "client.pem", folder / "client.key"
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    return certificate, key


@contextmanager
def proxy_to(cluster: Cluster, *hosts: str) -> Iterator[str]:
    """Run a proxy that forwards connections to the named hosts, at any port, to a cluster; yield its URL."""
    port = int(cluster.server.rpartition(":")[2])
    running = Background(lambda: tunnelling(dict.fromkeys(hosts, port)))
    try:
        yield f"http://127.0.0.1:{running.start()}"
    finally:
        running.stop()
