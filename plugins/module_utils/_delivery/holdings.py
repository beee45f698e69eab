# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster holds: the objects that decide where its alerts go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .._kubernetes.object_ref import ObjectRef
from .outcome import Result, WayEnds

T = TypeVar("T")
Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Forbidden:
    """In place of an object: the account may not read it.

    ``permission``: what is missing, such as ``list configs``. ``message``: the answer of the cluster, with advice.
    """

    permission: str
    message: str


def known(value: T | Forbidden) -> T:
    """Return an object that could be read; raises ``WayEnds`` for one that the account may not read."""
    if isinstance(value, Forbidden):
        raise WayEnds(Result.UNKNOWN, f"the account may not {value.permission}", value.message, finding="KD303")
    return value


@dataclass(frozen=True)
class Ruler:
    """The rulers of KubeSphere 4, of extension whizard-alerting.

    ``plan``: its InstallPlan, None if the extension is not installed. ``values``: its values; ``overrides``: those of
    single clusters by name. ``cluster``: KubeSphere's name of this cluster.
    """

    plan: Manifest | None
    values: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cluster: str = ""


@dataclass(frozen=True)
class Holdings:
    """The objects of one cluster after a run.

    ``release``: KubeSphere's release line. ``alertmanager``: the configuration of Alertmanager, None if there is none;
    ``alertmanager_object``: the object that contains it. ``manager``: the NotificationManager, None if there is none.
    ``configs``, ``silences``, ``routers``: all of the cluster. ``receivers``, ``secrets``: those that matter by name;
    a Secret (namespace, name) is given by its keys that have a value, None if it does not exist. ``texts``: likewise
    the ConfigMaps with the texts of messages, where others than KubeSphere's are used. ``all_receivers``: all of the
    cluster, if it depends on them whether Routers have precedence. ``ruler``: None before KubeSphere 4. ``monitoring``:
    before it, kind -> Prometheus, Alertmanager and, if there are policies, ThanosRuler. ``is_member``: whether
    Receivers and what they refer to are copies of the host's. ``alerting``: the state of the alerting component:
    ``ready``, ``installing`` or ``absent``. ``targets``: of the nodes and workloads of each policy, at least one that
    exists or that the account may not read. ``time``: the cluster's clock, in epoch seconds.
    """

    release: str
    alertmanager: Mapping[str, Any] | Forbidden | None
    alertmanager_object: str
    manager: Manifest | Forbidden | None
    receivers: Mapping[str, Manifest | Forbidden | None]
    configs: Sequence[Manifest] | Forbidden = ()
    silences: Sequence[Manifest] | Forbidden = ()
    routers: Sequence[Manifest] | Forbidden = ()
    all_receivers: Sequence[Manifest] | Forbidden = ()
    secrets: Mapping[tuple[str, str], frozenset[str] | Forbidden | None] = field(default_factory=dict)
    texts: Mapping[tuple[str, str], Mapping[str, str] | Forbidden | None] = field(default_factory=dict)
    ruler: Ruler | Forbidden | None = None
    monitoring: Mapping[str, Manifest | Forbidden | None] = field(default_factory=dict)
    is_member: bool = False
    alerting: str = "ready"
    targets: frozenset[ObjectRef] = frozenset()
    time: float = 0.0


def labels_of(manifest: Manifest) -> Mapping[str, str]:
    """Return the labels of an object."""
    return mapping(mapping(manifest.get("metadata")).get("labels"))


def name_of(manifest: Manifest) -> str:
    """Return the name of an object."""
    return str(mapping(manifest.get("metadata")).get("name") or "")


def part(manifest: Manifest, *path: str) -> Mapping[str, Any]:
    """Return the map at a path in an object, empty if there is none."""
    found: Any = manifest
    for key in path:
        found = mapping(found).get(key)
    return mapping(found)


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a value if it is a map, else an empty one: others write these objects, too."""
    return value if isinstance(value, Mapping) else {}
