# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was proven of a chat, a robot or the route of alerts, and notification-manager's and DingTalk's reasons if not.

Sources: notification-manager v1.4.0, v2.3.0 and v2.6.0 (pkg/webhook/v1, pkg/notify/notifier/dingtalk).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .._core.text import shortened
from .._dingtalk.advice.lookup import advise


class Result(StrEnum):
    """What was proven."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    #: A message may have been sent.
    UNKNOWN = "unknown"
    #: Certainly nothing was sent.
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Verdict:
    """A result. ``cause``: a sentence without a full stop. ``cure``: what to do. ``finding``: its ID, or empty."""

    result: Result
    cause: str = ""
    cure: str = ""
    finding: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it for a task's result."""
        return {"result": str(self.result), "cause": self.cause, "cure": self.cure, "finding": self.finding}


#: notification-manager's text for an answer of DingTalk: its code, then its message.
_DINGTALK = re.compile(r"(?<![\w.:/-])(-?\d{1,6})\s*,\s*(\S.*)", re.DOTALL)
#: Errors of notification-manager itself -> finding; the first that matches counts.
_OWN = (
    (re.compile(r"config is nil", re.I), "KD612"),
    (re.compile(r"credential|secret .*(not found|has no key)|secretKeyRef", re.I), "KD615"),
    (re.compile(r"unknown tenant|neither global nor tenant|empty tenant", re.I), "KD605"),
)
#: Network errors before a request was sent, as Go's libraries write them.
_NOT_REACHED = re.compile(
    r"dial tcp|no such host|connection refused|no route to host|network is unreachable|x509:|tls:|proxyconnect", re.I
)
#: Those after which it may have been executed.
_CUT = re.compile(r"deadline exceeded|timeout|timed out|\bEOF\b|connection reset|broken pipe|canceled", re.I)
#: Go's network errors contain URLs, whose query has DingTalk's tokens or the app secret that the cluster has.
_QUERY = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']*")
_MAX_LENGTH = 300


def without_queries(message: str) -> str:
    """Return an error of notification-manager without the queries of its URLs."""
    return _QUERY.sub(r"\1?...", message)


def of_message(status: int, message: str, app_key: str = "") -> Verdict:
    """Return the verdict for the status and message in the body of notification-manager's answer.

    ``app_key``: the app of the inventory, which advice compares with the one that DingTalk names.
    """
    if status == 200:
        return Verdict(Result.DELIVERED)
    message = without_queries(message)
    text = shortened(message.strip(), _MAX_LENGTH) or f"status {status} without a message"
    if found := _DINGTALK.search(message):
        return _refused_by_dingtalk(found[1], found[2].strip(), app_key)
    if _NOT_REACHED.search(message):
        return Verdict(Result.REFUSED, f"notification-manager cannot reach DingTalk: {text}", _REACH, "KD702")
    if _CUT.search(message):
        return cut(f"notification-manager received no answer from DingTalk: {text}")
    finding = next((finding for pattern, finding in _OWN if pattern.search(message)), "KD619")
    return Verdict(Result.REFUSED, f"notification-manager: {text}", _STORED[finding], finding)


def _refused_by_dingtalk(code: str, message: str, app_key: str) -> Verdict:
    advice = advise(code, message, app_key=app_key)
    # Here it is notification-manager that calls DingTalk.
    cure = advice.text.replace("of this machine", "of notification-manager's node")
    cause = f"DingTalk returned {code}: {shortened(message, _MAX_LENGTH)}"
    if advice.outcome_unknown:
        return Verdict(Result.UNKNOWN, cause, f"{cure} {_LOOK}", "KD703")
    return Verdict(Result.REFUSED, cause, cure, "KD701")


def cut(cause: str) -> Verdict:
    """Return the verdict for a request that was cut off, which is not sent again."""
    return Verdict(Result.UNKNOWN, cause, _LOOK, "KD703")


def forbidden(permission: str, message: str) -> Verdict:
    """Return the verdict for an account that may not ask; ``permission``: what is missing; ``message``: the refusal."""
    return Verdict(
        Result.NOT_TRIED,
        f"the account may not {permission}",
        f"{message} docs/permissions.md has the Roles of feature verify. To test messages, an account for KubeSphere's "
        "API is sufficient (kubesphere_api_username, kubesphere_api_password).",
        "KD303",
    )


def others(names: list[str]) -> Verdict:
    """Return the verdict for a test alert that was not sent, as others would get it."""
    return Verdict(
        Result.NOT_TRIED,
        f"the test alert would also reach {'; '.join(names)}",
        "Set verify_allow_others: true if they may get it.",
        "KD704",
    )


def not_tried(cause: str, cure: str = "", finding: str = "") -> Verdict:
    """Return the verdict for something that was not tried."""
    return Verdict(Result.NOT_TRIED, cause, cure, finding)


_LOOK = "Look whether the test message has arrived, before you run it again."
_REACH = "Allow the pods of notification-manager to reach oapi.dingtalk.com:443, or set a proxy for them."
_STORED = {
    "KD605": "Run site.yml with feature notification, which sets the labels of the Receiver.",
    "KD612": "Run site.yml with feature notification, which stores the Config.",
    "KD615": "Run site.yml with feature notification, which stores the credentials.",
    "KD619": "Correct what the error names.",
}
