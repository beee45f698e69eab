# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a test: stored settings, reduced to one chat or the robot, and the text of the message.

notification-manager resolves references to Secrets by the same rules as for alerts, so no credential is read here.
Sources: notification-manager v1.4.0 and v2.3.0 (pkg/webhook/v1), which refuse a Receiver without a label for its owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._delivery.alerts import ExpectedReceiver
from .._delivery.destinations import config_candidates
from .._delivery.holdings import Holdings, Manifest, known, mapping, part
from .._delivery.outcome import WayEnds
from .._kubesphere.releases import NOTIFICATION_GROUP
from .targets import CHAT, Target

API_VERSION = f"{NOTIFICATION_GROUP}/v2beta2"
#: Fields of a Receiver's ``spec.dingtalk`` that shape messages.
_FORMAT = ("template", "titleTemplate", "tmplType", "tmplText")


def body(holdings: Holdings, expected: ExpectedReceiver, target: Target, alert: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a test of one target by the settings as stored.

    Raises ``WayEnds`` if the account may not read them.
    """
    receiver = known(holdings.receivers.get(expected.name)) or {}
    settings = part(receiver, "spec", "dingtalk")
    shape = {name: settings[name] for name in _FORMAT if settings.get(name)}
    if target.kind == CHAT:
        settings = {**shape, "enabled": True, "conversation": {"chatids": [target.chat_id]}}
    else:
        settings = {**shape, "enabled": True, "chatbot": dict(part(settings, "chatbot"))}
    owner = {"type": "tenant", "user": expected.user} if expected.user else {"type": "global"}
    found: dict[str, Any] = {"receiver": _object("Receiver", expected.name, owner, settings)}
    if target.kind == CHAT and (config := _config(holdings, receiver, expected)):
        labels = owner if expected.user else {"type": "default"}
        name = str(mapping(config.get("metadata")).get("name"))
        found["config"] = _object("Config", name, labels, dict(part(config, "spec", "dingtalk")))
    return {**found, "alert": {"alerts": [{"status": "firing", **alert}]}}


def _config(holdings: Holdings, receiver: Manifest, expected: ExpectedReceiver) -> Manifest | None:
    """Return the Config that notification-manager would choose, None if there is none: its error then says so.

    Raises ``WayEnds`` if the account may not read that.
    """
    known(holdings.configs)
    selector = part(receiver, "spec", "dingtalk").get("dingtalkConfigSelector")
    try:
        candidates = config_candidates(holdings, selector, expected)
    except WayEnds:
        return None
    return candidates[0] if candidates else None


def _object(kind: str, name: str, labels: Mapping[str, str], dingtalk: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"app": "notification-manager", **labels}}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": {"dingtalk": dict(dingtalk)}}
