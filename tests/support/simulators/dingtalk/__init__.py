# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A strict, stateful simulation of DingTalk over TLS, with clock, limits and faults under the test's control."""

from __future__ import annotations

from tests.support.simulators.dingtalk.calls import Call
from tests.support.simulators.dingtalk.clock import Clock
from tests.support.simulators.dingtalk.endpoints.webhook import sign
from tests.support.simulators.dingtalk.faults import Pause
from tests.support.simulators.dingtalk.limits import Limits
from tests.support.simulators.dingtalk.organisation import ALL_SCOPES, App, Chat, Message, Robot, Template, User
from tests.support.simulators.dingtalk.simulator import DingTalk
from tests.support.simulators.dingtalk.unclear import Unclear

__all__ = [
    "ALL_SCOPES",
    "App",
    "Call",
    "Chat",
    "Clock",
    "DingTalk",
    "Limits",
    "Message",
    "Pause",
    "Robot",
    "Template",
    "Unclear",
    "User",
    "sign",
]
