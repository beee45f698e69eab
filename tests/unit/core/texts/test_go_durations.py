# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations in Go's notation."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.texts.go_durations import seconds


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1h0m0s", 3600.0),
        ("1.5h", 5400.0),
        ("2m.5s", 120.5),
        ("-1h", -3600.0),
        ("250ms1us", 0.250001),
        ("0", 0.0),
        ("0s", 0.0),
        ("2540400h10m10s", 9145440610.0),
        ("3000000h", None),
        ("", None),
        ("5", None),
        ("1d", None),
        ("1 h", None),
    ],
)
def test_a_duration_has_seconds(text: str, length: float | None) -> None:
    assert seconds(text) == length
