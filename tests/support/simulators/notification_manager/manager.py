# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delivery of alerts: read, pair, filter, render, send; and verification of settings before they are stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.support.simulators.notification_manager.cluster import ClusterAccess, ClusterError, Json, Reader
from tests.support.simulators.notification_manager.delivery import Delivery, DeliveryError, Sender
from tests.support.simulators.notification_manager.pairing import Target, targets
from tests.support.simulators.notification_manager.rendering import Alert, brief, dump, grouped, split, with_cluster
from tests.support.simulators.notification_manager.templates import check

CHAT_BYTES, ROBOT_BYTES = 5000, 19960
GROUP_LABELS = ("alertname", "namespace")


class NotificationManager:
    """One cluster's notification-manager, stateless except for ``deliveries``.

    ``tenants`` maps users to their visible namespaces, which the real notification-manager gets from a sidecar.
    """

    def __init__(
        self,
        cluster: ClusterAccess,
        legacy_api_url: str,
        ca_file: str,
        now: Callable[[], float] = time.time,
        tenants: Mapping[str, Collection[str]] | None = None,
        proxy_url: str = "",
    ) -> None:
        self._modern = cluster.modern
        #: Whether it tests settings, which 1.0 of KubeSphere 3.1 does not.
        self.has_test = cluster.version.lstrip("v").split(".")[:2] != ["3", "1"]
        self._tenants = tenants or {}
        self._reader = Reader(cluster)
        self._now = now
        self._sender = Sender(legacy_api_url, ca_file, now, proxy_url)
        self.deliveries: list[Delivery] = []
        #: Gets each alert that at least one target accepted, where the NotificationManager has a webhook for history.
        self.history: Callable[[Alert], object] = lambda alert: None

    def accept(self, payload: Mapping[str, Any]) -> list[Delivery]:
        """Deliver the alerts of an Alertmanager webhook payload."""
        return self.deliver(payload.get("alerts") or ())

    def deliver(self, alerts: Sequence[Alert]) -> list[Delivery]:
        """Send alerts (`labels`, `annotations`, `status`) by the cluster's settings; errors are in the deliveries."""
        try:
            settings = self._reader.settings()
        except ClusterError as error:
            return self._recorded([Delivery("", "", error=str(error))])
        if settings.manager.get("replicas") == 0:  # no pod answers the webhook
            return []
        alerts = with_cluster(alerts, settings.manager, self._modern)
        names = settings.manager.get("groupLabels") or GROUP_LABELS if self._modern else ("namespace",)
        deliveries: list[Delivery] = []
        sent: dict[str, Alert] = {}
        for target in targets(settings, self._modern, self._tenants, self._now()):
            for group in grouped(alerts, names):
                attempts = list(self._send(target, group))
                deliveries += attempts
                if any(not attempt.error for attempt in attempts):
                    sent |= {str(alert): alert for alert in group if target.selects(alert["labels"])}
        if (settings.manager.get("history") or {}).get("webhook"):
            self._write_history(sent.values())
        return self._recorded(deliveries)

    def _write_history(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            time_text = datetime.fromtimestamp(self._now(), UTC).isoformat()
            self.history({**alert, "notificationTime": time_text, "notifySuccessful": True})

    def verify(
        self, receiver: Json, config: Json | None = None, alerts: Sequence[Alert] | None = None
    ) -> list[Delivery]:
        """Send a test alert, or these alerts, by objects that need not be stored.

        `enabled` and `alertSelector` are ignored. Raises ClusterError for a Receiver without a type label.
        """
        kind = (receiver.get("metadata", {}).get("labels") or {}).get("type")
        if kind not in ("global", "tenant") and (config or self._modern):
            raise ClusterError("unknown tenant" if self._modern else "receiver is neither global nor tenant")
        spec = dict((receiver.get("spec") or {}).get("dingtalk") or {}) | {"alertSelector": None}
        part = (config.get("spec") or {}).get("dingtalk") if config else None
        target = Target(receiver.get("metadata", {}).get("name", ""), spec, part, self._reader.settings().manager)
        return self._recorded(list(self._send(target, alerts or [self._test_alert()])))

    def _test_alert(self) -> Alert:
        labels = {"alertname": "verify", "alerttype": "verify"} if self._modern else {"alertname": "Test"}
        return {"labels": labels, "annotations": {"message": "Your settings work."}}

    def _recorded(self, deliveries: list[Delivery]) -> list[Delivery]:
        self.deliveries += deliveries
        return deliveries

    def _send(self, target: Target, alerts: Sequence[Alert]) -> Iterator[Delivery]:
        chosen = [alert for alert in alerts if target.selects(alert["labels"])]
        if not chosen:
            return
        if self._modern and (error := _error(lambda: self._check_templates(target))):
            yield Delivery(target.name, "", error=error)
            return
        yield from self._to_robot(target, chosen)
        yield from self._to_chats(target, chosen)

    def _check_templates(self, target: Target) -> None:
        check(target, lambda reference: self._reader.config_map(reference, target.manager))

    def _to_robot(self, target: Target, alerts: Sequence[Alert]) -> Iterator[Delivery]:
        robot = target.spec.get("chatbot")
        if not robot:
            return
        keywords = robot.get("keywords") or ()
        suffix = "\n\n[Keywords] " + ", ".join(keywords) if keywords else ""
        at = {"atMobiles": robot.get("atMobiles"), "atUserIds": robot.get("atUsers"), "isAtAll": robot.get("atAll")}
        limit = target.options.get("chatbotMessageMaxSize", ROBOT_BYTES) - len(suffix.encode())
        for text in self._texts(alerts, limit):

            def send(text: str = text + suffix) -> None:
                webhook = self._credential(robot.get("webhook"), target)
                secret = self._credential(robot["secret"], target) if robot.get("secret") else ""
                mentions = {name: value for name, value in at.items() if value}
                self._sender.robot(webhook, secret, _msgtype(target), text, mentions)

            yield Delivery(target.name, "robot", "", text + suffix, _error(send))

    def _to_chats(self, target: Target, alerts: Sequence[Alert]) -> Iterator[Delivery]:
        limit = target.options.get("conversationMessageMaxSize", CHAT_BYTES)
        for text in self._texts(alerts, limit):
            for chatid in target.chatids:

                def send(chatid: str = chatid, text: str = text) -> None:
                    self._sender.chat(self._app(target), chatid, _msgtype(target), text)

                yield Delivery(target.name, "chat", chatid, text, _error(send))

    def _app(self, target: Target) -> tuple[str, str]:
        if target.config is None:
            raise ClusterError("config is nil")
        app = target.config.get("conversation") or {}
        return self._credential(app.get("appkey"), target), self._credential(app.get("appsecret"), target)

    def _credential(self, credential: Mapping[str, Any] | None, target: Target) -> str:
        return self._reader.credential(credential, target.manager)

    def _texts(self, alerts: Sequence[Alert], limit: int) -> list[str]:
        return split(alerts, limit, brief if self._modern else dump)


def _msgtype(target: Target) -> str:
    return str(target.spec.get("tmplType") or target.options.get("tmplType") or "text")


def _error(send: Callable[[], None]) -> str:
    try:
        send()
    except (ClusterError, DeliveryError) as error:
        return str(error)
    return ""


def deliver(cluster: ClusterAccess, alerts: Sequence[Alert], legacy_api_url: str, ca_file: str) -> list[Delivery]:
    """Send alerts once, by the cluster's settings; `ca_file` is DingTalk's."""
    return NotificationManager(cluster, legacy_api_url, ca_file).deliver(alerts)
