# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for chats of a fleet: DingTalk, a registry cluster, and controllers that share both."""

from __future__ import annotations

from tests.support.fixtures.chat_creation import cluster, controller, dingtalk, registry_fleet

__all__ = ["cluster", "controller", "dingtalk", "registry_fleet"]
