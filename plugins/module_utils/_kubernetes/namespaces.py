# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The namespaces of KubeSphere's monitoring."""

from __future__ import annotations

#: That of Prometheus, Alertmanager, notification-manager and built-in rules.
MONITORING_NAMESPACE = "kubesphere-monitoring-system"
#: That of the credentials of KubeSphere 3, which a host copies to its members.
FEDERATED_NAMESPACE = "kubesphere-monitoring-federated"
