# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconcile the chats and robots of a whole inventory."""

from __future__ import annotations

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.fleet_chats import OPERATION
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._fleet_chats_action import FleetChatsAction


class ActionModule(FleetChatsAction):
    operation = OPERATION
