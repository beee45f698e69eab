# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counter of the API calls in a run, because the organisation's monthly quota of them is small."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .endpoints import Endpoint


class CallCounter:
    """Counts the calls that reached DingTalk; those throttled by its gateway are not counted.

    ``budget`` is the maximum number of calls counted against the quota; None is unlimited.
    """

    def __init__(self, budget: int | None = None) -> None:
        self.budget = budget
        self._calls: Counter[Endpoint] = Counter()

    def allows(self, endpoint: Endpoint) -> bool:
        """Return whether the budget allows one more call."""
        return self.budget is None or not endpoint.counted or self.counted < self.budget

    def count(self, endpoint: Endpoint) -> None:
        """Count one call."""
        self._calls[endpoint] += 1

    @property
    def counted(self) -> int:
        """Number of calls that count against the monthly quota."""
        return sum(times for endpoint, times in self._calls.items() if endpoint.counted)

    def report(self) -> dict[str, Any]:
        """Return the value of ``calls`` in a result."""
        return {
            "counted": self.counted,
            "free": self._calls.total() - self.counted,
            "by_endpoint": {str(endpoint): times for endpoint, times in sorted(self._calls.items(), key=_name)},
        }


def _name(item: tuple[Endpoint, int]) -> str:
    return str(item[0])
