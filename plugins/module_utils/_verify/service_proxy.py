# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of a cluster behind its service proxy, and KubeSphere's API that passes tests on, by release.

Sources: the Services of kubesphere/ks-installer (roles/ks-monitor) and of the chart of extension whizard-notification;
kubesphere v3.1.1, v3.3.2 and v3.4.1 (pkg/kapis/notification).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from .._kubernetes.errors import ClusterError
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .._kubesphere.alertmanager_rollout import SERVICE as ALERTMANAGER_4
from .._kubesphere.permissions import ALERTMANAGER_SERVICE
from .._kubesphere.releases import BEFORE_3_4

_API = "/kapis/notification.kubesphere.io/v2beta2"
#: The path that searches the notification history of KubeSphere 4, there and in KubeSphere's API.
HISTORY = f"{_API}/notifications/search"
PROXY, API = "service proxy", "KubeSphere's API"

T = TypeVar("T")


def alertmanager_service(is_kubesphere_4: bool) -> str:
    """Return Alertmanager's Service."""
    return ALERTMANAGER_4 if is_kubesphere_4 else ALERTMANAGER_SERVICE


def path(service: str, rest: str, namespace: str = MONITORING_NAMESPACE) -> str:
    """Return the path of a program's own path behind the service proxy."""
    return f"/api/v1/namespaces/{namespace}/services/{service}/proxy{rest}"


def with_fallback(
    by_proxy: Callable[[], T], by_api: Callable[[], T] | None, statuses: Collection[int] = (403,)
) -> tuple[T, str]:
    """Return an answer through the service proxy, or else through KubeSphere's API, and which of both it was.

    ``by_api``: None without an account for that API. ``statuses``: the HTTP statuses of a refusal after which the API
    is asked; then certainly nothing was done. Raises ``ClusterError`` for any other refusal, and as the callables do.
    """
    try:
        return by_proxy(), PROXY
    except ClusterError as error:
        if by_api is None or error.status not in statuses:
            raise
    return by_api(), API


def api_path(release: str, user: str) -> str:
    """Return the path of KubeSphere's API that verifies a Receiver; ``user``: its tenant, empty for a global one."""
    if release in BEFORE_3_4:  # 3.1 has none
        place = "/configs/notification"
        return f"{_API}{place}/users/{user}/verification" if user else f"{_API}{place}/verification"
    return f"{_API}/users/{user}/verification" if user else f"{_API}/verification"
