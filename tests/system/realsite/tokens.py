# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Valid and expired tokens of a ServiceAccount with all permissions."""

from __future__ import annotations

import time
from typing import Any

import jwt

from tests.support.testbed import ApiFailure, Cluster

Json = dict[str, Any]

NAMESPACE, NAME = "kubesphere-system", "deployer"
ACCOUNTS = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
DAY = 24 * 60 * 60


def fresh_token(cluster: Cluster) -> str:
    """Return a token with a lifetime of one hour, from the TokenRequest API."""
    _create_account(cluster)
    kind = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
    answer = cluster.post(f"{ACCOUNTS}/{NAME}/token", {**kind, "spec": {"expirationSeconds": 3600}})
    token: str = answer["status"]["token"]
    return token


def expired_token(cluster: Cluster) -> str:
    """Return such a token issued a day ago, signed with the API server's key."""
    token = fresh_token(cluster)
    claims = jwt.decode(token, options={"verify_signature": False})
    then = int(time.time()) - DAY
    earlier = {"iat": then, "nbf": then, "exp": then + 3600}
    key = (cluster.ca_file.parent / "serving.pem").read_text()
    header = jwt.get_unverified_header(token)
    return jwt.encode({**claims, **earlier}, key, algorithm=header["alg"], headers={"kid": header["kid"]})


def _create_account(cluster: Cluster) -> None:
    user = f"system:serviceaccount:{NAMESPACE}:{NAME}"
    group = "rbac.authorization.k8s.io"
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": NAME},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME}}
    for path, body in ((ACCOUNTS, account), (BINDINGS, binding)):
        try:
            cluster.post(path, body)
        except ApiFailure as failure:
            if failure.status != 409:
                raise
