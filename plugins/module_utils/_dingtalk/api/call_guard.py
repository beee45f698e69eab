# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guard that every call passes before it is sent: budget, DingTalk's bans, rate limits."""

from __future__ import annotations

from ..._core.clock import Clock, moment
from ..advice.table import IP_BAN_PAGE, ROBOT_TOO_FAST
from ..state.files import StateFiles, fingerprint
from .call_counter import CallCounter
from .endpoints import SEND_TO_ROBOT
from .errors import BudgetSpent, NotSent
from .rate_limit import Cooldowns, Rates
from .response import IP_BANNED
from .transport import Request

#: Calls and seconds. DingTalk allows 20 calls per second, app and API (call-frequency-limit).
#: Calls, seconds. DingTalk allows 20 per second, app and endpoint, of which other programs with the same app use some.
API_RATE = (10, 1.0)
#: For a custom robot: 20 calls per minute (custom-robots-send-group-messages), with a margin for network latency.
#: DingTalk silences a robot for ten minutes if it gets more in a minute of its own clock.
ROBOT_RATE = (20, 62.0)
#: How long DingTalk bans an IP and silences a robot, in seconds.
#: Seconds; the answer does not say them.
IP_BAN, ROBOT_BAN = 300.0, 600.0


class CallGuard:
    """Enforces the limits of one app's calls and of messages to robots from this controller.

    ``endpoints`` are the two base URLs. A ban of an IP applies to both, and to all apps.
    """

    def __init__(
        self, files: StateFiles, clock: Clock, call_counter: CallCounter, endpoints: tuple[str, str], app_key: str
    ) -> None:
        self._clock = clock
        self._call_counter = call_counter
        self._rates = Rates(files, clock)
        self._cooldowns = Cooldowns(files, clock)
        self._endpoints = endpoints
        self._app_key = app_key

    def acquire(self, request: Request) -> None:
        """Wait until a call is allowed; raises :class:`NotSent` when it is not."""
        endpoint = request.endpoint
        if not self._call_counter.allows(endpoint):
            raise BudgetSpent(
                endpoint,
                request.subject,
                f"the budget of {self._call_counter.budget} counted calls is used up, so the call was not made",
                "Completed work is preserved. Run again to continue, or raise call_budget (dingtalk_call_budget).",
                "KD241",
            )
        self._raise_if_cooling_down(request, self._ip_key, "DingTalk has banned the public IP of this machine", "KD209")
        if endpoint is SEND_TO_ROBOT:
            self._raise_if_cooling_down(
                request,
                self._robot_key(request),
                "DingTalk has silenced the robot because it sent too many messages",
                "KD228",
            )
            self._rates.wait(self._robot_key(request), *ROBOT_RATE)
        else:
            self._rates.wait(fingerprint(*self._endpoints, self._app_key, str(endpoint)), *API_RATE)

    def record_ban(self, request: Request, code: str) -> None:
        """Start a cool-down if the code of an answer reports a ban, for all plays of this controller."""
        if code in (IP_BANNED, IP_BAN_PAGE):
            self._cooldowns.start(self._ip_key, IP_BAN)
        elif code in ROBOT_TOO_FAST and request.endpoint is SEND_TO_ROBOT:
            self._cooldowns.start(self._robot_key(request), ROBOT_BAN)

    @property
    def _ip_key(self) -> str:
        return fingerprint(*self._endpoints)

    def _robot_key(self, request: Request) -> str:
        # The token is the credential of the robot, so that only its fingerprint may be a file's name.
        return fingerprint(*self._endpoints, "robot", request.query.get("access_token", ""))

    def _raise_if_cooling_down(self, request: Request, name: str, cause: str, finding: str) -> None:
        remaining = self._cooldowns.remaining(name)
        if remaining:
            end = moment(self._clock.time() + remaining)
            raise NotSent(
                request.endpoint,
                request.subject,
                f"{cause}, so nothing is sent before {end}",
                "Run again after that time; further calls would prolong the ban.",
                finding,
            )
