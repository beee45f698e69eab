# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create the objects of a KubeSphere release in an empty cluster, as its installer does."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.testbed.client import APPLY_PATCH, Client
from tests.support.testbed.installer.definitions import definitions
from tests.support.testbed.installer.documents import documents
from tests.support.testbed.installer.releases import Release
from tests.support.testbed.paths import collection, path
from tests.support.testbed.waiting import wait_until

Json = dict[str, Any]

READY_SECONDS = 30.0
POLL_SECONDS = 0.1


def install(
    client: Client,
    release: Release,
    name: str,
    role: str,
    conversion: Json | None,
    members: Mapping[str, Path] | None = None,
) -> None:
    """Install a release; ``conversion`` is ``spec.conversion`` of the kinds that it serves in two versions.

    ``members`` maps the members of a host to their kubeconfigs.
    """
    crds = [*definitions(release, conversion)] if _has_notification(release, role) else []
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda crd: client.call("POST", collection(crd), crd), crds))
        list(pool.map(lambda crd: wait_until_served(client, crd), crds))
    for document in documents(release, name, role, members):
        create(client, document)


def _has_notification(release: Release, role: str) -> bool:
    """Return whether a cluster has notification kinds; members of 4.x are configured only on their host."""
    return release.installer or role != "member"


def create(client: Client, document: Json) -> None:
    """Create an object by server-side apply; kube-apiserver delays a POST by two seconds if the kind is new."""
    client.call("PATCH", path(document), document, content_type=APPLY_PATCH, fieldManager="installer")


def wait_until_served(client: Client, crd: Json) -> None:
    """Wait until a kind is served: a list returns 404 until the kind is known, 429 until its storage is ready."""
    group, plural = crd["spec"]["group"], crd["spec"]["names"]["plural"]
    failure = f"{crd['metadata']['name']} is not served"
    for version in crd["spec"]["versions"]:
        is_served = partial(_is_served, client, f"/apis/{group}/{version['name']}/{plural}")
        wait_until(is_served, failure, READY_SECONDS, POLL_SECONDS)


def _is_served(client: Client, place: str) -> bool:
    return client.send("GET", place).ok
