# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The app in the Config of the console, where none is desired: others may have set one for chats of their own.

Consoles before 3.4 need a Config to open their page, so a robot alone has one as well, without the credentials of an
app.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._alertmanager.item_kinds import field_paths
from .._apply.plan import DesiredObject
from .._core.field_paths import ABSENT
from .receivers import GLOBAL_SECRET

APP = "/spec/dingtalk/conversation"


def retaining_app(desired: Sequence[DesiredObject]) -> list[DesiredObject]:
    """Return the desired objects of the role, of which Configs retain the app of others where none is desired."""
    has_app = any(
        item.reference.name == GLOBAL_SECRET and field_paths.get(item.content, ("stringData", "appkey")) is not ABSENT
        for item in desired
    )
    return [
        replace(item, defaults=frozenset({APP})) if item.reference.kind == "Config" and not has_app else item
        for item in desired
    ]
