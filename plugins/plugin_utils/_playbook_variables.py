# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extra variables of the playbooks that later plays use, checked in the first one, before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_BATCH = re.compile(r"\d+%?")


def _is_serial(value: Any) -> bool:
    batches = value if isinstance(value, list) else str(value).split(",")
    return all(_BATCH.fullmatch(str(batch).strip()) for batch in batches)


def _is_percentage(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and 0 <= float(value) <= 100
    except (TypeError, ValueError):
        return False


def _is_seconds(value: Any) -> bool:
    return str(value).isdecimal()


#: Name -> its check, and what a valid value is.
_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "kubesphere_serial": (_is_serial, "a number, a percentage or a list of them"),
    "kubesphere_max_fail_percentage": (_is_percentage, "a number from 0 to 100"),
    "kubesphere_install_timeout": (_is_seconds, "a number of seconds"),
}


def check_playbook_variables(variables: Mapping[str, Any]) -> list[str]:
    """Return the errors of the extra variables ``kubesphere_serial`` and so on; Ansible would end the run for them."""
    given = {name: variables.get(name) for name in _CHECKS}
    return [
        f"{name}: {value!r} is not {_CHECKS[name][1]}"
        for name, value in given.items()
        if value not in (None, "") and not _CHECKS[name][0](value)
    ]
