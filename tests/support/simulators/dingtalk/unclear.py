# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Behaviour that DingTalk's documentation does not specify, each with a switch to test both variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class Unclear:
    """Unspecified behaviour of DingTalk; each default is the most likely one."""

    error_keys: Literal["lower", "camel", "pascal"] = "lower"
    """Spelling of the keys of a new-style error: requestid, requestId or RequestId."""
    strings: bool = False
    """Whether errcode, success and a user's flags are strings, as in many examples."""
    legacy_permission: Literal[88, 60011] = 88
    """A missing scope on a legacy API: 88 with sub_code 60011, or 60011 itself."""
    wrong_secret: int = 40089
    """The errcode of gettoken for a wrong key or secret (40089 or 40001)."""
    unknown_mobile: int = 60121
    """The errcode for a number without a member (60121 or 40104)."""
    out_of_range: int = 50002
    """The errcode for a member outside the app's range (50002, 60011 or 60121)."""
    owner_must_be_member: bool = True
    """Whether a new group's owner must be in its list of members."""
    batch: int = 40
    """User IDs in one list of a group/create or group/update."""
    repeated_member: Literal["ok", "error"] = "ok"
    """The result of adding a present member or removing an absent one."""
    dissolved: Literal["status", 34013, 40016] = "status"
    """The response of chat/get for a dissolved group: its status 2, or an errcode."""
    status_shown: bool = True
    """Whether the response of chat/get contains the status."""
    robots_query_plain: bool = True
    """Whether robots/query works for groups without a template."""
    custom_robot_code: str = ""
    """The robotCode of a custom robot in robots/query; officially it has none."""
    org_robots_add: Literal["ok", "refused"] = "ok"
    """Whether an enterprise robot may be added to a common group by API."""
    uuid_seconds: float = 3600
    """The lifetime of the uuid of a scene-group creation."""
    uuid_repeat: Literal["same", "error"] = "same"
    """The result of a repeated uuid: the first group's IDs, or an error."""
    msg_uuid_seconds: float = 3600
    """The lifetime of the msgUuid of a robot's message."""
    double_encoded_sign: bool = True
    """Whether a sign that is percent-encoded twice is accepted, as sent by notification-manager."""
    chat_send_bytes: int = 5000
    """Maximum size of a chat/send text; documented as 2048 bytes of message, and as 5000 of content at code 34016."""
    webhook_quota: int = 90020
    """The errcode of robot/send when the month's webhook quota is used up."""
    x5_html: bool = False
    """Whether the response to a banned IP is an HTML page instead of JSON."""
    x5_status: int = 403
    """HTTP status of an IP ban."""
