# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DingTalk settings as KubeSphere's console page would display them.

KubeSphere's API server lists objects by the label ``type``, matches ``?name=`` as a substring, and returns the newest
ten. The page uses the Config with a fixed name, and the first of the Receivers and Secrets. Before 3.4, only the
Config determines whether settings exist.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.testbed.client import ApiFailure
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.installer.objects import FEDERATED, MONITORING
from tests.support.testbed.installer.releases import RELEASES

Json = dict[str, Any]

GROUP = "notification.kubesphere.io"
CONFIG, RECEIVER, SECRET = "default-dingtalk-config", "global-dingtalk-receiver", "global-dingtalk-config-secret"
PAGE = 10


class Crash(Exception):
    """The page would crash with a JavaScript error."""


@dataclass(frozen=True)
class Page:
    """The form's content; ``is_set`` is whether saving it would be an update."""

    is_set: bool = False
    enabled: bool = False
    app_key: str = ""
    app_secret: str = ""
    chat_ids: Sequence[str] = ()
    webhook: str = ""
    secret: str = ""
    keywords: Sequence[str] = ()
    selector: Json = field(default_factory=dict)


def read_back(cluster: Cluster) -> Page:
    """Return the page of a cluster; for a member in 3.x, with the copied objects. Raises Crash."""
    version = "v2beta2" if RELEASES[cluster.version].language else "v2beta1"
    configs = _listed(cluster, f"/apis/{GROUP}/{version}/configs", "default", "")
    config = next((item for item in configs if item["metadata"]["name"] == CONFIG), None)
    receiver = next(iter(_listed(cluster, f"/apis/{GROUP}/{version}/receivers", "global", RECEIVER)), None)
    place = f"/api/v1/namespaces/{_secret_namespace(cluster, version)}/secrets"
    secret = next(iter(_listed(cluster, place, "global", SECRET, dingtalk=False)), None)
    if version == "v2beta1" and config is None:
        return Page()
    if cluster.version == "3.1" and config and receiver is None:
        raise Crash("a Config without a Receiver")
    return _page(config, receiver, secret)


def _page(config: Json | None, receiver: Json | None, secret: Json | None) -> Page:
    conversation = _dingtalk(config).get("conversation") or {}
    shown = _dingtalk(receiver)
    robot = shown.get("chatbot") or {}
    texts = {key: base64.b64decode(text).decode() for key, text in ((secret or {}).get("data") or {}).items()}
    return Page(
        is_set=bool(config or receiver),
        enabled=shown.get("enabled") is True,
        app_key=_text(texts, conversation.get("appkey")),
        app_secret=_text(texts, conversation.get("appsecret")),
        chat_ids=(shown.get("conversation") or {}).get("chatids") or (),
        webhook=_text(texts, robot.get("webhook")),
        secret=_text(texts, robot.get("secret")),
        keywords=robot.get("keywords") or (),
        selector=shown.get("alertSelector") or {},
    )


def _listed(cluster: Cluster, path: str, label: str, name: str, dingtalk: bool = True) -> list[Json]:
    try:
        items = cluster.list(path, labelSelector=f"type={label}")
    except ApiFailure as failure:
        if failure.status == 404:
            return []
        raise
    found = [item for item in items if name in item["metadata"]["name"]]
    if dingtalk:
        found = [item for item in found if "dingtalk" in (item.get("spec") or {})]
    return sorted(found, key=lambda item: str(item["metadata"]["creationTimestamp"]), reverse=True)[:PAGE]


def _dingtalk(item: Json | None) -> Json:
    found: Json = ((item or {}).get("spec") or {}).get("dingtalk") or {}
    return found


def _text(texts: Json, credential: Json | None) -> str:
    """Return the value that a credential refers to; v2beta2 wraps the reference."""
    reference = ((credential or {}).get("valueFrom") or {}).get("secretKeyRef") or credential or {}
    return str(texts.get(str(reference.get("key")), ""))


def _secret_namespace(cluster: Cluster, version: str) -> str:
    """Return the fixed namespace of KubeSphere 3.x, or the default namespace of notification-manager in 4.1."""
    if RELEASES[cluster.version].installer:
        return FEDERATED
    try:
        manager = cluster.get(f"/apis/{GROUP}/{version}/notificationmanagers/notification-manager")
    except ApiFailure:
        return MONITORING
    return str(manager["spec"].get("defaultSecretNamespace") or MONITORING)
