# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The retry policy of requests to a cluster."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.retries import (
    MAX_RETRY_AFTER,
    retries,
)


@pytest.mark.parametrize(("header", "seconds"), [("3", 3), ("3600", MAX_RETRY_AFTER)])
def test_retry_after_has_a_limit(header: str, seconds: float) -> None:
    assert retries().parse_retry_after(header) == seconds


def test_limit_applies_to_every_retry() -> None:
    again = retries().increment(method="GET", url="/", response=None, error=None)
    assert again.parse_retry_after("3600") == MAX_RETRY_AFTER
