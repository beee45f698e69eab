# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of Alertmanager's configuration: finding -> one that raises it, and one that does not."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.warnings.document import warnings
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.alertmanager_rollout import _loaded
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import alertmanager_config
from tests.unit.alertmanager.test_routes import Cluster

State = Callable[[], Any]
Json = dict[str, Any]

HOOK = {"webhook_configs": [{"url": "https://hook.example"}]}
ROBOT = {"webhook_configs": [{"url": "https://oapi.dingtalk.com/robot/send"}]}
NEVER = {"name": "never", "time_intervals": [{"days_of_month": ["31"], "months": ["february"]}]}
CRITICAL = {"matchers": ['severity="critical"'], "receiver": "pager"}
RECEIVERS = [{"name": "default", **HOOK}, {"name": "pager", **HOOK}, {"name": "empty"}]
LATER = ({"matchers": ['alerttype="metric"'], "receiver": "pager"}, {"receiver": "default"})


def _routes(*routes: Json, earlier: tuple[Json, ...] = (), later: tuple[Json, ...] = (), **parts: Any) -> State:
    """Return the state of a document with desired routes, between those of others, and desired parts."""
    desired = {"route": {"routes": list(routes)}, **parts}
    document = {
        "receivers": RECEIVERS,
        **parts,
        "route": {"receiver": "default", "routes": [*earlier, *routes, *later]},
    }
    return lambda: warnings(desired, document)


def _interval(repeat: str) -> State:
    route = {"receiver": "default", "repeat_interval": repeat, "group_interval": "5m"}
    return lambda: warnings({"route": route}, {"route": route, "receivers": RECEIVERS})


def _named(**receiver: Any) -> State:
    return _routes(CRITICAL, receivers=[{"name": "pager", **receiver}])


def _aliased(alias: str) -> State:
    """Return the state of a document whose value is edited, which another value may be an alias of."""
    text = f"route: {{receiver: a, group_wait: &wait 30s, group_interval: {alias}}}\nreceivers: [{{name: a}}]\n"
    return lambda: list(Cluster(text).run(route={"group_wait": "10s"}).warnings)


def _member(alertmanager_in: str) -> State:
    """Return the state of a cluster without a configuration of its own, or with one."""

    def state() -> None:
        facts = SimpleNamespace(alertmanager_in=alertmanager_in, release="4.1")
        params = {"secret": "alertmanager-main", "namespace": "kubesphere-monitoring-system", "state": "present"}
        cluster: Any = None
        with patch.object(alertmanager_config, "read_facts", lambda cluster: facts):
            alertmanager_config._reference(cluster, params)

    return state


def _answered(answer: Json) -> State:
    """Return the state of an Alertmanager with this answer to the question for its status."""
    cluster: Any = SimpleNamespace(request=lambda verb, path: answer)
    return lambda: len(_loaded(cluster, "/status"))


PLAIN = _routes(CRITICAL)
STATES: dict[str, tuple[State, State]] = {
    "KD504": (_answered({}), _answered({"config": {"original": "route: {receiver: a}"}})),
    "KD508": (_routes({**CRITICAL, "active_time_intervals": []}), PLAIN),
    "KD510": (_routes(CRITICAL, earlier=({"receiver": "default"},)), PLAIN),
    "KD511": (_routes({**CRITICAL, "receiver": "empty"}), PLAIN),
    "KD512": (
        _routes({"matchers": ['severity="critical"'], "repeat_interval": "1h"}, later=LATER),
        _routes(CRITICAL, later=LATER),
    ),
    "KD513": (_routes(CRITICAL, time_intervals=[NEVER]), PLAIN),
    "KD514": (_routes(CRITICAL, receivers=[{"name": "other", **HOOK}]), PLAIN),
    "KD515": (_named(**ROBOT), _named(**HOOK)),
    "KD523": (_named(webhook_configs=[{"url": "https://open.feishu.cn/open-apis/bot/v2/hook/0"}]), _named(**HOOK)),
    "KD516": (_interval("7m"), _interval("10m")),
    "KD517": (
        _routes(inhibit_rules=[{"source_matchers": ['a="b"'], "target_matchers": ['a="b"']}]),
        _routes(inhibit_rules=[{"source_matchers": ['a="b"'], "target_matchers": ['a="c"']}]),
    ),
    "KD518": (_routes({**CRITICAL, "matchers": ['severity="crit*"']}), PLAIN),
    "KD520": (_member(""), _member("Secret")),
    "KD325": (_aliased("*wait"), _aliased("5m")),
    "KD519": (
        lambda: alertmanager_config.validate("false", "route: {}"),
        lambda: alertmanager_config.validate("true", "route: {}"),
    ),
}
