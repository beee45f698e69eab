# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions for failed calls: the attempted operation, DingTalk's answer, and a hint."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..._core.bounded.pages import describe_page
from ..._core.errors import OperationError
from ..advice.lookup import Advice, advise
from ..advice.table import IP_BAN_PAGE, UNREADABLE, Repeat
from .endpoints import ACCESS_TOKEN, Endpoint
from .response import IP_BANNED, Envelope

SCOPE_MISSING = frozenset(
    {"60011", "Forbidden.AccessDenied.AccessTokenPermissionDenied", "apiPermissionDenied", "permissions.error"}
)
#: errors that affect every call of the app: IP, monthly quota, ban
APP_REFUSED = frozenset(
    {
        "60020",
        "Forbidden.AccessDenied.IpNotInWhiteList",
        "90020",
        "Forbidden.AccessDenied.ApiCountLimitForOrg",
        IP_BANNED,
        IP_BAN_PAGE,
    }
)
#: added to the advice for a write of unknown outcome
CHECK_FIRST = "It is unknown whether the call took effect: check that in DingTalk before repeating it."
#: the advice if a web page was answered
PAGE_HINT = (
    "Check the proxy (the option proxy, or HTTPS_PROXY), api_url and legacy_api_url, and whether the network requires "
    "a login, then run again. DingTalk's own gateway may have sent a page of status 5xx; then run again later."
)
#: either a token to renew or another error (chat of another app)
AMBIGUOUS = "43007"


class DingTalkError(OperationError):
    """A failed call. ``code`` and ``dingtalk_message`` are verbatim from DingTalk; empty without an answer.

    ``outcome_unknown`` is True if the call may have taken effect, after a timeout, a broken connection or a server
    error, or with a code that DingTalk may return after the work; False if it was definitely refused, or not sent.
    """

    #: user IDs that the call would have added to a chat, or made its owner
    userids: tuple[str, ...] = ()

    def __init__(
        self, attempt: str, endpoint: Endpoint, advice: Advice, answer: Envelope | None = None, cause: str = ""
    ) -> None:
        answer = answer or Envelope(0)
        self.attempt = attempt
        self.endpoint = endpoint
        self.answer = answer
        self.code = answer.code
        self.sub_code = answer.sub_code
        self.dingtalk_message = answer.message
        self.request_id = answer.request_id
        self.required_scopes = answer.required_scopes
        self.advice = advice.text
        self.repeat = advice.repeat
        self.wait = advice.wait
        self.outcome_unknown = advice.outcome_unknown
        message = f"{attempt}: {cause or _message_text(answer)}. {advice.text}"
        super().__init__(message, finding=advice.finding, dingtalk=self.describe())

    @property
    def codes(self) -> set[str]:
        """Code and sub code, if present."""
        return {code for code in (self.code, self.sub_code) if code}

    @property
    def concerns_app(self) -> bool:
        """Whether the error affects every call: no connection, credentials, IP, quota, throttling."""
        if isinstance(self, TransportError | NotSent) or self.codes & APP_REFUSED or self.is_throttled:
            return True
        return self.endpoint is ACCESS_TOKEN or (self.repeat is Repeat.WITH_NEW_TOKEN and self.code != AMBIGUOUS)

    @property
    def is_throttled(self) -> bool:
        """Whether a gateway rejected the call, which may be repeated later, even a write."""
        return self.repeat is Repeat.LATER and not self.outcome_unknown

    @property
    def may_be_repeated(self) -> bool:
        """Whether the call may be repeated: a write only if it definitely had no effect."""
        return self.repeat is not Repeat.NEVER and (self.endpoint.repeatable or not self.outcome_unknown)

    def describe(self) -> dict[str, Any]:
        """Return the details of the error for a result."""
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
    """No answer; ``outcome_unknown`` is True if the request may have reached DingTalk."""


class NotSent(DingTalkError):
    """The call was not made, because of a ban or the call budget."""

    def __init__(self, endpoint: Endpoint, subject: str, cause: str, hint: str, finding: str) -> None:
        advice = Advice(hint, Repeat.NEVER, 0.0, finding)
        super().__init__(attempt_text(endpoint, subject), endpoint, advice, cause=cause)


class BudgetSpent(NotSent):
    """The budget of counted calls is used up."""


def attempt_text(endpoint: Endpoint, subject: str = "") -> str:
    """Return the beginning of an error message; ``subject`` is the number, ID or name that the call was for."""
    return f"Could not {endpoint.purpose}{f' {subject}' if subject else ''} ({endpoint})"


def refusal(endpoint: Endpoint, answer: Envelope, subject: str = "", app_key: str = "") -> DingTalkError:
    """Return the exception for an error answer."""
    scopes = answer.required_scopes or ((endpoint.scope,) if endpoint.scope else ())
    advice = advise(
        answer.code,
        answer.message,
        sub_code=answer.sub_code,
        scopes=scopes,
        app_key=app_key,
        creates_chat=endpoint.creates_chat,
    )
    if answer.page is not None and answer.code != IP_BAN_PAGE:
        advice = replace(advice, text=PAGE_HINT)
    if answer.status >= 500:
        advice = replace(advice, outcome_unknown=True)
    if advice.outcome_unknown and not endpoint.repeatable:
        advice = replace(advice, text=f"{advice.text} {CHECK_FIRST}")
    return DingTalkError(attempt_text(endpoint, subject), endpoint, advice, answer)


def _message_text(answer: Envelope) -> str:
    if answer.code == IP_BAN_PAGE:
        return f"the answer (HTTP status {answer.status}) is a page like that for a banned IP"
    if answer.page is not None:
        return describe_page(answer.status, answer.page, "DingTalk's API")
    if answer.code == UNREADABLE:
        return f"the answer (HTTP status {answer.status}) is not from DingTalk, but perhaps from a proxy"
    if answer.code.startswith("HTTP ") and not answer.message:
        return f"the answer was {answer.code}"
    parts = [f"DingTalk returned {answer.code}", answer.message.rstrip(". ")]
    if answer.sub_code and answer.sub_code not in answer.message:
        parts.append(f"{answer.sub_code} {answer.sub_message}".strip())
    text = ": ".join(part for part in parts if part)
    return f"{text} (request ID {answer.request_id})" if answer.request_id else text
