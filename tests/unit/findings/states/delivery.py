# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States in which alerts do not arrive: finding -> one that raises it, and one that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.alerts import Alert, ExpectedReceiver
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.holdings import Holdings, Ruler
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from tests.support.fixtures.holdings import (
    ALERT,
    DOCUMENT,
    EXPECTED,
    NAMESPACE,
    POLICY,
    SECRET,
    WORKING,
    Json,
    config,
    found,
    receiver,
)

State = Callable[[], Any]

TENANT = {**receiver(), "metadata": {"name": "console", "labels": {"type": "tenant", "user": "alice"}}}
ACTIVE_SILENCE: Json = {
    "metadata": {"name": "quiet", "labels": {"type": "global"}},
    "spec": {"matcher": {"matchLabels": {"severity": "critical"}}},
}
MUTED = {
    **DOCUMENT,
    "route": {
        **DOCUMENT["route"],
        "routes": [{"matchers": ['severity="critical"'], "mute_time_intervals": ["always"]}],
    },
    "time_intervals": [{"name": "always", "time_intervals": [{}]}],
}
ELSEWHERE = {**DOCUMENT, "route": {"receiver": "pager"}}


def _state(
    holdings: Holdings = WORKING, alert: Alert = ALERT, expected: ExpectedReceiver = EXPECTED, **changes: Any
) -> State:
    changed = replace(holdings, **changes)
    return lambda: found(changed, expected=expected, alert=alert)


#: Finding -> the state that raises it. The working cluster raises none of them.
RAISING: dict[str, State] = {
    "KD401": _state(alerting="absent", alert=POLICY),
    "KD402": _state(alerting="installing", alert=POLICY),
    "KD403": _state(ruler=Ruler(None)),
    "KD404": _state(ruler=Ruler({"status": {"state": "Installed"}})),
    "KD405": _state(alert=replace(POLICY, targets=(ObjectRef("v1", "Node", "node-1"),))),
    "KD414": _state(monitoring={"Prometheus": {"spec": {"replicas": 1}}}),
    "KD415": _state(monitoring={"Prometheus": {"spec": {"replicas": 0}}}),
    "KD501": _state(alertmanager=None),
    "KD503": _state(alertmanager=ELSEWHERE),
    "KD521": _state(alertmanager=MUTED),
    "KD522": _state(alertmanager={**DOCUMENT, "global": {"http_config": {"proxy_url": "http://proxy.example:3128"}}}),
    "KD524": _state(monitoring={"Alertmanager": {"spec": {"configSecret": "own"}}}),
    "KD525": _state(monitoring={"Alertmanager": None}),
    "KD601": _state(manager=None),
    "KD603": _state(receivers={"console": None}),
    "KD604": _state(receivers={"console": receiver(enabled=False)}),
    "KD605": _state(
        manager={
            "spec": {
                "defaultSecretNamespace": NAMESPACE,
                "receivers": {"globalReceiverSelector": {"matchLabels": {"type": "other"}}},
            }
        }
    ),
    "KD606": _state(
        release="4.2", receivers={"console": TENANT}, alert=POLICY, expected=replace(EXPECTED, user="alice")
    ),
    "KD607": _state(manager={"spec": {"defaultSecretNamespace": NAMESPACE, "routePolicy": "RouterOnly"}}),
    "KD608": _state(silences=[ACTIVE_SILENCE]),
    "KD609": _state(receivers={"console": receiver(alertSelector={"matchLabels": {"severity": "warning"}})}),
    "KD610": _state(receivers={"console": receiver(conversation={"chatids": ["another"]})}),
    "KD611": _state(receivers={"console": receiver(chatbot=None)}),
    "KD612": _state(configs=[]),
    "KD613": _state(configs=[config("other"), config()], release="3.4"),
    "KD614": _state(configs=[config("other", priority="1"), config(priority="2")]),
    "KD615": _state(secrets={(NAMESPACE, SECRET): None}),
    "KD617": _state(is_member=True, receivers={"console": None}),
    "KD621": _state(manager={"spec": {"defaultSecretNamespace": NAMESPACE, "replicas": 0}}),
    "KD620": _state(receivers={"console": receiver(tmplType="html")}),
    "KD622": _state(release="3.4", receivers={"console": receiver(tmplText={"name": "own"})}),
    "KD618": _state(expected=replace(EXPECTED, robot_is_ready=False)),
}
STATES: dict[str, tuple[State, State]] = {finding: (state, _state()) for finding, state in RAISING.items()}
