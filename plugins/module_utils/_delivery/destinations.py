# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a Receiver to DingTalk: the Config of its chats, the credentials, and the chats and the robot.

Sources: notification-manager v1.4.0 (pkg/notify/config) and v2.3.0 (pkg/controller, pkg/internal/common.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._kubesphere.releases import BEFORE_3_4
from .alerts import ExpectedReceiver
from .holdings import Holdings, Manifest, known, labels_of, mapping, name_of, part
from .manager import default_namespace, manager_of, place_of
from .outcome import Result, Step, WayEnds
from .receivers import robot_is_pending
from .selectors import in_words, matches

STAGE = "DingTalk"

_DEFAULT = {"matchLabels": {"type": "default"}}
#: A number as notification-manager reads a label (strconv.Atoi).
_NUMBER = re.compile(r"[-+]?[0-9]+")


def to_chats(holdings: Holdings, receiver: Manifest, expected: ExpectedReceiver) -> tuple[Step, ...]:
    """Return the steps from a Receiver to its chats; raises ``WayEnds`` if nothing arrives there."""
    place = f"Receiver {expected.name}"
    chat_ids = chat_ids_of(holdings, receiver, expected)
    if holdings.is_member:
        return (Step(STAGE, place, "spec.dingtalk.conversation.chatids", f"{len(chat_ids)}"),)
    config, step = _config(holdings, receiver, expected)
    app = part(config, "spec", "dingtalk", "conversation")
    credentials = [
        _credential(holdings, app.get(key), f"Config {name_of(config)}: {key}") for key in ("appkey", "appsecret")
    ]
    return (step, *credentials, Step(STAGE, place, "spec.dingtalk.conversation.chatids", f"{len(chat_ids)}"))


def chat_ids_of(holdings: Holdings, receiver: Manifest, expected: ExpectedReceiver) -> list[str]:
    """Return the chat IDs of a Receiver; raises ``WayEnds`` if it lacks an expected one."""
    place = f"Receiver {expected.name}"
    listed = part(receiver, "spec", "dingtalk", "conversation").get("chatids")
    chat_ids = list(listed) if isinstance(listed, list) else []
    missing = [key for chat_id, key in expected.chats.items() if chat_id not in chat_ids]
    if missing and holdings.is_member:
        raise WayEnds(
            Result.PENDING, f"KubeSphere has not copied the host's {place} with chat {missing[0]} yet", finding="KD617"
        )
    if missing:
        raise WayEnds(
            Result.UNDELIVERED,
            f"{place}: lacks chat {', '.join(missing)}",
            "Run feature notification.",
            finding="KD610",
        )
    return chat_ids


def to_robot(holdings: Holdings, receiver: Manifest, expected: ExpectedReceiver) -> tuple[Step, ...]:
    """Return the steps from a Receiver to its robot; raises ``WayEnds`` if nothing arrives there."""
    place = f"Receiver {expected.name}"
    if not expected.robot_is_ready:
        raise robot_is_pending()
    robot = robot_of(holdings, receiver, expected)
    if holdings.is_member:
        return (Step(STAGE, place, "spec.dingtalk.chatbot", "set"),)
    steps = [_credential(holdings, robot.get("webhook"), f"{place}: chatbot.webhook")]
    if robot.get("secret"):
        steps.append(_credential(holdings, robot["secret"], f"{place}: chatbot.secret"))
    return tuple(steps)


def robot_of(holdings: Holdings, receiver: Manifest, expected: ExpectedReceiver) -> Mapping[str, Any]:
    """Return the robot of a Receiver; raises ``WayEnds`` if it has none."""
    place = f"Receiver {expected.name}"
    robot = part(receiver, "spec", "dingtalk", "chatbot")
    if not robot and holdings.is_member:
        raise WayEnds(
            Result.PENDING, f"KubeSphere has not copied the host's {place} with its robot yet", finding="KD617"
        )
    if not robot:
        raise WayEnds(Result.UNDELIVERED, f"{place}: has no robot", "Run feature notification.", finding="KD611")
    return robot


def _config(holdings: Holdings, receiver: Manifest, expected: ExpectedReceiver) -> tuple[Manifest, Step]:
    """Return the Config that notification-manager chooses, which must be that of the inventory's app."""
    place = f"Receiver {expected.name}"
    selector = part(receiver, "spec", "dingtalk").get("dingtalkConfigSelector")
    described = in_words(selector) if isinstance(selector, Mapping) else ""
    candidates = config_candidates(holdings, selector, expected)
    if not candidates:
        raise WayEnds(
            Result.UNDELIVERED,
            f"{place}: no Config has the app's credentials"
            + (f"; its dingtalkConfigSelector is {described}" if described else ""),
            f"Label Config {expected.config} so that it is selected"
            + (f", or remove spec.dingtalk.dingtalkConfigSelector of {place}." if described else " (type=default)."),
            finding="KD612",
        )
    names = [name_of(item) for item in candidates]
    if expected.config not in names:
        raise _other_config(place, names, expected.config)
    if len(names) > 1:
        others = [name for name in names if name != expected.config]
        raise WayEnds(
            Result.UNDELIVERED,
            f"{place}: Config {', '.join(others)} is selected as well as {expected.config}, and which one "
            "notification-manager uses is not defined",
            f"Give Config {others[0]} another label than type=default, or a label priority that is higher than that of "
            f"{expected.config}.",
            finding="KD613",
        )
    chosen = candidates[0]
    return chosen, Step(STAGE, f"Config {name_of(chosen)}", "selected by", described or "type=default")


def config_candidates(holdings: Holdings, selector: Any, expected: ExpectedReceiver) -> list[Manifest]:
    """Return the Configs from which notification-manager chooses one at random, the best of its order."""
    default = part(manager_of(holdings), "defaultConfigSelector") or _DEFAULT
    # Settings without an app count, too: notification-manager may choose them, and then has no credentials.
    configs = [item for item in known(holdings.configs) if isinstance(part(item, "spec").get("dingtalk"), Mapping)]
    if expected.user:
        own = [item for item in configs if labels_of(item).get("user") == expected.user]
        # A Config of the tenant has precedence over the default ones.
        if selected := [item for item in own if matches(selector, labels_of(item))]:
            return selected
    if holdings.release in BEFORE_3_4 and selector:
        return [item for item in configs if matches(selector, labels_of(item))]
    if expected.user and holdings.release not in BEFORE_3_4:
        selector = None  # applies to the tenant's own Configs only
    found = [
        item for item in configs if matches(default, labels_of(item)) and matches(selector or None, labels_of(item))
    ]
    # notification-manager 1.x knows no priorities.
    if holdings.release in BEFORE_3_4:
        return found
    best = min((priority(labels_of(item)) for item in found), default=None)
    return [item for item in found if priority(labels_of(item)) == best]


def _other_config(place: str, names: Sequence[str], own: str) -> WayEnds:
    return WayEnds(
        Result.UNDELIVERED,
        f"{place}: notification-manager uses Config {', '.join(names)}, whose app is another one than that of {own}",
        f"Remove the label type=default from Config {names[0]}, give it a higher number as label priority than {own} "
        "has, or delete it if nobody needs it.",
        finding="KD614",
    )


def priority(labels: Mapping[str, str]) -> float:
    """Return the priority of a Config by its labels, the lowest of which is chosen; one without comes last."""
    text = labels.get("priority", "")
    return int(text) if _NUMBER.fullmatch(text) else float("inf")


def _credential(holdings: Holdings, credential: Any, place: str) -> Step:
    """Return the step to a credential of either API version; raises ``WayEnds`` if notification-manager finds none."""
    given = mapping(credential)
    # A credential in the object itself, which the API allows.
    if given.get("value"):
        return Step(STAGE, place, "value", "set")
    reference = reference_of(given)
    name, key = str(reference.get("name") or ""), str(reference.get("key") or "")
    if not name or not key:
        raise WayEnds(
            Result.UNDELIVERED, f"{place}: refers to no key of a Secret", "Run feature notification.", finding="KD615"
        )
    keys = known(holdings.secrets.get(where := place_of(reference, default_namespace(manager_of(holdings)))))
    if keys is None or key not in keys:
        lack = "which does not exist" if keys is None else f"which has no value for key {key}"
        raise WayEnds(
            Result.UNDELIVERED,
            f"{place} refers to Secret {'/'.join(where)}, {lack}",
            f"Store the credential there, or remove the reference from {place.partition(':')[0]}.",
            finding="KD615",
        )
    return Step(STAGE, place, f"Secret {'/'.join(where)}", f"key {key}")


def reference_of(credential: Any) -> Mapping[str, Any]:
    """Return the reference of a credential of either API version to a Secret: ``name``, ``key`` and ``namespace``."""
    return part(mapping(credential), "valueFrom", "secretKeyRef") or mapping(credential)


def referenced_secrets(manifests: Iterable[Manifest], namespace: str) -> list[tuple[str, str]]:
    """Return the Secrets (namespace, name) to which Receivers and Configs refer.

    ``namespace``: that of references which name none.
    """
    found = []
    for manifest in manifests:
        settings = part(manifest, "spec", "dingtalk")
        for credential in (*part(settings, "chatbot").values(), *part(settings, "conversation").values()):
            reference = reference_of(credential)
            if reference.get("name") and reference.get("key"):
                found.append(place_of(reference, namespace))
    return list(dict.fromkeys(found))
