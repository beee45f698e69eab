# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Optional libraries: an import error is stored, and raised when the library is needed, as is a version too old."""

from __future__ import annotations

import re

from ansible.module_utils.basic import missing_required_lib

from .errors import OperationError


def require_library(name: str, import_error: ImportError | None) -> None:
    """Raise ``OperationError`` with core's standard hint if the library ``name`` could not be imported."""
    if import_error is not None:
        raise OperationError(missing_required_lib(name), finding="KD108") from import_error


def require_version(name: str, version: str, oldest: int) -> None:
    """Raise ``OperationError`` if the major version of the library ``name`` is known and less than ``oldest``."""
    major = re.match(r"\d+", version)
    if major and int(major[0]) < oldest:
        raise OperationError(
            f"The Python library {name} {version} is too old; install {name}>={oldest} for the Python that runs this "
            "task, as in requirements.txt of kubesphere.dingtalk",
            finding="KD108",
        )
