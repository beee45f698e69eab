# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check cache that controllers share: ConfigMap ``kubesphere-dingtalk``, key ``checks``, beside the chat registry.

The content has no secrets. It is JSON, since every run reads it and it may be long::

    {"version": 2, "checks": {"https://api.dingtalk.com": {"dingabcdef": {
      "chats": {"ops": {"open_conversation_id": "cid0123==", "time": 1700000000, "desired_digest": "5f0e"}},
      "robots": {"ops_robot": {"found": true, "time": 1700000000, "desired_digest": "77aa"}},
      "users": {"1c2d...": {"time": 1700000000, "userid": "user1"}},
      "permissions": {"qyapi_chat_read": {"granted": true, "time": 1700000000}}}}}}
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..._kubernetes import shared_configmap
from ..._kubernetes.client import Cluster
from ..._kubernetes.errors import ClusterError
from ..state.check_cache import USERS, Entries, merge, unexpired, well_formed
from . import registry

KEY = "checks"
VERSION = 2
#: A ConfigMap has room for a mebibyte, and others need some of it.
MOST_USERS = 2000


class SharedChecks:
    """What is known of one app at one endpoint. Trouble with it is a warning: then DingTalk is asked once more."""

    def __init__(self, cluster: Cluster, endpoint: str, app_key: str, warn: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._endpoint = endpoint
        self._app_key = app_key
        self._warn = warn

    def read(self) -> Entries:
        """Return what the controllers know, with the one request that reads the registry as well."""
        try:
            content = _parse(((self._cluster.get(shared_configmap.PATH) or {}).get("data")) or {})
        except ClusterError:  # whoever reads the registry reports that
            return {}
        if content is None:
            self._warn(
                f"ConfigMap {shared_configmap.NAMESPACE}/{shared_configmap.NAME}, key {KEY}, is corrupted, or not "
                f"version {VERSION} of its format. It is neither used nor overwritten, so more calls to DingTalk are "
                "made. Remove the key to start a new one."
            )
        return self._mine(content or {})

    def add(self, news: Entries, now: float) -> None:
        """Merge news into it, as others may have done meanwhile; nothing is written where there is no registry."""

        def update(data: dict[str, str]) -> dict[str, str]:
            content = _parse(data)
            if content is None or registry.KEY not in data:
                return data
            entries = unexpired(merge(self._mine(content), news), now)
            entries[USERS] = dict(_youngest(entries.get(USERS, {})))
            content.setdefault("checks", {}).setdefault(self._endpoint, {})[self._app_key] = entries
            return {**data, KEY: json.dumps({**content, "version": VERSION}, indent=1, sort_keys=True)}

        try:
            shared_configmap.update_config_map(self._cluster, update)
        except ClusterError as error:
            self._warn(f"Other controllers could not be told what was checked, and may ask again. {error.message}")

    def _mine(self, content: dict[str, Any]) -> Entries:
        apps = (content.get("checks") or {}).get(self._endpoint)
        return well_formed((apps or {}).get(self._app_key))


def _parse(data: dict[str, str]) -> dict[str, Any] | None:
    """Return the document, or None when it is corrupted or of another version."""
    if KEY not in data:
        return {"checks": {}}
    try:
        content = json.loads(data[KEY])
    except ValueError:
        return None
    if not isinstance(content, dict) or content.get("version") != VERSION:
        return None
    checks = content.get("checks") or {}
    usable = isinstance(checks, dict) and all(isinstance(apps, dict) for apps in checks.values())
    return {**content, "checks": checks} if usable else None


def _youngest(users: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(users.items(), key=lambda item: -int(item[1]["time"]))[:MOST_USERS]
