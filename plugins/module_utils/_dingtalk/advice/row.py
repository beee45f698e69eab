# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the advice table: codes, what a client may do next, and what an operator should do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Repeat(Enum):
    """What may be done with a call after an error."""

    #: nothing ran, and the same call would be refused again
    NEVER = "never"
    #: nothing ran; once more with a fresh token
    WITH_NEW_TOKEN = "with a new token"  # noqa: S105
    #: nothing ran (a gateway turned the call away); wait and call again, writes too
    ALWAYS = "always"
    #: nobody knows whether it ran; only what is safe to repeat may be called again
    IF_REPEATABLE = "if repeatable"


@dataclass(frozen=True)
class Row:
    """Codes (``*`` stands for any text), and a text in which ``{PERM}`` and the like stand for console pages."""

    codes: tuple[str, ...]
    text: str
    repeat: Repeat = Repeat.NEVER
    #: seconds to wait at least before the call is repeated
    wait: float = 1.0
    #: a regular expression that DingTalk's message must match, for codes with several meanings
    message: str = ""
