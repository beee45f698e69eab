# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real programs for tests, such as kube-apiserver and Alertmanager, built from their Go modules, run on loopback."""

from __future__ import annotations

from tests.support.realparts.toolchain import BuildFailed, PartsMissing

__all__ = ["BuildFailed", "PartsMissing"]
