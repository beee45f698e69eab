# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired state of a feature on one inventory host, read and validated once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DesiredFeature:
    """Desired state. ``params``: the role's options; ``variables``: further variables that the feature reads."""

    params: Mapping[str, Any]
    variables: Mapping[str, Any]
