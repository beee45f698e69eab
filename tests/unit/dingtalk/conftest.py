# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for DingTalk: a simulator, clients, and controllers with a shared registry."""

from __future__ import annotations

from tests.support.fixtures.chat_creation import cluster, controller, dingtalk, registry_fleet
from tests.support.fixtures.dingtalk import clean_environment, client, clock, connect, options, run, server, warnings

__all__ = [
    "clean_environment",
    "client",
    "clock",
    "cluster",
    "connect",
    "controller",
    "dingtalk",
    "options",
    "registry_fleet",
    "run",
    "server",
    "warnings",
]
