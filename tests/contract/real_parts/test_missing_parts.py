# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without real parts, tests are skipped with a reason, but fail in CI."""

from __future__ import annotations

import pytest

from tests.support.realparts import PartsMissing
from tests.support.testbed.fixtures import needing_real_parts

REASON = "no Go on the PATH"


def without_parts() -> None:
    with needing_real_parts():
        raise PartsMissing(REASON)


def test_tests_are_skipped_with_the_reason_and_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(
        pytest.skip.Exception, match=f"{REASON}; build them with: python -m tests.support.realparts build"
    ):
        without_parts()


def test_tests_fail_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=f"real parts are missing: {REASON}"):
        without_parts()
