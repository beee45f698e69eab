# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IDs in DingTalk's answers: which ones can be used in calls, and how all others are shown and stored."""

from __future__ import annotations

import json
import re
from typing import Any

from ..._core.text import shortened

#: Chat IDs, openConversationIds and user IDs are short and have neither spaces nor control characters.
_USABLE = re.compile(r"[!-~]{1,256}")
#: Characters of an answer in messages and in the registry, and in the journal, which must remain readable.
SHORT, LONG = 400, 100_000


def usable_id(value: Any) -> str:
    """Return an ID that can be used in a call; empty for any other value."""
    return value if isinstance(value, str) and _USABLE.fullmatch(value) else ""


def as_received(value: Any) -> str:
    """Return a part of an answer as JSON in ASCII, in which nothing is lost and nothing can affect a terminal."""
    return json.dumps(value)


def excerpt(received: str) -> str:
    """Return the beginning of a part of an answer, for messages and the registry."""
    return shortened(received, SHORT)
