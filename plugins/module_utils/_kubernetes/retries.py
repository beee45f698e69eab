# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retries of requests to a cluster, only after answers which say that the request was not executed."""

from __future__ import annotations

from typing import Any

try:
    from urllib3 import Retry
    from urllib3.exceptions import HTTPError
except ImportError:  # reported by auth.configuration, which needs it first
    Retry = object  # type: ignore[assignment,misc]

#: Limit in seconds, so that a server's Retry-After cannot stall a run for minutes.
MAX_RETRY_AFTER = 20.0
TOO_MANY_REQUESTS, UNAVAILABLE = 429, 503
#: Maximum number of writes that an unavailable server, or an unavailable webhook of it, gets.
ATTEMPTS_WHILE_UNAVAILABLE = 4


class ClusterRetry(Retry):
    """A retry policy with a limit for Retry-After."""

    def parse_retry_after(self, retry_after: str) -> float:
        """Return the seconds to wait before a retry; the limit if they cannot be read."""
        try:
            return min(float(super().parse_retry_after(retry_after)), MAX_RETRY_AFTER)
        except (ValueError, OverflowError, HTTPError):  # a number of thousands of digits, a date that is none
            return MAX_RETRY_AFTER

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Return whether to repeat a request: a write only after 429, since one answered by 503 may have been executed.

        Whoever sends the write repeats it after 503, once it has read what is stored.
        """
        repeatable = status_code == TOO_MANY_REQUESTS or method.upper() == "GET"
        return repeatable and bool(super().is_retry(method, status_code, has_retry_after))


def retry_after(headers: Any) -> float:
    """Return the seconds to wait that an answer asks for, at most the limit; 0 if there are none."""
    value = (headers or {}).get("Retry-After")
    return retries().parse_retry_after(value) if value and str(value).isdecimal() else 0.0


def retries() -> Any:
    """Return the policy of all requests."""
    return ClusterRetry(
        total=4,
        connect=1,
        # After a lost answer, the outcome of a write is unknown.
        read=0,
        status=3,
        other=0,
        status_forcelist=[TOO_MANY_REQUESTS, UNAVAILABLE],
        # All of them: is_retry decides.
        allowed_methods=None,
        backoff_factor=0.5,
        backoff_max=10,
        backoff_jitter=0.2,
        # The last answer says more than the error of urllib3 about too many of them.
        raise_on_status=False,
    )
