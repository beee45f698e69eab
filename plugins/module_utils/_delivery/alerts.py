# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alerts that stand for all alerts of a cluster, and what the inventory wants of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .._kubernetes.object_ref import ObjectRef

#: Descriptions of alerts of built-in policies: a severity, this, and for those without the label ``namespace`` that.
BUILT_IN, WITHOUT_NAMESPACE = "alerts of built-in policies", " without a namespace"
#: The beginning of the descriptions of alerts of the inventory's policies.
POLICY = "policy"


class Origin(StrEnum):
    """What raises an alert."""

    BUILT_IN = "built-in"
    POLICY = "policy"
    #: A desired route or selector.
    INVENTORY = "inventory"


@dataclass(frozen=True)
class Alert:
    """An alert by its labels.

    ``cluster``: the member that raises it in KubeSphere 4, empty for this cluster. ``receiver``: the only Receiver that
    it concerns, empty for all. ``targets``: the nodes or workloads that its policy names, any of which can raise it;
    empty if the policy names none, or those of other clusters. ``always_fires``: whether its rule is always true.
    """

    description: str
    labels: Mapping[str, str]
    origin: Origin = Origin.BUILT_IN
    cluster: str = ""
    receiver: str = ""
    targets: tuple[ObjectRef, ...] = ()
    always_fires: bool = False


@dataclass(frozen=True)
class ExpectedReceiver:
    """A Receiver of the inventory.

    ``chats``: chat ID -> key in ``dingtalk_chats``. ``robot``: the key of its robot, empty if it has none;
    ``robot_is_ready``: whether its webhook is known. ``config``: the name of the Config with the app's credentials.
    ``selector``: the desired selector over alerts, None if the inventory does not set it; ``option``: the option that
    sets it. ``user``: the tenant, empty for a global Receiver.
    """

    name: str
    chats: Mapping[str, str]
    robot: str = ""
    robot_is_ready: bool = True
    config: str = ""
    selector: Mapping[str, Any] | None = None
    option: str = ""
    user: str = ""


@dataclass(frozen=True)
class Expectations:
    """What an inventory expects of a cluster: these alerts at these Receivers.

    ``routes``: the identities of the desired routes that name a receiver of their own: alerts that take one of them go
    where the inventory wants them.
    """

    receivers: tuple[ExpectedReceiver, ...] = ()
    alerts: tuple[Alert, ...] = ()
    routes: frozenset[str] = field(default_factory=frozenset)
