# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that may be missing where a module runs: remembered at import, reported when needed."""

from __future__ import annotations

from ansible.module_utils.basic import missing_required_lib

from .errors import OperationError


def require_library(name: str, import_error: ImportError | None) -> None:
    """Raise with core's standard advice when importing the library ``name`` had failed."""
    if import_error is not None:
        raise OperationError(missing_required_lib(name)) from import_error
