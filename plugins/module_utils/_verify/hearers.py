# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who would get a test alert beside the chats and robots of the inventory.

Whatever might keep it back by chance (a Silence, a Router, an inhibit rule) does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .._alertmanager.matchers import as_text
from .._alertmanager.routes import Taken
from .._delivery.alerts import ExpectedReceiver
from .._delivery.holdings import Manifest, labels_of, mapping, name_of, part
from .._delivery.routing import is_notification_manager_webhook
from .._delivery.selectors import matches

#: The end of the names of a receiver's lists of integrations.
_CONFIGS = "_configs"
_GLOBAL = {"matchLabels": {"type": "global"}}


def beside_notification_manager(document: Mapping[str, Any], routes: Iterable[Taken]) -> list[str]:
    """Return the integrations of Alertmanager that get an alert of these routes, other than notification-manager."""
    receivers = _by_name(document)
    found = [
        f"receiver {name} of Alertmanager ({field.removesuffix(_CONFIGS)})"
        for name in receiver_names(routes)
        for field, items in mapping(receivers.get(name)).items()
        if str(field).endswith(_CONFIGS) and isinstance(items, list)
        for item in items
        if not (field == f"webhook{_CONFIGS}" and is_notification_manager_webhook(mapping(item)))
    ]
    return list(dict.fromkeys(found))


def at_notification_manager(
    manager: Mapping[str, Any],
    receivers: Iterable[Manifest],
    labels: Mapping[str, str],
    expected: Iterable[ExpectedReceiver],
    chat_ids: Collection[str],
) -> list[str]:
    """Return the channels of notification-manager that get an alert and are not the inventory's.

    ``manager``: the NotificationManager's spec. ``receivers``: all of the cluster. ``chat_ids``: those of the
    inventory. Receivers of tenants get no alert without a namespace.
    """
    robots = {item.name for item in expected if item.robot}
    selector = part(manager, "receivers").get("globalReceiverSelector") or _GLOBAL
    found: list[str] = []
    for receiver in receivers:
        if not matches(selector, labels_of(receiver)):
            continue
        name = name_of(receiver)
        for channel, value in part(receiver, "spec").items():
            if not _takes(mapping(value), labels):
                continue
            if channel != "dingtalk":
                found.append(f"Receiver {name} of notification-manager ({channel})")
                continue
            found += _in_dingtalk(name, mapping(value), chat_ids, has_robot=name in robots)
    return found


def receiver_names(routes: Iterable[Taken]) -> list[str]:
    """Return the names of the receivers of Alertmanager to which routes lead."""
    return list(dict.fromkeys(as_text(item.settings.get("receiver")) for item in routes))


def _by_name(document: Mapping[str, Any]) -> dict[str, Any]:
    listed = document.get("receivers")
    items = [mapping(item) for item in listed] if isinstance(listed, list) else []
    return {as_text(item.get("name")): item for item in items}


def _takes(channel: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    selector = channel.get("alertSelector")
    return bool(channel) and channel.get("enabled") is not False and (not selector or matches(selector, labels))


def _in_dingtalk(name: str, settings: Mapping[str, Any], chat_ids: Collection[str], has_robot: bool) -> list[str]:
    listed = part(settings, "conversation").get("chatids")
    unknown = [chat_id for chat_id in (listed if isinstance(listed, list) else []) if chat_id not in chat_ids]
    found = [f"chat {chat_id}, which is not in the inventory (Receiver {name})" for chat_id in unknown]
    if part(settings, "chatbot") and not has_robot:
        found.append(f"the robot of Receiver {name}, which is not in the inventory")
    return found
