# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The features by name: each module has ``VARIABLES``, ``read``, ``settings``, ``check_release`` and ``secrets``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from . import alerting, alertmanager, notification
from .feature import DesiredFeature


class Feature(Protocol):
    """What can be put on a cluster; the role of the same name has its options and its templates."""

    VARIABLES: tuple[str, ...]

    def read(self, params: Mapping[str, Any], variables: Mapping[str, Any]) -> DesiredFeature:
        """Return the wishes, and what is wrong with them."""

    def settings(self, desired: Any, chat_ids: Mapping[str, str]) -> dict[str, Any]:
        """Return what the role's templates see under the feature's name; ``desired``: as read."""

    def check_release(self, settings: Mapping[str, Any], release: str) -> list[str]:
        """Return what is wished that a cluster of this release family cannot have; ``settings``: as above."""

    def secrets(self, params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
        """Return the values that must never be shown."""


FEATURES: dict[str, Feature] = {
    "notification": notification,
    "alertmanager": alertmanager,
    "alerting": alerting,
}
