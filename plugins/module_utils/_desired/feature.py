# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one inventory host wishes of a feature, read and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DesiredFeature:
    """``params``: the role's options; ``variables``: those beside them that the feature reads.

    ``errors`` is what is wrong with them, whatever the cluster is.
    """

    params: Mapping[str, Any]
    variables: Mapping[str, Any]
    errors: list[str]
