# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The licences of the platform and of the extensions that alerts pass: which ends soon, and which is violated."""

from __future__ import annotations

from .._core.clock import moment
from .._kubernetes.errors import ClusterError
from .._kubesphere.licences import read_licences
from .cluster_stage import SOON
from .context import Context
from .examination import Examination


def examine(examination: Examination, context: Context) -> str:
    """Examine the licences, if the inventory has an account for KubeSphere's API; members have none of their own.

    Returns why they cannot be read, empty if nothing else is to be reported.
    """
    options = context.task.params
    if context.facts.role == "member" or not (options.get("api_token") or options.get("api_username")):
        return ""
    try:
        found = read_licences(context.cluster, context.facts.is_kubesphere_4)
    except ClusterError as error:
        return f"the licence of the platform cannot be read: {(error.reported or error.message).rstrip('.')}"
    now = context.task.clock.time()
    for licence in found:
        if fault := licence.fault(now):
            examination.add("KD330", licence.subject, fault)
        elif licence.ends is not None and licence.ends - now < SOON:
            examination.add("KD329", licence.subject, f"it ends on {moment(licence.ends)}")
    return ""
