# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Features by name: each module has ``VARIABLES`` and the functions of :class:`Feature`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from .._core.errors import Errors
from . import alerting, alertmanager, notification
from .feature import DesiredFeature


class Feature(Protocol):
    """A feature of a cluster; the role of the same name has its options and its templates."""

    VARIABLES: tuple[str, ...]

    def read(self, errors: Errors, params: Mapping[str, Any], variables: Mapping[str, Any]) -> DesiredFeature:
        """Return the desired state, after all checks that do not depend on the cluster."""

    def settings(self, desired: Any, chat_ids: Mapping[str, str]) -> dict[str, Any]:
        """Return the feature's part of the template context; ``desired``: the result of ``read``."""

    def check_release(self, errors: Errors, settings: Mapping[str, Any], release: str) -> None:
        """Check that this release line supports ``settings``."""

    def warnings(self, settings: Mapping[str, Any], release: str) -> list[str]:
        """Return the warnings about valid settings that have another effect on this release line than they say."""

    def secrets(self, params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
        """Return the values to mask."""


#: Choices of ``features``; each has a role of the same name, whose templates render its manifests.
FEATURES: dict[str, Feature] = {
    "notification": notification,
    "alertmanager": alertmanager,
    "alerting": alerting,
}
