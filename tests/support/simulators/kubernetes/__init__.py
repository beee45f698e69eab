# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An embedded Kubernetes API server for tests and the demo; tests/contract compares it with kube-apiserver."""

from __future__ import annotations

from tests.support.simulators.kubernetes.authorization import MASTERS, User
from tests.support.simulators.kubernetes.faults import Fault
from tests.support.simulators.kubernetes.proxying import ProxyAnswer, ProxyRequest
from tests.support.simulators.kubernetes.recording import RecordedRequest, by_verb
from tests.support.simulators.kubernetes.server import KubernetesSimulator

__all__ = [
    "MASTERS",
    "Fault",
    "KubernetesSimulator",
    "ProxyAnswer",
    "ProxyRequest",
    "RecordedRequest",
    "User",
    "by_verb",
]
