# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every call passes before it leaves: the budget, DingTalk's punishments, and the rate."""

from __future__ import annotations

from ..._core.clock import Clock, moment
from ..state.files import StateFiles, fingerprint
from .call_counter import CallCounter
from .endpoints import SEND_TO_ROBOT
from .errors import BudgetSpent, NotSent
from .rate_limit import Cooldowns, Rates
from .response import IP_BANNED
from .transport import Request

#: Calls and seconds. DingTalk allows 20 calls in a second for an app and API (call-frequency-limit).
API_RATE = (10, 1.0)
#: The same for one custom robot: 20 in a minute (custom-robots-send-group-messages), and a little for the way there.
ROBOT_RATE = (20, 62.0)
#: How long DingTalk punishes an IP and a robot, in seconds.
IP_BAN, ROBOT_BAN = 300.0, 600.0
ROBOT_TOO_FAST = "410100"


class CallGuard:
    """Keeps the calls of one app, and those to robots, within what DingTalk allows from this controller.

    ``endpoints``: the two base URLs. An IP is banned at both, and for all apps.
    """

    def __init__(
        self, files: StateFiles, clock: Clock, call_counter: CallCounter, endpoints: tuple[str, str], app_key: str
    ) -> None:
        self._clock = clock
        self._call_counter = call_counter
        self._rates = Rates(files, clock)
        self._pauses = Cooldowns(files, clock)
        self._endpoints = endpoints
        self._app_key = app_key

    def enter(self, request: Request) -> None:
        """Return when a call may leave; raises :class:`NotSent` when it must not."""
        endpoint = request.endpoint
        if not self._call_counter.allows(endpoint):
            raise BudgetSpent(
                endpoint,
                request.subject,
                f"the {self._call_counter.budget} counted calls that it may make are used up, so it was not called",
                "What was done is kept. Run again to go on, or raise the budget (call_budget, dingtalk_call_budget)",
            )
        self._raise_if_cooling_down(request, self._everywhere, "DingTalk has banned the public IP of this machine")
        if endpoint is SEND_TO_ROBOT:
            self._raise_if_cooling_down(
                request, self._robot(request), "DingTalk has silenced the robot, which sent too much"
            )
            self._rates.wait(self._robot(request), *ROBOT_RATE)
        else:
            self._rates.wait(fingerprint(*self._endpoints, self._app_key, str(endpoint)), *API_RATE)

    def learn(self, request: Request, code: str) -> None:
        """Remember a punishment from the code of an answer, for this and all other plays of this controller."""
        if code == IP_BANNED:
            self._pauses.start(self._everywhere, IP_BAN)
        elif code == ROBOT_TOO_FAST and request.endpoint is SEND_TO_ROBOT:
            self._pauses.start(self._robot(request), ROBOT_BAN)

    @property
    def _everywhere(self) -> str:
        return fingerprint(*self._endpoints)

    def _robot(self, request: Request) -> str:
        return fingerprint(*self._endpoints, "robot", request.query.get("access_token", ""))

    def _raise_if_cooling_down(self, request: Request, name: str, cause: str) -> None:
        left = self._pauses.left(name)
        if left:
            end = moment(self._clock.time() + left)
            raise NotSent(
                request.endpoint,
                request.subject,
                f"{cause}, and nothing is sent until that is over, at {end}",
                "Run again then. More calls would prolong it",
            )
