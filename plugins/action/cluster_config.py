# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies manifests or features to a cluster, in process where the connection is local."""

from __future__ import annotations

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._cluster_config_action import ClusterConfigAction


class ActionModule(ClusterConfigAction):
    operation = OPERATION
