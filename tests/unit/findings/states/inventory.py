# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of an inventory and of where tasks run: finding -> one that raises it, and one that does not."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.libraries import require_library
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.alerting import warn_of_member
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.receivers import warn_of_routers
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.quota_forecast import Forecast, Sends
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.registered_chats import (
    warnings_of_absent_hosts,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.same_clusters import (
    same_cluster,
    with_same_uid,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import check_batch
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._cluster_config_action import _check_alerting
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import HostVariables
from tests.support import inprocess
from tests.unit.desired.policies.test_effects import OTHERS, SHOP, WRITES, warnings

State = Callable[[], Any]


def _router(receiver: str) -> State:
    receivers = [{"name": "east", "labels": {"type": "tenant"}}]
    settings = {"receivers": receivers, "routers": [{"name": "one", "receivers": [receiver]}]}
    return lambda: warn_of_routers(settings)


def _reached(*servers: str) -> State:
    hosts = with_same_uid({server[:1]: server[1:] for server in servers})
    return lambda: [same_cluster(same) for same in hosts]


def _input(*missing: str) -> State:
    def state() -> None:
        with Errors() as errors:
            for name in missing:
                errors.at(name).add("missing")

    return state


def _batch(*failed: str) -> State:
    params = {"batch": ["a", "b"], "failed": list(failed), "not_attempted": ["c"], "max_fail_percentage": 10}
    return lambda: inprocess.run(check_batch.OPERATION, params)


def _remote(has_alerting: bool, has_destination: bool = True) -> State:
    def state() -> list[str]:
        task, facts = Task({}), SimpleNamespace(is_kubesphere_4=True, role="host")
        render = SimpleNamespace(has_alerting=has_alerting, has_destination=has_destination)
        _check_alerting(task, facts, render)  # type: ignore[arg-type]
        return task.warnings

    return state


def _member(sends: bool) -> State:
    member = {"host": "east", "url": "", "is_secret": False, "sends": sends, "is_placed": True}
    return lambda: warn_of_member(member)


def _policy(policy: dict[str, Any], release: str) -> State:
    return lambda: warnings(release, policy)


def _forecast(clusters: int) -> State:
    return Forecast.of([Sends(1, 1, 7200.0)] * clusters, 1, 86400.0).warnings


def _slice(*hosts: str) -> State:
    return lambda: warnings_of_absent_hosts({"guangzhou": ["shenzhen"]}, hosts)


def _variable(template: str) -> State:
    def state() -> None:
        variables = {"folder": "/etc/kube", "desired": trust_as_template(template)}
        _ = HostVariables(Templar(DataLoader(), variables), variables)["desired"]

    return state


STATES: dict[str, tuple[State, State]] = {
    "KD101": (_input("name"), _input()),
    "KD106": (_router("global"), _router("east")),
    "KD107": (_reached("a1", "b1"), _reached("a1", "b2")),
    "KD108": (lambda: require_library("requests", ImportError()), lambda: require_library("requests", None)),
    "KD109": (_remote(has_alerting=True), _remote(has_alerting=False)),
    "KD110": (_variable("{{ missing }}"), _variable("{{ folder }}")),
    "KD111": (_batch("a"), _batch()),
    "KD114": (_slice("shenzhen"), _slice("shenzhen", "guangzhou")),
    "KD251": (_forecast(100), _forecast(1)),
    "KD323": (_remote(has_alerting=False), _remote(has_alerting=False, has_destination=False)),
    "KD411": (_policy(WRITES, "3.4"), _policy(WRITES, "3.3")),
    "KD413": (_member(sends=False), _member(sends=True)),
    "KD416": (_policy(OTHERS, "3.3"), _policy(SHOP, "3.3")),
}
