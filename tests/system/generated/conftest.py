# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: the servers, and a clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import urllib3.util.retry

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core import clock
from tests.system.generated.world import World, new_world


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("generated")
    with new_world(folder) as running, pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "time", running.clock)
        patch.setattr(urllib3.util.retry, "time", running.clock)
        patch.setenv("XDG_CACHE_HOME", str(folder / "xdg-cache"))
        patch.setenv("XDG_STATE_HOME", str(folder / "xdg-state"))
        patch.setenv("HOME", str(folder))
        # a default leads to DingTalk itself
        patch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        patch.setenv("NO_PROXY", "127.0.0.1")
        # so deep that no generated path, such as ../../../../etc/passwd, leads to a file of the machine
        inside = folder / "a" / "b" / "c" / "d"
        inside.mkdir(parents=True)
        patch.chdir(inside)
        yield running
