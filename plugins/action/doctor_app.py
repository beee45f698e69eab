# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examine the inventory and what it has in DingTalk."""

from __future__ import annotations

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor.app import OPERATION
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._doctor_action import DoctorAppAction


class ActionModule(DoctorAppAction):
    operation = OPERATION
