# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Additional Receivers and Routers: maps whose keys are the names of the objects.

Names, labels and keys follow KubeSphere's console and API server, so that notification-manager matches the objects and
the console shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._core.errors import Errors
from .._core.specs import ArgumentSpec
from .._core.texts.near_names import did_you_mean
from .._core.validation import check_keys, entries, validated
from .._dingtalk import validation
from .._findings.finding import cited
from .._kubesphere.releases import BEFORE_3_4
from .chats import DesiredRobot

RECEIVERS, ROUTERS = "notification_receivers", "notification_routers"
GLOBAL_RECEIVER = "global-dingtalk-receiver"
GLOBAL_SECRET = "global-dingtalk-config-secret"  # noqa: S105 - the name of an object
#: Names that the console searches for as substrings, using the first match.
RESERVED = (GLOBAL_RECEIVER, GLOBAL_SECRET)
#: The fields of a selector, and of its terms.
SELECTOR_FIELDS, TERM_FIELDS = ("matchLabels", "matchExpressions"), ("key", "operator", "values", "regexValue")
#: Selector operators; the second name exists in KubeSphere 4 only.
OPERATORS, REGEX_OPERATOR = ("In", "NotIn", "Exists", "DoesNotExist"), "Match"

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
#: Label names that are valid in Prometheus and in Kubernetes selectors.
_KEY = re.compile(r"[A-Za-z]([A-Za-z0-9_]{0,61}[A-Za-z0-9])?")
_MAX_NAME_LENGTH = 253


def _receiver_spec() -> ArgumentSpec:
    return ArgumentSpec(
        options={
            "chats": {"type": "list", "elements": "str", "default": []},
            "robot": {"type": "str", "default": ""},
            "alert_selector": {"type": "dict"},
            "user": {"type": "str", "default": ""},
            "enabled": {"type": "bool", "default": True},
        },
        verbatim=frozenset({"chats", "robot", "user"}),
    )


def _router_spec() -> ArgumentSpec:
    return ArgumentSpec(
        options={
            "alert_selector": {"type": "dict", "required": True},
            "receivers": {"type": "list", "elements": "str", "required": True},
            "enabled": {"type": "bool", "default": True},
        },
        verbatim=frozenset({"receivers"}),
    )


@dataclass(frozen=True)
class DesiredReceiver:
    """One Receiver. ``user`` is empty for a global one; ``robot`` is a key of ``dingtalk_robots``, or empty.

    ``alert_selector`` is None if that of the live object is retained, and empty if none is desired.
    """

    name: str
    chats: tuple[str, ...]
    robot: str
    alert_selector: Mapping[str, Any] | None
    user: str
    enabled: bool

    @property
    def secret_name(self) -> str:
        """The Secret with the robot's webhook, named as the console names a tenant's Secret."""
        return f"{self.name.removesuffix('-receiver')}-config-secret"

    @property
    def labels(self) -> dict[str, str]:
        """The labels from which KubeSphere derives the owner."""
        return {"type": "tenant", "user": self.user} if self.user else {"type": "global"}


def read_receivers(errors: Errors, values: Any) -> dict[str, DesiredReceiver]:
    """Read ``notification_receivers`` without malformed entries."""
    receivers: dict[str, DesiredReceiver] = {}
    for name, at, attributes in entries(errors.at(RECEIVERS), values):
        params = validated(at, _receiver_spec(), attributes)
        if params is not None:
            receivers[name] = DesiredReceiver(
                name,
                tuple(params["chats"]),
                params["robot"],
                params["alert_selector"],
                params["user"],
                params["enabled"],
            )
    return receivers


def read_routers(errors: Errors, values: Any) -> list[dict[str, Any]]:
    """Read ``notification_routers`` for the templates, without malformed entries."""
    routers = []
    for name, at, attributes in entries(errors.at(ROUTERS), values):
        params = validated(at, _router_spec(), attributes)
        if params is not None:
            routers.append({"name": name, **params})
    return routers


def check_receivers(
    errors: Errors, receivers: Mapping[str, DesiredReceiver], chats: Mapping[str, Any], robots: Mapping[str, Any]
) -> None:
    """Check receivers. ``chats``, ``robots``: the maps of the inventory."""
    secrets: dict[str, str] = {}
    for name, desired in receivers.items():
        other = secrets.setdefault(desired.secret_name, name)
        _check_receiver(errors.at(RECEIVERS, name), desired, other, chats, robots)


def _check_receiver(
    errors: Errors, desired: DesiredReceiver, other: str, chats: Mapping[str, Any], robots: Mapping[str, Any]
) -> None:
    """Check a receiver. ``other``: the first one with its Secret."""
    _check_name(errors, desired.name, desired.secret_name)
    if other != desired.name:
        errors.add(f"would share Secret {desired.secret_name} with {other}; rename it")
    validation.check_chat_ids(errors.at("chats"), list(desired.chats))
    check_keys(errors.at("chats"), desired.chats, "dingtalk_chats", chats)
    check_keys(errors.at("robot"), [desired.robot] if desired.robot else [], "dingtalk_robots", robots)
    check_selector(errors.at("alert_selector"), desired.alert_selector)
    if not desired.chats and not desired.robot:
        errors.add("no destination; set `chats`, `robot` or both")
    if desired.user and not _LABEL.fullmatch(desired.user):
        errors.at("user").add(
            f"invalid KubeSphere user name {desired.user!r}; use at most 63 letters, digits, '-', '_' and '.', with a "
            "letter or digit at both ends"
        )


def check_routers(errors: Errors, routers: list[dict[str, Any]], receivers: Mapping[str, DesiredReceiver]) -> None:
    """Check Routers, which refer to ``receivers`` or to the console's Receiver."""
    known = {**receivers, GLOBAL_RECEIVER: None}
    for router in routers:
        name = router["name"]
        _check_name(errors.at(ROUTERS, name), name)
        check_selector(errors.at(ROUTERS, name, "alert_selector"), router["alert_selector"])
        check_keys(errors.at(ROUTERS, name, "receivers"), router["receivers"], RECEIVERS, known)


def check_selector(errors: Errors, selector: Mapping[str, Any] | None) -> None:
    """Check a label selector over alerts: the API server accepts some that never match."""
    if selector is None:
        return
    _check_fields(errors, selector, SELECTOR_FIELDS)
    labels, terms = selector.get("matchLabels"), selector.get("matchExpressions")
    at = errors.at("matchLabels")
    if labels is not None and not (isinstance(labels, Mapping) and all(isinstance(v, str) for v in labels.values())):
        at.add("expected a map of strings; quote the values")
    else:
        for key, value in (labels or {}).items():
            _check_label(at, key, [value])
    at = errors.at("matchExpressions")
    if terms is not None and not isinstance(terms, list):
        at.add("expected a list of {key, operator, values}")
    else:
        for below, term in at.each(terms or []):
            _check_term(below, term)


def _check_fields(errors: Errors, given: Mapping[Any, Any], known: Sequence[str]) -> None:
    for key in given:
        if key not in known:
            hint = did_you_mean(key, known)
            errors.at(str(key)).add(f"unknown field{hint}; supported fields: {', '.join(known)}")


def _check_term(errors: Errors, term: Any) -> None:
    if isinstance(term, Mapping):
        _check_fields(errors, term, TERM_FIELDS)
    if errors:
        return
    if not isinstance(term, Mapping) or not isinstance(term.get("key"), str):
        errors.add("expected {key, operator, values}")
        return
    operator, values = term.get("operator"), term.get("values")
    if operator == REGEX_OPERATOR:
        if not isinstance(term.get("regexValue"), str):
            errors.add(f"operator {REGEX_OPERATOR} requires regexValue")
    elif operator not in OPERATORS:
        supported = ", ".join((*OPERATORS, REGEX_OPERATOR))
        errors.at("operator").add(f"unknown operator {operator!r}; supported operators: {supported}")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            errors.at("values").add(f"not allowed with operator {operator}")
        else:
            _check_label(errors, term["key"])
    elif isinstance(values, list) and values and all(isinstance(value, str) for value in values):
        _check_label(errors, term["key"], values)
    else:
        errors.at("values").add(f"operator {operator} requires a list of strings")


def _check_label(errors: Errors, key: Any, values: Iterable[str] = ()) -> None:
    """Check a label: if Kubernetes cannot parse it, notification-manager never matches it."""
    if not _KEY.fullmatch(str(key)):
        errors.add(
            f"invalid label name {key!r}; use at most 63 letters, digits and '_', with a letter at the start and a "
            "letter or digit at the end"
        )
    for value in values:
        if value and not _LABEL.fullmatch(value):
            errors.add(
                f"invalid value {value!r}; use at most 63 letters, digits, '-', '_' and '.', with a letter or digit "
                f"at both ends (on KubeSphere 4, the operator {REGEX_OPERATOR} supports regular expressions)"
            )


def _check_name(errors: Errors, *names: str) -> None:
    reserved = [part for part in RESERVED for name in names if part in name]
    if reserved:
        errors.add(
            f"the name must not contain {reserved[0]}, because KubeSphere's console would use this object as its own; "
            "rename it"
        )
    elif not all(_NAME.fullmatch(name) and len(name) <= _MAX_NAME_LENGTH for name in names):
        limit = _MAX_NAME_LENGTH - max(map(len, names)) + len(names[0])
        errors.add(
            f"invalid object name; use at most {limit} lower-case letters, digits, '-' and '.' in the name, with a "
            "letter or digit at both ends and beside each '.'"
        )


def check_release(errors: Errors, settings: Mapping[str, Any], release: str) -> None:
    """Check that this release supports the settings. ``settings``: the template context."""
    if settings["routers"] and release in BEFORE_3_4:
        errors.at(ROUTERS).add(f"not supported by KubeSphere {release}; use alert_selector of receivers instead")
    selectors = {
        errors.at("notification_alert_selector"): settings["alert_selector"],
        **{errors.at(RECEIVERS, item["name"]): item["alert_selector"] for item in settings["receivers"]},
        **{errors.at(ROUTERS, item["name"]): item["alert_selector"] for item in settings["routers"]},
    }
    for at, selector in selectors.items():
        terms = (selector or {}).get("matchExpressions") or []
        if release.startswith("3.") and any(term["operator"] == REGEX_OPERATOR for term in terms):
            at.add(f"operator {REGEX_OPERATOR} requires KubeSphere 4, found {release}; use In")


def selector_option(receiver: str) -> str:
    """Return the option that sets the alert selector of a Receiver."""
    return "notification_alert_selector" if receiver == GLOBAL_RECEIVER else f"{RECEIVERS}.{receiver}.alert_selector"


def warn_of_routers(settings: Mapping[str, Any]) -> list[str]:
    """Return a warning for each Router to global Receivers. ``settings``: the template context."""
    users = {item["name"] for item in settings["receivers"] if item["labels"].get("type") == "tenant"}
    found = {item["name"]: [name for name in item["receivers"] if name not in users] for item in settings["routers"]}
    return [
        cited(
            f"{ROUTERS}.{router}.receivers: {', '.join(names)} is a global Receiver, which gets every alert that its "
            "alert_selector matches, so a Router to it has no effect while spec.routePolicy of NotificationManager is "
            "All, as KubeSphere ships it. Set alert_selector of the receiver, or `user`",
            "KD106",
        )
        for router, names in found.items()
        if names
    ]


def destination(chat_ids: list[str], robot: DesiredRobot | None) -> dict[str, Any]:
    """Return the destination of a Receiver for the templates; a robot without a webhook is omitted."""
    ready = robot if robot and robot.webhook else None
    return {
        "chat_ids": list(dict.fromkeys(chat_ids)),
        "webhook": ready.webhook if ready else None,
        "robot_secret": ready.secret if ready else None,
        "keywords": list(ready.keywords) if ready else [],
    }
