# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of DingTalk, its answers and the network between: finding -> one that raises it, and one that does not."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import requests

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.clock import SystemClock
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.lookup import Advice, advise
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.table import (
    SEVERAL_ACCOUNTS,
    UNREADABLE,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.call_guard import CallGuard
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import USER_BY_MOBILE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.network_errors import explain
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.transport import Request
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.state.files import StateFiles

State = Callable[[], Any]

#: Finding -> a code of DingTalk's answer that raises it, its message, and a code that does not.
CODES: dict[str, tuple[str, str, str]] = {
    "KD201": ("40089", "", "60011"),
    "KD202": ("60011", "", "40089"),
    "KD203": ("60020", "", "310000"),
    "KD204": ("50003", "", "50005"),
    "KD205": ("50002", "", "60121"),
    "KD206": ("48002", "", "60011"),
    "KD207": ("90020", "", "90018"),
    "KD208": ("90018", "", "90020"),
    "KD209": ("x5", "", "90018"),
    "KD210": ("-1", "", "unheard-of"),
    "KD211": ("unknown.send.result", "", "-1"),
    "KD212": ("unheard-of", "", "-1"),
    "KD213": (UNREADABLE, "", "HTTP 503"),
    "KD214": ("60121", "", SEVERAL_ACCOUNTS),
    "KD215": (SEVERAL_ACCOUNTS, "", "60121"),
    "KD216": ("60103", "", "60121"),
    "KD217": ("34013", "", "43007"),
    "KD218": ("43007", "", "34013"),
    "KD219": ("665036", "", "660045"),
    "KD220": ("49006", "", "49005"),
    "KD221": ("49005", "", "49006"),
    "KD222": ("49020", "", "49003"),
    "KD223": ("group.notReady", "", "34013"),
    "KD224": ("49007", "", "49005"),
    "KD225": ("300001", "", "400102"),
    "KD226": ("400102", "", "400106"),
    "KD227": ("400106", "", "400102"),
    "KD228": ("130101", "", "90018"),
    "KD229": ("460101", "", "310000"),
    "KD230": ("310000", "something new", "130101"),
    "KD231": ("310000", "keywords not in content", "sign.not.match"),
    "KD232": ("310000", "sign not match", "keywords.not.match"),
    "KD233": ("310000", "ip 203.0.113.7 not in whitelist", "60020"),
    "KD234": ("310000", "invalid timestamp", "sign.not.match"),
    "KD235": ("only.groupAdmin.canAtAll", "", "49003"),
    "KD236": ("reject", "", "400106"),
}
UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed")
UNTRUSTED.verify_message = "self-signed certificate"
#: Finding -> a failure before a request is sent, or (True) after a part of it.
FAILURES: dict[str, tuple[Exception, bool]] = {
    "KD237": (requests.ConnectionError("no route"), False),
    "KD238": (requests.exceptions.SSLError(UNTRUSTED), False),
    "KD239": (requests.exceptions.ProxyError("refused"), False),
    "KD240": (requests.ReadTimeout("late"), True),
}


class _Budget:
    """A call counter with a spent budget, or an unlimited one."""

    budget = 3

    def __init__(self, is_spent: bool) -> None:
        self._is_spent = is_spent

    def allows(self, endpoint: object) -> bool:
        return not self._is_spent


def _answered(code: str, message: str = "") -> State:
    return lambda: advise(code, message)


def _failed(error: Exception, taken: bool) -> State:
    def state() -> Advice:
        return explain(error, "https://api.dingtalk.com/x", taken)[1]

    return state


def _called(is_spent: bool) -> State:
    def state() -> None:
        files = StateFiles(None, lambda text: None)
        counter: Any = _Budget(is_spent)
        CallGuard(files, SystemClock(), counter, ("a", "b"), "app").acquire(
            Request(USER_BY_MOBILE, "https://api.dingtalk.com")
        )

    return state


STATES: dict[str, tuple[State, State]] = {
    **{finding: (_answered(code, text), _answered(other)) for finding, (code, text, other) in CODES.items()},
    **{
        finding: (_failed(*failure), _failed(ValueError("invalid URL"), False)) for finding, failure in FAILURES.items()
    },
    "KD241": (_called(is_spent=True), _called(is_spent=False)),
}
