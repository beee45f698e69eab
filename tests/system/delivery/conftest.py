# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: amtool of every version that KubeSphere ships."""

from __future__ import annotations

from tests.system.alertmanager.conftest import amtools

__all__ = ["amtools"]
