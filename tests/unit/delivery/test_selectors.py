# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Label selectors with regular expressions, which are Go's."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.selectors import matches


@pytest.mark.parametrize(
    ("pattern", "is_selected"),
    [("warn", True), ("[[:alpha:]]ing$", True), (r"\Qwarn\E", True), ("^ing", False), (r"\pL", False), ("(", False)],
)
def test_a_regular_expression_is_one_of_go(pattern: str, is_selected: bool) -> None:
    selector = {"matchExpressions": [{"key": "severity", "operator": "Match", "regexValue": pattern}]}
    assert matches(selector, {"severity": "warning"}) is is_selected
