# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that a check finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors

P = ParamSpec("P")


def errors_of(check: Callable[Concatenate[Errors, P], object], *arguments: P.args, **options: P.kwargs) -> list[str]:
    """The errors that a check of an input as a whole finds."""
    return errors_at("", check, *arguments, **options)


def errors_at(
    place: str, check: Callable[Concatenate[Errors, P], object], *arguments: P.args, **options: P.kwargs
) -> list[str]:
    """The errors that a check of a place finds."""
    errors = Errors(place)
    check(errors, *arguments, **options)
    return list(errors)
