# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulation of KubeSphere's notification-manager, which sends alerts to DingTalk according to a cluster's settings."""

from __future__ import annotations

from tests.support.simulators.notification_manager.cluster import ClusterAccess, ClusterError
from tests.support.simulators.notification_manager.delivery import Delivery
from tests.support.simulators.notification_manager.manager import NotificationManager, deliver
from tests.support.simulators.notification_manager.server import Server

__all__ = ["ClusterAccess", "ClusterError", "Delivery", "NotificationManager", "Server", "deliver"]
