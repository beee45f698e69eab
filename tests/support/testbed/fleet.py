# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start and stop embedded or real clusters of given KubeSphere releases."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.support.simulators.kubernetes import MASTERS, KubernetesSimulator, User
from tests.support.testbed.client import Client
from tests.support.testbed.cluster import ApiServer, Cluster, write_kubeconfig
from tests.support.testbed.embedded import embedded_servers
from tests.support.testbed.installer.definitions import webhook_conversion
from tests.support.testbed.installer.install import install
from tests.support.testbed.installer.releases import KUBESPHERE_4, RELEASES
from tests.support.testbed.real import real_servers
from tests.support.testbed.stand_ins.conversion import ConversionWebhook

LIMITED_USERS = 128


@dataclass(frozen=True)
class ClusterSpec:
    """A requested cluster: KubeSphere's version, and its multi-cluster role: host, member or none.

    ``host`` is the name of a member's host, at which the member is then registered.
    """

    version: str
    role: str = "none"
    host: str = ""

    @property
    def is_kubesphere_4(self) -> bool:
        """Whether its components are extensions, which its host has."""
        return self.version in KUBESPHERE_4


@dataclass(frozen=True)
class Tokens:
    """Bearer tokens of one fleet: one for the administrator, and some for users without permissions until bound."""

    admin: str
    limited: Mapping[str, str]

    @classmethod
    def new(cls) -> Tokens:
        return cls(secrets.token_urlsafe(24), {f"limited-{n}": secrets.token_urlsafe(24) for n in range(LIMITED_USERS)})

    def users(self) -> dict[str, User]:
        users = {token: User(name) for name, token in self.limited.items()}
        return {self.admin: User("admin", (MASTERS,)), **users}


@contextmanager
def clusters(wanted: Mapping[str, str | ClusterSpec], folder: Path, real: bool = False) -> Iterator[dict[str, Cluster]]:
    """Run clusters by name while the block runs; ``wanted`` has a version (``"3.4"``) or a ClusterSpec for each name.

    One CA, ``folder/ca.pem``, issues all certificates. Raises PartsMissing if real API servers are requested but
    unavailable.
    """
    specs = {name: spec if isinstance(spec, ClusterSpec) else ClusterSpec(spec) for name, spec in wanted.items()}
    folder.mkdir(parents=True, exist_ok=True)
    authority, tokens = trustme.CA(), Tokens.new()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    webhook = ConversionWebhook(trustme.CA())
    with _servers(specs, folder, authority, tokens, real) as servers, webhook:
        conversion = webhook_conversion(webhook.url, webhook.ca_pem)
        fleet = {
            name: _cluster(name, spec.version, servers[name], folder, tokens, authority) for name, spec in specs.items()
        }

        def prepare(name: str) -> None:
            spec = specs[name]
            members = {member: fleet[member].kubeconfig for member, its in specs.items() if its.host == name}
            install(fleet[name].client, RELEASES[spec.version], name, spec.role, conversion, members)
            fleet[name].reset_requests()

        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(prepare, specs))
        yield fleet


def _servers(
    specs: Mapping[str, ClusterSpec], folder: Path, authority: trustme.CA, tokens: Tokens, real: bool
) -> AbstractContextManager[Mapping[str, ApiServer]]:
    if real:
        return real_servers(list(specs), folder, authority, tokens.users())
    return embedded_servers(list(specs), authority, tokens.users())


def _cluster(
    name: str, version: str, server: ApiServer, folder: Path, tokens: Tokens, authority: trustme.CA
) -> Cluster:
    ca_file, kubeconfig = folder / "ca.pem", folder / name / "kubeconfig"
    kubeconfig.parent.mkdir(exist_ok=True)
    write_kubeconfig(kubeconfig, name, server.url, ca_file, tokens.admin)
    return Cluster(
        name=name,
        version=version,
        server=server.url,
        ca_file=ca_file,
        token=tokens.admin,
        kubeconfig=kubeconfig,
        simulator=server if isinstance(server, KubernetesSimulator) else None,
        api_server=server,
        client=Client(server.url, ca_file, tokens.admin),
        spare_tokens=iter(tokens.limited.items()),
        authority=authority,
    )
