# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with DingTalk, as one exception: what was attempted, what DingTalk said, what to do."""

from __future__ import annotations

from typing import Any

from ..._core.errors import OperationError
from ..advice.lookup import Advice, advise
from ..advice.table import Repeat
from .endpoints import ACCESS_TOKEN, Endpoint
from .response import FAILED_WITHOUT_CODE, IP_BANNED, UNREADABLE, Envelope

SCOPE_MISSING = frozenset(
    {
        "60011",
        "Forbidden.AccessDenied.AccessTokenPermissionDenied",
        "apiPermissionDenied",
        "permissions.error",
        "HTTP 403",
    }
)
#: refusals of every call of the app: IP, monthly quota, ban
APP_REFUSED = frozenset(
    {
        "60020",
        "Forbidden.AccessDenied.IpNotInWhiteList",
        "90020",
        "Forbidden.AccessDenied.ApiCountLimitForOrg",
        IP_BANNED,
    }
)
#: renewing the token may help, but the code has other meanings too (chat of another app)
AMBIGUOUS = "43007"


class DingTalkError(OperationError):
    """A call that failed. ``code`` and ``dingtalk_message`` are DingTalk's own, verbatim; empty without an answer.

    ``outcome_unknown`` tells whether the call may have had its effect all the same: True after a timeout, a cut
    connection or a fault of the server, False when DingTalk (or its gateway) turned the call away, or when it never
    left.
    """

    #: the user IDs that the call was to add to a chat
    userids: tuple[str, ...] = ()

    def __init__(
        self, attempt: str, endpoint: Endpoint, advice: Advice, answer: Envelope | None = None, cause: str = ""
    ) -> None:
        answer = answer or Envelope(0)
        self.attempt = attempt
        self.endpoint = endpoint
        self.code = answer.code
        self.sub_code = answer.sub_code
        self.dingtalk_message = answer.message
        self.request_id = answer.request_id
        self.required_scopes = answer.required_scopes
        self.advice = advice.text
        self.repeat = advice.repeat
        self.wait = advice.wait
        self.outcome_unknown = advice.repeat is Repeat.IF_REPEATABLE
        super().__init__(f"{attempt}: {cause or _message_text(answer)}. {advice.text}", dingtalk=self.describe())

    @property
    def codes(self) -> set[str]:
        """Code and sub code, as far as DingTalk gave them."""
        return {code for code in (self.code, self.sub_code) if code}

    @property
    def concerns_app(self) -> bool:
        """True for what every call would meet: no connection, credentials, IP, quota, throttling."""
        if isinstance(self, TransportError | NotSent) or self.codes & APP_REFUSED or self.repeat is Repeat.ALWAYS:
            return True
        return self.endpoint is ACCESS_TOKEN or (self.repeat is Repeat.WITH_NEW_TOKEN and self.code != AMBIGUOUS)

    def describe(self) -> dict[str, Any]:
        """Return the error's parts for a result."""
        return {
            "endpoint": str(self.endpoint),
            "code": self.code,
            "sub_code": self.sub_code,
            "message": self.dingtalk_message,
            "request_id": self.request_id,
            "required_scopes": list(self.required_scopes),
            "advice": self.advice,
            "outcome_unknown": self.outcome_unknown,
        }


class TransportError(DingTalkError):
    """No answer came; ``outcome_unknown`` tells whether the request may have arrived."""


class NotSent(DingTalkError):
    """The call was not made: it would have been one too many."""

    def __init__(self, endpoint: Endpoint, subject: str, cause: str, hint: str) -> None:
        super().__init__(attempt_text(endpoint, subject), endpoint, Advice(hint, Repeat.NEVER, 0.0), cause=cause)


class BudgetSpent(NotSent):
    """The task has made all the counted calls that it may make."""


def attempt_text(endpoint: Endpoint, subject: str = "") -> str:
    """Return what a call attempted, to begin an error with; ``subject`` is the number, ID or name it was about."""
    return f"Could not {endpoint.purpose}{f' {subject}' if subject else ''} ({endpoint})"


def refusal(endpoint: Endpoint, answer: Envelope, subject: str = "", app_key: str = "") -> DingTalkError:
    """Return the exception for an answer that reports an error."""
    scopes = answer.required_scopes or ((endpoint.scope,) if endpoint.scope else ())
    advice = advise(
        answer.code,
        answer.message,
        sub_code=answer.sub_code,
        scopes=scopes,
        app_key=app_key,
        unknown_outcome=answer.status >= 500 or answer.code in {UNREADABLE, FAILED_WITHOUT_CODE},
    )
    return DingTalkError(attempt_text(endpoint, subject), endpoint, advice, answer)


def _message_text(answer: Envelope) -> str:
    if answer.code == UNREADABLE:
        return f"the answer (HTTP status {answer.status}) is none of DingTalk's; a proxy may have sent it"
    if answer.code.startswith("HTTP ") and not answer.message:
        return f"the answer was {answer.code}"
    parts = [f"DingTalk said {answer.code}", answer.message.rstrip(". ")]
    if answer.sub_code and answer.sub_code not in answer.message:
        parts.append(f"{answer.sub_code} {answer.sub_message}".strip())
    text = ": ".join(part for part in parts if part)
    return f"{text} (request ID {answer.request_id})" if answer.request_id else text
