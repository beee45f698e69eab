# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the summary that say what was proven: which chats and robots got a test message, and which did not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._core.text import few, grouped
from .._findings.finding import cited

#: Result -> how a sentence about chats and robots begins.
_SENTENCES = {
    "delivered": "delivered to {names}",
    "refused": "REFUSED by {names}",
    "unknown": "it is unknown whether {names} got it",
    "not tried": "not tried for {names}",
}
#: The same about the notification history, and the cause if it was not to be searched, which needs no sentence.
_HISTORY = {
    "delivered": "the notification history lists the test alert as sent",
    "unknown": "it is unknown whether the test alert was sent",
    "not tried": "the notification history was not searched",
}
HISTORY_NOT_ASKED = "verify_history is false"
#: The same about the synthetic alert.
_ALERT = {
    "delivered": "the test alert reaches receiver {names} of Alertmanager",
    "refused": "the test alert is REFUSED",
    "unknown": "it is unknown what becomes of the test alert",
    "not tried": "no test alert was posted",
}


def verification_lines(verified: Mapping[str, Any]) -> list[str]:
    """Return a line for each group of clusters with the same results. ``verified``: the result of ``verify``."""
    clusters = verified.get("clusters") or {}
    if verified.get("failed") and not clusters:
        message = str(verified.get("msg") or "no reason given").partition("\n")[0].rstrip(".:")
        return [f"FAILED verification: {message}"]
    groups = grouped((host, "; ".join(_sentences(cluster))) for host, cluster in clusters.items())
    return [f"Test messages of {few(hosts)}: {text}" for text, hosts in groups.items()]


def _sentences(cluster: Mapping[str, Any]) -> Iterable[str]:
    groups = grouped(
        (f"{target['kind']} {target['key']}", (target["result"], target["cause"], target["finding"]))
        for target in cluster["targets"]
    )
    for (result, cause, finding), names in groups.items():
        yield _sentence(_SENTENCES[result].format(names=", ".join(names)), cause, finding)
    alert = cluster["alert"]
    cause = alert["second_message"] if alert["result"] == "delivered" else alert["cause"]
    # What stopped the messages also stopped the alert: once is enough.
    if not cause or all(cause != other for _result, other, _finding in groups):
        yield _sentence(_ALERT[alert["result"]].format(names=", ".join(alert["receivers"])), cause, alert["finding"])
    history = cluster.get("history") or {}
    # Without a test alert there is nothing to look for, which has been mentioned by now.
    if history and alert["result"] != "not tried" and history["cause"] != HISTORY_NOT_ASKED:
        yield _sentence(_HISTORY[history["result"]], history["cause"], history["finding"])


def _sentence(text: str, cause: str, finding: str) -> str:
    return cited(f"{text}: {cause}" if cause else text, finding)
