# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What DingTalk's documentation leaves open: one switch for each doubt, so that a client can be tried both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class Unclear:
    """Answers to questions that the documentation does not settle; every default is the likelier one."""

    error_keys: Literal["lower", "camel", "pascal"] = "lower"
    """Spelling of the keys of a new-style error: requestid, requestId or RequestId."""
    strings: bool = False
    """Print errcode, success and a user's flags as strings, as many examples do."""
    legacy_permission: Literal[88, 60011] = 88
    """A missing scope on a legacy API: 88 with sub_code 60011, or 60011 itself."""
    wrong_secret: int = 40089
    """The errcode of gettoken for a wrong key or secret (40089 or 40001)."""
    unknown_mobile: int = 60121
    """The errcode for a number without a member (60121 or 40104)."""
    out_of_range: int = 50002
    """The errcode for a member outside the app's range (50002, 60011 or 60121)."""
    owner_must_be_member: bool = True
    """Whether a new group's owner has to stand in its list of members."""
    batch: int = 40
    """User IDs in one list of a group/create or group/update."""
    repeated_member: Literal["ok", "error"] = "ok"
    """Adding a present member or removing an absent one."""
    dissolved: Literal["status", 34013, 40016] = "status"
    """What chat/get says of a dissolved group: its status 2, or an errcode."""
    status_shown: bool = True
    """Whether chat/get prints the status at all."""
    robots_query_plain: bool = True
    """Whether robots/query works for groups without a template."""
    custom_robot_code: str = ""
    """The robotCode that robots/query prints for a custom robot, which officially has none."""
    org_robots_add: Literal["ok", "refused"] = "ok"
    """Whether an enterprise robot may be added to a common group by API."""
    uuid_seconds: float = 3600
    """How long the uuid of a scene-group creation is remembered."""
    uuid_repeat: Literal["same", "error"] = "same"
    """A repeated uuid gives the first group's IDs, or an error."""
    msg_uuid_seconds: float = 3600
    """How long the msgUuid of a robot's message is remembered."""
    double_encoded_sign: bool = True
    """Whether a sign that was percent-encoded twice is accepted (notification-manager sends it so)."""
    chat_send_bytes: int = 5000
    """Size of a chat/send text: the page says 2048 bytes for the message, code 34016 says 5000 for the content."""
    webhook_quota: int = 90020
    """The errcode of robot/send when the month's webhook quota is used up."""
    x5_html: bool = False
    """Whether an IP ban is answered with an HTML page instead of JSON."""
    x5_status: int = 403
    """HTTP status of an IP ban."""
