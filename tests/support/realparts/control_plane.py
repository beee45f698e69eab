# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real API servers without the rest of Kubernetes: one etcd, and a kube-apiserver for each cluster.

No controllers run: ServiceAccounts are not created, Deployments have no Pods, namespaces remain in deletion.
"""

from __future__ import annotations

import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import trustme

from tests.support.realparts.build import program
from tests.support.realparts.catalog import ETCD, KUBE_APISERVER
from tests.support.realparts.processes import HOST, Program, Running, reserved_ports, running

# Readiness probes and the server's own requests are not logged. The body of a DELETE is, because of its dryRun option.
_AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
  - level: None
    users: ["system:apiserver"]
  - level: None
    nonResourceURLs: ["/readyz*"]
  - level: Request
    verbs: ["delete", "deletecollection"]
  - level: Metadata
"""

_CA = "ca.pem"

Token = tuple[str, str, Sequence[str]]


@dataclass(frozen=True)
class RunningApiServer:
    url: str
    audit_log: Path


@contextmanager
def control_plane(
    folder: Path, names: Sequence[str], authority: trustme.CA, tokens: Sequence[Token]
) -> Iterator[dict[str, RunningApiServer]]:
    """Run empty API servers by name, with all their files in ``folder``, until the block ends.

    ``tokens`` are bearer tokens with their user's name and groups. Raises PartsMissing, BuildFailed, ProgramEnded.
    """
    etcd, kube_apiserver = program(ETCD), program(KUBE_APISERVER)
    shutil.rmtree(folder / "etcd", ignore_errors=True)
    _write_shared_files(folder, authority, tokens)
    with reserved_ports(2 + len(names)) as (client_port, peer_port, *ports):
        servers = {name: _server(folder, name, port) for name, port in zip(names, ports, strict=True)}
        commands = [
            _api_server_command(kube_apiserver, folder, name, port, client_port)
            for name, port in zip(names, ports, strict=True)
        ]
        programs = [_etcd_command(etcd, folder, client_port, peer_port), *commands]
        with running(programs) as processes:
            _wait_until_ready(processes, servers, folder)
            yield servers


def _write_shared_files(folder: Path, authority: trustme.CA, tokens: Sequence[Token]) -> None:
    """Write the common files; ``serving.pem`` is the servers' certificate and key, also for service account tokens."""
    certificate = authority.issue_cert(HOST, "localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "serving.pem"))
    authority.cert_pem.write_to_path(str(folder / _CA))
    (folder / "audit-policy.yaml").write_text(_AUDIT_POLICY)
    lines = [f'{token},{user},{user},"{",".join(groups)}"\n' for token, user, groups in tokens]
    (folder / "tokens.csv").touch(mode=0o600)
    (folder / "tokens.csv").write_text("".join(lines))


def _server(folder: Path, name: str, port: int) -> RunningApiServer:
    place = folder / name
    place.mkdir(exist_ok=True)
    return RunningApiServer(f"https://{HOST}:{port}", place / "audit.log")


def _etcd_command(binary: Path, folder: Path, client_port: int, peer_port: int) -> Program:
    client, peer = f"http://{HOST}:{client_port}", f"http://{HOST}:{peer_port}"
    options = {
        "data-dir": folder / "etcd",
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"default={peer}",
        "log-level": "error",
    }
    return Program([*_command(binary, options), "--unsafe-no-fsync", "--socket-reuse-port"], folder / "etcd.log")


def _api_server_command(binary: Path, folder: Path, name: str, port: int, etcd_port: int) -> Program:
    key = folder / "serving.pem"
    options = {
        "etcd-servers": f"http://{HOST}:{etcd_port}",
        "etcd-prefix": f"/{name}",
        "bind-address": HOST,
        "secure-port": port,
        "permit-port-sharing": "true",
        "cert-dir": folder / name,
        "tls-cert-file": key,
        "tls-private-key-file": key,
        "service-account-key-file": key,
        "service-account-signing-key-file": key,
        "service-account-issuer": "https://kubernetes.default.svc",
        "token-auth-file": folder / "tokens.csv",
        "client-ca-file": folder / _CA,
        "authorization-mode": "RBAC",
        "service-cluster-ip-range": "10.0.0.0/16",
        "disable-admission-plugins": "ServiceAccount",
        "audit-policy-file": folder / "audit-policy.yaml",
        "audit-log-path": folder / name / "audit.log",
    }
    return Program(_command(binary, options), folder / name / "kube-apiserver.log")


def _command(binary: Path, options: dict[str, object]) -> list[str]:
    return [str(binary), *(f"--{name}={value}" for name, value in options.items())]


def _wait_until_ready(processes: Running, servers: dict[str, RunningApiServer], folder: Path) -> None:
    trust = ssl.create_default_context(cafile=folder / _CA)
    for name, server in servers.items():
        processes.wait_until(partial(_is_ready, server.url, trust), f"API server {name} is not ready")


def _is_ready(url: str, trust: ssl.SSLContext) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))
    try:
        with opener.open(f"{url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
