# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names under which the playbooks register results that later tasks read, and the options for other names."""

from __future__ import annotations

#: Of role ``dingtalk``, with the chat IDs.
FLEET_RESULT = "dingtalk_fleet"
#: Of the composite task, and of the later one after a component was installed.
APPLY_RESULT = "dingtalk_applied"
LATER_RESULT = "dingtalk_applied_later"
#: Of ``check_batch``, on the hosts of a batch.
BATCH_RESULT = "dingtalk_batch"
VERIFY_RESULT = "dingtalk_verified"

FLEET_FROM = {"fleet_from": {"type": "str", "default": FLEET_RESULT}}
#: One fragment documents it, except where it has another effect.
RESULTS_FROM = {"results_from": {"type": "list", "elements": "str", "default": [APPLY_RESULT, LATER_RESULT]}}
