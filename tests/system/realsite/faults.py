# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults between the controller and a cluster, each as a context manager.

All take a cluster and its kubeconfig, update the server in the kubeconfig, and yield the gateway or proxy, if any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import trustme

from tests.support.realparts.processes import reserved_ports
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import ApiFailure, Cluster
from tests.support.testbed.cluster import write_kubeconfig
from tests.support.testbed.stand_ins.admission import AllowingWebhook, registered, wait_until_noticed
from tests.support.testbed.stand_ins.gateway import Gateway
from tests.support.testbed.stand_ins.passage import Passage
from tests.system.realsite.tokens import expired_token, fresh_token

Inject = Callable[[Cluster, Path], AbstractContextManager[object]]

RECEIVERS = "/apis/notification.kubesphere.io/v2beta2/receivers"
PROBE = {"apiVersion": "notification.kubesphere.io/v2beta2", "kind": "Receiver", "metadata": {"name": "probe"}}
#: More than the request_timeout of the runs, in seconds.
LATE = 5.0


def set_server(kubeconfig: Path, cluster: Cluster, server: str) -> None:
    """Write a kubeconfig with another server URL for the cluster."""
    write_kubeconfig(kubeconfig, cluster.name, server, cluster.ca_file, cluster.token)


def faulty(*faults: Fault) -> Inject:
    """Return a gateway with faults, with new counters for each use."""

    @contextmanager
    def inject(cluster: Cluster, kubeconfig: Path) -> Iterator[Gateway]:
        with Gateway(cluster.server, cluster.ca_file, cluster.authority) as gateway:
            for fault in faults:
                gateway.faults.add(replace(fault))
            set_server(kubeconfig, cluster, gateway.url)
            yield gateway

    return inject


@contextmanager
def slow(cluster: Cluster, kubeconfig: Path) -> Iterator[Passage]:
    """Delay all responses."""
    with Passage(cluster.server, lateness=LATE) as passage:
        set_server(kubeconfig, cluster, passage.url)
        yield passage


def while_writing_the_receiver(happens: Callable[[Passage], None]) -> Inject:
    """Call ``happens`` with the proxy before the API server stores the Receiver."""

    @contextmanager
    def inject(cluster: Cluster, kubeconfig: Path) -> Iterator[Passage]:
        authority = trustme.CA()
        with (
            Passage(cluster.server) as passage,
            AllowingWebhook(authority, lambda: happens(passage)) as webhook,
            registered(cluster, webhook.url, authority.cert_pem.bytes(), "receivers"),
        ):
            wait_until_noticed(lambda: _accepts_receivers(cluster) and webhook.reviews > 0)
            set_server(kubeconfig, cluster, passage.url)
            yield passage
        wait_until_noticed(lambda: _accepts_receivers(cluster))

    return inject


def become_slow(passage: Passage) -> None:
    passage.lateness = LATE


@contextmanager
def closed(cluster: Cluster, kubeconfig: Path) -> Iterator[None]:
    """Register a webhook of the Receivers that is unreachable, so that none is stored."""
    with reserved_ports(1) as [port]:
        url, ca_pem = f"https://127.0.0.1:{port}/validate", trustme.CA().cert_pem.bytes()
        with registered(cluster, url, ca_pem, "receivers"):
            wait_until_noticed(lambda: not _accepts_receivers(cluster))
            set_server(kubeconfig, cluster, cluster.server)
            yield
        wait_until_noticed(lambda: _accepts_receivers(cluster))


def _accepts_receivers(cluster: Cluster) -> bool:
    """Return whether a Receiver would be stored."""
    try:
        cluster.post(RECEIVERS, PROBE, dryRun="All")
    except ApiFailure as failure:
        if failure.status != 500:
            raise
        return False
    return True


@contextmanager
def expired(cluster: Cluster, kubeconfig: Path) -> Iterator[None]:
    """Use an expired token; afterwards a new one."""
    write_kubeconfig(kubeconfig, cluster.name, cluster.server, cluster.ca_file, expired_token(cluster))
    yield
    write_kubeconfig(kubeconfig, cluster.name, cluster.server, cluster.ca_file, fresh_token(cluster))


@contextmanager
def mismatched(cluster: Cluster, kubeconfig: Path) -> Iterator[None]:
    """Use a server with a certificate for another host."""
    with Gateway(cluster.server, cluster.ca_file, cluster.authority, "elsewhere.example") as gateway:
        set_server(kubeconfig, cluster, gateway.url)
        yield


@contextmanager
def mistrusted(cluster: Cluster, kubeconfig: Path) -> Iterator[None]:
    """Use a kubeconfig with another CA than that of the certificate."""
    other = kubeconfig.with_name(f"{kubeconfig.name}.ca")
    trustme.CA().cert_pem.write_to_path(str(other))
    write_kubeconfig(kubeconfig, cluster.name, cluster.server, other, cluster.token)
    yield
