# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receivers with chats use the Config of the console, which has the app of the chats, whatever other Configs exist.

notification-manager 1.x gives a Receiver the default Config that it saw last or, by ``dingtalkConfigSelector``, any
that matches; 2.x the default Config with the lowest label ``priority``, by a selector one of those that match. A
tenant's own Config comes first, by the selector; in 2.x the next is any default one (pkg/notify/config in 1.4.0,
pkg/controller and pkg/internal/common.go in 2.3.0). Where another Config may be chosen, a Receiver selects a label that
only the console's Config has; Configs of others are never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._alertmanager.item_kinds import field_paths
from .._apply.plan import DesiredObject
from .._core.field_paths import Path, copied
from .._delivery.destinations import priority
from .._delivery.selectors import matches
from .._findings.finding import cited
from .._kubernetes.errors import ClusterError
from .._kubernetes.object_ref import ObjectRef
from .._kubernetes.router import ObjectRouter
from .._kubesphere.releases import NOTIFICATION_GROUP

CONFIG = "default-dingtalk-config"
#: The label of the console's Config while a Receiver must select it.
LABEL = "kubesphere.dingtalk/config"
SELECTOR = {"matchLabels": {LABEL: CONFIG}}
DEFAULT = {"type": "default"}
FORBIDDEN = f"It is unknown whether another Config takes the place of {CONFIG}, and chats then get no alerts. "

Labels = Mapping[str, str]


def reads(router: ObjectRouter, desired: Sequence[DesiredObject]) -> list[str]:
    """Return the paths that :func:`selected` reads beside the desired objects, so that they can be read together."""
    config, receivers = _concerned(desired)
    return [router.collection(config.reference)] if config and receivers else []


def selected(router: ObjectRouter, desired: Sequence[DesiredObject]) -> tuple[list[DesiredObject], list[str]]:
    """Return the desired objects with selectors where needed, and the warnings; ``desired``: those of the role.

    Without Receivers with chats, nothing is read. Raises ``ClusterError``.
    """
    config, receivers = _concerned(desired)
    if config is None or not receivers:
        return list(desired), []
    configs, warnings = _configs(router, router.collection(config.reference))
    live = _labels(router.cluster.get(router.path(config.reference)))
    choice = _Choice(config.reference, {**live, **DEFAULT}, configs)
    changed = {item.reference: _selecting(router, item, choice) for item in receivers}
    warnings += choice.warnings(changed.values())
    is_selected = any(_selector(item.content) == SELECTOR for item in changed.values())
    if is_selected:
        changed[config.reference] = _with(config, ("metadata", "labels", LABEL), CONFIG)
    found = [changed.get(item.reference, item) for item in desired]
    # No Receiver may select the label at the time when it is removed.
    is_released = LABEL in live and not is_selected
    return (sorted(found, key=lambda item: item is config) if is_released else found), warnings


def _concerned(desired: Sequence[DesiredObject]) -> tuple[DesiredObject | None, list[DesiredObject]]:
    """Return the console's Config, and the Receivers with chats."""
    return next((item for item in desired if _is(item, "Config")), None), [item for item in desired if _has_chats(item)]


@dataclass(frozen=True)
class _Choice:
    """The Configs among which notification-manager chooses.

    ``own``: the labels of the console's Config; ``others``: those of the other ones, None if they are unknown.
    """

    reference: ObjectRef
    own: Labels
    others: Sequence[Labels] | None

    @property
    def is_by_priority(self) -> bool:
        """Whether notification-manager 2.x chooses, which reads this API version."""
        return not self.reference.api_version.endswith("/v2beta1")

    def is_certain(self, receiver: Labels, selector: Mapping[str, Any] | None) -> bool:
        """Return whether a Receiver with these labels and this selector certainly gets the console's Config."""
        others = self.others or ()
        if receiver.get("type") == "tenant":
            user = {"type": "tenant", "user": receiver.get("user", "")}
            if any(_has(one, user) and matches(selector, one, match=True) for one in others):
                return False
            selector = None if self.is_by_priority else selector
        rivals = [one for one in others if matches(selector, one, match=True)]
        if self.is_by_priority or not selector:
            rivals = [one for one in rivals if _has(one, DEFAULT)]
        if not matches(selector, self.own, match=False):
            return False
        first = min(map(priority, rivals), default=float("inf"))
        return not rivals or (self.is_by_priority and priority(self.own) < first)

    def warnings(self, receivers: Iterable[DesiredObject]) -> list[str]:
        """Return a warning for each Receiver that may get another Config although it selects the console's."""
        labelled = replace(self, own={**self.own, LABEL: CONFIG})
        return [
            cited(
                f"{item.reference}: another Config may take the place of {CONFIG}, whatever the Receiver selects, and "
                f"its chats then get no alerts. Give {CONFIG} a label priority that is lower than those of all other "
                "Configs with the label type=default, or remove that label from them",
                "KD613",
            )
            for item in receivers
            if _selector(item.content) == SELECTOR and not labelled.is_certain(_labels(item.content), SELECTOR)
        ]

    def selector(self, receiver: Labels, live: Mapping[str, Any] | None) -> tuple[bool, dict[str, Any] | None]:
        """Return whether the live selector of a Receiver must be replaced, and by which one, None for none."""
        if live == SELECTOR and self.others is None:
            return True, SELECTOR
        if live and live != SELECTOR and self.is_certain(receiver, live):
            return False, None
        return True, None if self.is_certain(receiver, None) else SELECTOR


def _configs(router: ObjectRouter, path: str) -> tuple[list[Labels] | None, list[str]]:
    """Return the labels of the other Configs with DingTalk settings, None if they may not be listed, and warnings."""
    try:
        items = (router.cluster.get(path) or {}).get("items") or []
    except ClusterError as error:
        if error.status != 403:
            raise
        return None, [cited(FORBIDDEN + error.message, error.finding)]
    others = [item for item in items if item["metadata"]["name"] != CONFIG]
    return [_labels(item) for item in others if (item.get("spec") or {}).get("dingtalk") is not None], []


def _selecting(router: ObjectRouter, desired: DesiredObject, choice: _Choice) -> DesiredObject:
    live = router.cluster.get(router.path(desired.reference))
    replaces, selector = choice.selector(_labels(desired.content), _selector(live))
    if not replaces:
        return desired
    return _with(desired, ("spec", "dingtalk", "dingtalkConfigSelector"), selector)


def _with(desired: DesiredObject, path: Path, value: Any) -> DesiredObject:
    content = copied(dict(desired.content or {}))
    field_paths.put(content, path, value)
    return replace(desired, content=content)


def _is(desired: DesiredObject, kind: str) -> bool:
    return (desired.reference.group, desired.reference.kind) == (NOTIFICATION_GROUP, kind)


def _has_chats(desired: DesiredObject) -> bool:
    return _is(desired, "Receiver") and bool(
        field_paths.get(desired.content, ("spec", "dingtalk", "conversation", "chatids"))
    )


def _selector(manifest: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    found = field_paths.get(manifest, ("spec", "dingtalk", "dingtalkConfigSelector"))
    return found if isinstance(found, Mapping) else None


def _labels(manifest: Mapping[str, Any] | None) -> Labels:
    found = field_paths.get(manifest, ("metadata", "labels"))
    return found if isinstance(found, Mapping) else {}


def _has(labels: Labels, wanted: Labels) -> bool:
    return all(labels.get(key) == value for key, value in wanted.items())
