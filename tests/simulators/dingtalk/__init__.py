# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DingTalk of our own: strict, stateful, over real TLS sockets, with clock, limits and faults in the test's hand."""

from __future__ import annotations

from .calls import Call
from .clock import Clock
from .faults import Pause
from .limits import Limits
from .organisation import ALL_SCOPES, App, Chat, Message, Robot, Template, User
from .simulator import DingTalk
from .unclear import Unclear
from .webhook import sign

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
