# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the DingTalk modules: a simulator, and operations that run against it."""

from __future__ import annotations

from tests.support.fixtures.dingtalk import clean_environment, clock, options, run, server

__all__ = ["clean_environment", "clock", "options", "run", "server"]
