# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examine one cluster."""

from __future__ import annotations

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor.flow import OPERATION
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._doctor_action import DoctorAction


class ActionModule(DoctorAction):
    operation = OPERATION
