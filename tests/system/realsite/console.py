# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk settings as KubeSphere's console reads them, in either version of the notification API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.support.plays import environment as of
from tests.support.testbed import Cluster

Json = dict[str, Any]

VERSIONS = ("v2beta1", "v2beta2")
SECRET = "global-dingtalk-config-secret"
KEYWORDS = ["alert", "告警"]


def credential(key: str, version: str) -> Json:
    """Return a reference to a key of the Secret; v2beta2 wraps it, because it also supports plain values."""
    reference = {"name": SECRET, "key": key}
    return reference if version == "v2beta1" else {"valueFrom": {"secretKeyRef": reference}}


def config(version: str) -> Json:
    """Return the Config with the credentials of the app."""
    credentials = {key: credential(key, version) for key in ("appkey", "appsecret")}
    return _object("Config", "default-dingtalk-config", "default", version, {"conversation": credentials})


def receiver(version: str, chats: Sequence[str], robot: bool) -> Json:
    """Return the Receiver with chat IDs and the robot's credentials."""
    found: Json = {"enabled": True, "conversation": {"chatids": list(chats)}}
    if robot:
        secrets = {"webhook": credential("webhook", version), "secret": credential("chatbotsecret", version)}
        found["chatbot"] = {**secrets, "keywords": KEYWORDS}
    return _object("Receiver", "global-dingtalk-receiver", "global", version, found)


def _object(kind: str, name: str, label: str, version: str, dingtalk: Json) -> Json:
    return {
        "apiVersion": f"notification.kubesphere.io/{version}",
        "kind": kind,
        "metadata": {"name": name, "labels": {"type": label}},
        "spec": {"dingtalk": dingtalk},
    }


def read(cluster: Cluster) -> Json:
    """Return version -> the Config and the Receiver of a cluster, None if missing."""
    return {
        version: [
            of.without_server_fields(cluster.get(path)) if of.exists(cluster, path) else None
            for path in (of.CONFIG.format(version=version), of.RECEIVER.format(version=version))
        ]
        for version in VERSIONS
    }


def expected(chats: Sequence[str], robot: bool) -> Json:
    """Return the expected result of ``read``."""
    return {version: [config(version), receiver(version, chats, robot)] for version in VERSIONS}
