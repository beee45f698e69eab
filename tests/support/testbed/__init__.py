# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere clusters for tests and the demo: ``with clusters({"edge-a": "3.4"}, folder) as fleet: …``."""

from __future__ import annotations

from tests.support.testbed.client import ApiFailure
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.fleet import ClusterSpec, clusters

__all__ = ["ApiFailure", "Cluster", "ClusterSpec", "clusters"]
