# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for all unit tests: an embedded cluster, alone or with the alerting component."""

from __future__ import annotations

from tests.support.fixtures.alerting import alerting
from tests.support.fixtures.cluster import cluster, run

__all__ = ["alerting", "cluster", "run"]
