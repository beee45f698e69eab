# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let hosts that share a server contribute to it under one name, as the one host of a real cluster does.

Under a name each, they would take turns in the record of the cluster, which a steady run never writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from ansible.plugins.callback import CallbackBase

from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils import _renderer
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._peer_clusters import PeerClusters

DOCUMENTATION = """
name: shared_servers
type: notification
short_description: Name the contributor of each cluster by the variable server
description: For the benchmark.
"""


class _PeersOfServer(PeerClusters):
    def __init__(self, host: Mapping[str, Any], hostvars: Any = None) -> None:
        super().__init__(host, hostvars)
        self.name = str(host["server"])


class CallbackModule(CallbackBase):
    """Replace the name before the first task."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "shared_servers"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        patch.object(_renderer, "PeerClusters", _PeersOfServer).start()
