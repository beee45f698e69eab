# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validating webhooks: registration, and a webhook that allows everything and calls a function of the test."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import trustme
from aiohttp import web

from tests.support.simulators.kubernetes.serving import ThreadedServer, json_response, server_tls
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.waiting import wait_until

Json = dict[str, Any]

GROUP = "notification.kubesphere.io"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
NOTICE_SECONDS = 10.0


@contextmanager
def registered(cluster: Cluster, url: str, ca_pem: bytes, plural: str) -> Iterator[None]:
    """Register a webhook for an object of a notification kind; the API server denies writes without its response."""
    rule = {"apiGroups": [GROUP], "apiVersions": ["*"], "resources": [plural], "operations": ["CREATE", "UPDATE"]}
    webhook = {
        "name": f"{plural}.{GROUP}",
        "rules": [rule],
        "clientConfig": {"url": url, "caBundle": base64.b64encode(ca_pem).decode()},
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 5,
    }
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration"}
    cluster.post(WEBHOOKS, {**kind, "metadata": {"name": plural}, "webhooks": [webhook]})
    try:
        yield
    finally:
        cluster.delete(f"{WEBHOOKS}/{plural}")


def wait_until_noticed(noticed: Callable[[], bool]) -> None:
    """Wait until the API server applies a webhook's registration or removal."""
    wait_until(noticed, "the API server does not apply the registration of a webhook", NOTICE_SECONDS)


class AllowingWebhook:
    """A webhook that allows everything; calls ``meanwhile`` while the API server waits, except for a dry run."""

    def __init__(self, authority: trustme.CA, meanwhile: Callable[[], object]) -> None:
        self.reviews = 0
        self._meanwhile = meanwhile
        self._server = ThreadedServer(self._handle, server_tls(authority))

    @property
    def url(self) -> str:
        return f"{self._server.url}/validate"

    def __enter__(self) -> AllowingWebhook:
        self._server.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.stop()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        review = await request.json()
        self.reviews += 1
        if not review["request"].get("dryRun"):
            self._meanwhile()
        response = {"uid": review["request"]["uid"], "allowed": True}
        return json_response(200, {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response})
