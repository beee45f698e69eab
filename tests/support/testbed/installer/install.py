# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts into an empty cluster what the installer of a KubeSphere release leaves there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.support.testbed.client import APPLY_PATCH, Client
from tests.support.testbed.installer.definitions import definitions
from tests.support.testbed.installer.documents import documents
from tests.support.testbed.installer.releases import Release
from tests.support.testbed.paths import collection, path

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
    """``conversion`` is the ``spec.conversion`` of the kinds that the release serves in two versions.

    ``members``: those of a host, with the kubeconfigs by which it reaches them.
    """
    crds = [*definitions(release, conversion)] if _has_notification(release, role) else []
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda crd: client.call("POST", collection(crd), crd), crds))
        list(pool.map(lambda crd: wait_until_served(client, crd), crds))
    for document in documents(release, name, role, members):
        create(client, document)


def _has_notification(release: Release, role: str) -> bool:
    """Members of 4.x get their settings from the host alone, and have no kinds for them."""
    return release.installer or role != "member"


def create(client: Client, document: Json) -> None:
    """Server-side apply, as kube-apiserver lets a POST wait for two seconds where the kind is new."""
    client.call("PATCH", path(document), document, content_type=APPLY_PATCH, fieldManager="installer")


def wait_until_served(client: Client, crd: Json) -> None:
    """Return once it is: a list is refused with 404 until the kind is known, with 429 until its storage is ready."""
    group, plural = crd["spec"]["group"], crd["spec"]["names"]["plural"]
    deadline = time.monotonic() + READY_SECONDS
    for version in crd["spec"]["versions"]:
        while not client.send("GET", f"/apis/{group}/{version['name']}/{plural}").ok:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{crd['metadata']['name']} is not served")
            time.sleep(POLL_SECONDS)
