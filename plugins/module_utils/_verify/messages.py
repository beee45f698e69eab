# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One test message to one chat or robot, sent by notification-manager, which answers with DingTalk's verdict.

The status in the body counts: KubeSphere's API answers with HTTP 200 whatever became of the message. A request that was
cut off is never sent again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from .._core.bounded import json_text
from .._core.errors import OperationError
from .._delivery.holdings import mapping
from .._dingtalk.api.endpoints import Endpoint, Style
from .._kubernetes.client import Cluster
from .._kubernetes.errors import READ_ONLY, ClusterError, ClusterUnreachable
from .._kubesphere.api import PREFIX
from .._kubesphere.permissions import NOTIFICATION_MANAGER_SERVICE as NOTIFICATION_MANAGER
from . import verdict
from .service_proxy import PROXY, api_path, path, with_fallback
from .verdict import Result, Verdict

#: The call to DingTalk by which notification-manager sends to a chat: only charged here.
SEND_TO_CHAT = Endpoint(
    "send a message to a chat through a cluster's notification-manager", "POST", "/chat/send", Style.LEGACY
)
#: Takes the text of the message as well; apart from that it is /api/v2/verify.
NOTIFICATIONS = "/api/v2/notifications"
#: kube-apiserver's words for a program that it did not reach.
_NOT_REACHED = re.compile(r"no endpoints|no service port|dial tcp|connection refused|no route to host", re.I)
_NOT_CONFIGURED = re.compile(r"endpoint.*(not|un)|not configured|not set", re.I)


class Sent(NamedTuple):
    """The verdict of a test message, and how notification-manager was asked."""

    verdict: Verdict
    via: str = PROXY


class Question(NamedTuple):
    """What notification-manager is asked: ``body`` of a test; ``user``: the tenant of its Receiver, or empty.

    ``has_api``: whether an account for KubeSphere's own API is configured. ``app_key``: the inventory's app.
    """

    body: Mapping[str, Any]
    release: str
    user: str = ""
    has_api: bool = False
    app_key: str = ""


def send(cluster: Cluster, question: Question) -> Sent:
    """Send a test message through the service proxy or, if the account may not, through KubeSphere's API."""

    def by_proxy() -> Verdict:
        answer = cluster.proxied("post", path(NOTIFICATION_MANAGER, NOTIFICATIONS), question.body)
        return _judged(answer.status, answer.body, question.app_key)

    by_api = (lambda: _through_api(cluster, question)) if question.has_api else None
    try:
        return Sent(*with_fallback(by_proxy, by_api))
    except ClusterError as error:
        if error.status != 403:
            return Sent(not_answered(error, "notification-manager", "KD602"))
        return Sent(verdict.forbidden(f"create services/proxy {NOTIFICATION_MANAGER}", error.message))


def _judged(http_status: int, body: bytes, app_key: str) -> Verdict:
    try:
        answer = mapping(json_text.load(body))
    except json_text.NotJson:
        answer = {}
    status = answer.get("Status")
    if isinstance(status, int) and not isinstance(status, bool):
        return verdict.of_message(status, str(answer.get("Message") or ""), app_key)
    if http_status == 404:
        return verdict.not_tried("notification-manager has no test of settings", "", "KD602")
    return verdict.cut(f"the answer of notification-manager (HTTP status {http_status}) has no status of its own")


def _through_api(cluster: Cluster, question: Question) -> Verdict:
    """Verify through KubeSphere's API, whose message has a text of notification-manager's."""
    body = {name: value for name, value in question.body.items() if name != "alert"}
    try:
        answer = cluster.request("post", PREFIX + api_path(question.release, question.user), body=body)
    except ClusterError as error:
        return not_answered(error, "KubeSphere's API", "KD602")
    except OperationError as error:
        return verdict.not_tried(error.message)
    status, message = answer.get("Status"), str(answer.get("Message") or "")
    if not isinstance(status, int) or isinstance(status, bool):
        return verdict.cut("the answer of KubeSphere's API has no status of its own")
    if status == 403:
        return verdict.forbidden("verify notification settings by KubeSphere's API", message)
    if status != 200 and _NOT_CONFIGURED.search(message):
        return verdict.not_tried(f"KubeSphere's API does not reach notification-manager: {message}", "", "KD602")
    return verdict.of_message(status, message, question.app_key)


def not_answered(error: ClusterError, program: str, finding: str) -> Verdict:
    """Return the verdict for a request that a program of the cluster did not answer. ``finding``: of that program."""
    if isinstance(error, ClusterUnreachable):
        return verdict.cut(_sentence(error)) if error.is_sent else verdict.not_tried(_sentence(error), "", "KD301")
    if error.status == 404 or (error.status == 503 and _NOT_REACHED.search(error.message)):
        return verdict.not_tried(f"{program} does not answer: {_sentence(error)}", "", finding)
    if error.finding == READ_ONLY:
        return verdict.not_tried(_sentence(error), "", READ_ONLY)
    if error.status in (401, 403):
        return Verdict(Result.NOT_TRIED, _sentence(error), "", "KD302" if error.status == 401 else "KD303")
    return verdict.cut(_sentence(error))


def _sentence(error: ClusterError) -> str:
    return error.message.rstrip(".")
