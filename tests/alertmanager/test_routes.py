# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where alerts went before the collection's edits, they go after them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster import alertmanager
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.document_merge import How
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.manifests import Reference
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.plan import Wish, make_plan
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.alertmanager import document
from tests.alertmanager.amtool import Amtool
from tests.alertmanager.defaults import DEFAULTS

ROUTE = {"group_by": ["namespace", "alertname"], "group_wait": "10s", "group_interval": "2m", "repeat_interval": "2h"}
RECEIVERS: list[Mapping[str, Any]] = [
    {"name": "ours", "webhook_configs": [{"url": "https://hook.example/alerts"}]},
    {"name": "silent"},
]
ALERTS: tuple[dict[str, str], ...] = (
    {},
    {"alertname": "Watchdog"},
    {"alertname": "Watchdog", "alerttype": "event"},
    {"alertname": "InfoInhibitor", "severity": "none"},
    {"alertname": "NodeMemoryHigh", "alerttype": "metric", "severity": "critical"},
    {"alertname": "NodeMemoryHigh", "severity": "warning", "namespace": "default"},
    {"alertname": "PodStarted", "alerttype": "event"},
    {"alertname": "UserDeleted", "alerttype": "auditing", "severity": "error"},
    {"alerttype": "logging"},
)


def edited(text: str) -> str:
    """The document after the edits of ``alertmanager_config``."""
    reference = Reference("v1", "Secret", alertmanager.SECRET, alertmanager.NAMESPACE)
    secret: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": reference.name, "namespace": reference.namespace},
        "data": {alertmanager.KEY: base64.b64encode(text.encode()).decode()},
    }
    wished = document(ROUTE, {"resolve_timeout": "10m"}, RECEIVERS)
    plan = make_plan(Wish(reference, {"stringData": {alertmanager.KEY: wished}}), secret, None, How("salt"))
    assert plan.action == "updated"
    return base64.b64decode((plan.after or {})["data"][alertmanager.KEY]).decode()


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_alert_goes_where_it_went(name: str, amtools: Mapping[str, Amtool]) -> None:
    default = DEFAULTS[name]
    amtool, after = amtools[default.version], edited(default.text)
    assert amtool.accepts([after]) == [True]
    found = [amtool.receivers(default.text, labels) for labels in ALERTS]
    assert found == [amtool.receivers(after, labels) for labels in ALERTS]
    assert {receiver for listed in found for receiver in listed} >= {"Watchdog", "event", "auditing", "prometheus"}
