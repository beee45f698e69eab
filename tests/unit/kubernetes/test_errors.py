# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hints for refusals of a cluster, by status and message."""

from __future__ import annotations

import json

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import refusal

LICENCE = "Check the licence in KubeSphere's console"
PERMISSION = "The account lacks a permission"
#: The ends of messages of an API server that does not trust a webhook.
UNTRUSTED = "x509: certificate signed by unknown authority"
CONVERSION = (
    'conversion webhook for {} failed: Post "https://notification-manager-webhook.kubesphere-monitoring-system.svc:443/'
    f'convert?timeout=30s": {UNTRUSTED}'
)
CA_OF_CRDS = (
    "Put the caBundle of ValidatingWebhookConfiguration notification-manager-validating-webhook into "
    "spec.conversion.webhook.clientConfig.caBundle of the CRDs configs.notification.kubesphere.io and "
    "receivers.notification.kubesphere.io"
)


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (403, "license has expired", LICENCE),
        (403, "the platform is read-only", LICENCE),
        (403, "cluster in readonly mode: the vCPU limit of the Community License is exceeded", LICENCE),
        (400, "admission webhook denied the request: invalid licence", LICENCE),
        (403, 'admission webhook "validator.license.kubesphere.io" denied the request: over 128 vCPU', LICENCE),
        (430, "HTTP status 430", LICENCE),
        (403, 'forbidden: User "a" cannot get path "/kapis/license.kubesphere.io/v1alpha1"', PERMISSION),
        (403, 'licenses.kubesphere.io is forbidden: User "a" cannot get resource "licenses" in API group', PERMISSION),
        (403, 'configs "a" is forbidden', PERMISSION),
        (400, "the body is invalid", "The API server rejected the request"),
        (422, "spec.license: Invalid value", "validation rejected the object"),
        (500, "license", "The API server failed"),
        (500, CONVERSION.format("notification.kubesphere.io/v2beta2, Kind=Receiver"), CA_OF_CRDS),
        (500, CONVERSION.format("notification.kubesphere.io/v2beta2, Kind=Config"), CA_OF_CRDS),
        (500, f"conversion webhook for example.org/v1, Kind=One failed: Post: {UNTRUSTED}", "or spec.conversion of"),
        (
            500,
            f'failed calling webhook "one.example.org": Post: {UNTRUSTED}',
            "the CA that issued it into caBundle",
        ),
        (
            500,
            CONVERSION.format("notification.kubesphere.io/v2beta2, Kind=Config").replace(
                "certificate signed by unknown authority", "certificate has expired or is not yet valid"
            ),
            "The webhook's certificate has expired",
        ),
        (
            500,
            'failed calling webhook "one": Post: x509: certificate is valid for two.svc, not one.svc',
            "or is for another name",
        ),
        (
            500,
            'failed calling webhook "one": Post: x509: certificate relies on legacy Common Name field, use SANs',
            "renew the certificate with the CA bundle",
        ),
        (500, 'failed calling webhook "one.example.org": connection refused', "check the workload behind it"),
        (500, f"reading from etcd: {UNTRUSTED}", "The API server failed"),
    ],
)
def test_a_refusal_has_the_hint_for_its_message(status: int, message: str, hint: str) -> None:
    body = json.dumps({"kind": "Status", "status": "Failure", "message": message, "code": status})
    error = refusal("put", "/api/v1/namespaces/one/secrets/two", status, body, Secrets())
    assert message in error.message
    assert hint in error.message


@pytest.mark.parametrize(
    "body", [b"Client sent an HTTP request to an HTTPS server.\n", "Client sent an HTTP request to an HTTPS server."]
)
def test_a_server_with_tls_that_got_plain_text_is_named(body: str | bytes) -> None:
    error = refusal("get", "/version", 400, body, Secrets())
    assert error.message == (
        "The cluster refused GET /version: Client sent an HTTP request to an HTTPS server. The server uses TLS at this "
        "port: in host or kubeconfig, set the server to an https:// URL."
    )
