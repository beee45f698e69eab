# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check cache shared by all controllers: ConfigMap ``kubesphere-dingtalk``, key ``checks``, on the registry cluster.

It contains no secrets. It is JSON, because every run reads it and it may be large::

    {"version": 2, "checks": {"https://api.dingtalk.com": {"dingabcdef": {
      "chats": {"ops": {"open_conversation_id": "cid0123==", "time": 1700000000, "desired_digest": "5f0e..."}},
      "robots": {"ops_robot": {"found": true, "time": 1700000000, "desired_digest": "77aa..."}},
      "users": {"1c2d...": {"time": 1700000000, "userid": "user1"}},
      "names": {"chat0123": {"name_digest": "8c1f...", "time": 1700000000}},
      "permissions": {"qyapi_chat_read": {"granted": true, "time": 1700000000}}}}}}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._core import yaml_text
from ..._findings.finding import cited
from ..._kubernetes import shared_configmap
from ..._kubernetes.client import Cluster
from ..._kubernetes.errors import ClusterError
from ..state.check_cache import NAMES, USERS, Entries, merge, unexpired, well_formed
from . import registry

KEY = "checks"
VERSION = 2
#: A ConfigMap is limited to 1 MiB, which other keys share.
MAX_ENTRIES = 2000


class SharedChecks:
    """Shared check cache of one app at one endpoint. Errors are warnings: they only cost more calls to DingTalk."""

    def __init__(self, cluster: Cluster, endpoint: str, app_key: str, warn: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._endpoint = endpoint
        self._app_key = app_key
        self._warn = warn

    def read(self) -> Entries:
        """Return the entries, from the request that also reads the registry."""
        try:
            content = _parse(((self._cluster.get(shared_configmap.PATH) or {}).get("data")) or {})
        except ClusterError:  # reported when the registry is read
            return {}
        if content is None:
            self._warn(
                cited(
                    f"ConfigMap {shared_configmap.NAMESPACE}/{shared_configmap.NAME}, key {KEY}, is corrupted, or not "
                    f"version {VERSION} of its format. It is neither used nor overwritten, which increases the number "
                    "of calls to DingTalk. Remove the key to create it again.",
                    "KD319",
                )
            )
        return self._entries_of_app(content or {})

    def add(self, updates: Entries, now: float) -> None:
        """Merge updates into the live entries; without a registry, do nothing."""

        def update(data: dict[str, str]) -> tuple[dict[str, str], None]:
            content = _parse(data)
            if content is None or registry.KEY not in data:
                return data, None
            entries = unexpired(merge(self._entries_of_app(content), updates), now)
            entries.update(
                {section: dict(_newest(entries[section])) for section in (USERS, NAMES) if section in entries}
            )
            content.setdefault("checks", {}).setdefault(self._endpoint, {})[self._app_key] = entries
            return {**data, KEY: yaml_text.dump_flow({**content, "version": VERSION})}, None

        try:
            shared_configmap.update_config_map(self._cluster, update)
        except ClusterError as error:
            self._warn(
                cited(
                    f"The checks could not be shared with other controllers, which may repeat them. {error.message}",
                    error.finding,
                )
            )

    def _entries_of_app(self, content: dict[str, Any]) -> Entries:
        return well_formed(content.get("checks", {}).get(self._endpoint, {}).get(self._app_key))


def _parse(data: dict[str, str]) -> dict[str, Any] | None:
    """Return the document, or None if it is corrupted or of another version."""
    if KEY not in data:
        return {"checks": {}}
    try:
        content = yaml_text.load_flow(data[KEY])
    except yaml_text.NotYaml:
        return None
    if not isinstance(content, dict) or content.get("version") != VERSION:
        return None
    checks = content.get("checks")
    if not isinstance(checks, dict) or not all(isinstance(apps, dict) for apps in checks.values()):
        return None
    usable = all(isinstance(entries, dict) for apps in checks.values() for entries in apps.values())
    return content if usable else None


def _newest(entries: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(entries.items(), key=lambda item: -int(item[1]["time"]))[:MAX_ENTRIES]
