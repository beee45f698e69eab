# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares of `make soak`."""

from __future__ import annotations

from itertools import chain

import pytest

from tests.support.soak import Share


def test_the_shares_are_a_partition_of_all_cases() -> None:
    shares = [Share.parse(f"{number}/7").of(range(576)) for number in range(1, 8)]
    assert sorted(chain.from_iterable(shares)) == list(range(576))
    assert {len(share) for share in shares} == {82, 83}
    assert Share.parse("1/7").part(1000) == 143


@pytest.mark.parametrize("text", ["7", "0/7", "8/7", "1/0", "1/7/2", "a/b", " 1/7"])
def test_an_invalid_share_is_refused_with_the_expected_format(text: str) -> None:
    with pytest.raises(ValueError, match=r"SHARE=.*: expected NUMBER/SHARES, such as 2/7"):
        Share.parse(text)
