# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures, compared with values computed by openssl."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.robots.webhook import sign, signed_query

SECRET = "SEC" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("timestamp", "signature"),
    [
        (1700000000004, "ZeaJlNY30xUaF/p+hFzRR5gZ4qFj+i4uxCJUEwchUXQ="),
        (1700000000000, "bTgY2yDbep+wesS7jKiNj+srsHoADES4+C4f8LCHFtU="),
    ],
)
def test_known_signatures(timestamp: int, signature: str) -> None:
    assert sign(timestamp, SECRET) == signature
    assert signed_query(timestamp, SECRET) == {"timestamp": str(timestamp), "sign": signature}
