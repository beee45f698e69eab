# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small stand-ins for KubeSphere's own controllers: what installs components, and what completes rule groups."""

from __future__ import annotations

from tests.simulators.kubesphere.installer import Installer
from tests.simulators.kubesphere.rule_webhook import complete_rules

__all__ = ["Installer", "complete_rules"]
