# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When custom robots get a test message: ``dingtalk_verify_robots``, which is a name or a boolean."""

from __future__ import annotations

from typing import Any

from .._core.errors import Errors

VARIABLE = "dingtalk_verify_robots"
#: Once for each webhook and signing secret; whenever a robot is checked; never.
CHANGED, ALWAYS, NEVER = "changed", "always", "never"
#: The text of a boolean, from YAML or the command line -> the name that it stands for.
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), ALWAYS),
    **dict.fromkeys(("false", "no", "off", "0"), NEVER),
}


def read_verification(errors: Errors, value: Any) -> str:
    """Return when robots are verified; another value is an error."""
    text = str(CHANGED if value in (None, "") else value).lower()
    name = _BOOLEANS.get(text, text)
    if name in (CHANGED, ALWAYS, NEVER):
        return name
    errors.add(f"unknown value {value!r}; use {CHANGED}, {ALWAYS} (or true) or {NEVER} (or false)")
    return NEVER
