# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply manifests or features to a cluster, in this process if the connection is local."""

from __future__ import annotations

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._cluster_config_action import ClusterConfigAction


class ActionModule(ClusterConfigAction):
    operation = OPERATION
