# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that were written while KubeSphere's webhook, which generates their expressions, was unavailable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.fixtures.alerting import Alerting, Json, has_component
from tests.support.fixtures.policies import EXPRESSION, NODE, WORKLOAD
from tests.support.simulators.kubesphere.rule_webhook import GROUP, complete_rules
from tests.support.testbed import clusters

PREFIX = "rules without an expression, which never fire:"
WARNING = f"ClusterRuleGroup kubesphere-dingtalk: {PREFIX} node-memory-high."


@pytest.fixture
def without_webhook(tmp_path: Path) -> Iterator[Alerting]:
    """A cluster whose webhook is unavailable."""
    with clusters({"one": "3.4"}, tmp_path) as fleet:
        alerting = Alerting(has_component(fleet["one"]))
        set_webhook(alerting, lambda group: group)
        yield alerting


def set_webhook(alerting: Alerting, answer: Callable[[Json], Json]) -> None:
    assert alerting.cluster.simulator
    alerting.cluster.simulator.mutate(GROUP, answer)


def test_the_next_run_completes_them_with_the_webhook(without_webhook: Alerting) -> None:
    without_webhook.apply(WORKLOAD, NODE, EXPRESSION)
    assert "expr" not in without_webhook.rules()[NODE["name"]]
    before = without_webhook.groups()
    result = without_webhook.apply(WORKLOAD, NODE, EXPRESSION)
    assert not result["changed"]
    assert any(warning.startswith(WARNING) and warning.endswith(" (KD410)") for warning in result["warnings"])
    assert "check that ks-controller-manager is running" in str(result["warnings"])
    assert without_webhook.groups() == before

    set_webhook(without_webhook, complete_rules)
    without_webhook.cluster.reset_requests()
    result = without_webhook.apply(WORKLOAD, NODE, EXPRESSION)
    assert result["changed"]
    assert not result.get("warnings")
    assert "built(" in str(result["diff"])
    rules = without_webhook.rules()
    assert all(rule["expr"] and rule["labels"]["rule_id"] for rule in rules.values())
    without_webhook.cluster.reset_requests()
    assert not without_webhook.apply(WORKLOAD, NODE, EXPRESSION)["changed"]
    assert {request.verb for request in without_webhook.cluster.requests()} == {"get"}
    assert without_webhook.rules() == rules


def incomplete(result: Json) -> list[str]:
    """Return the object and alerts of each warning about incomplete rules."""
    warnings = [text.split(".")[0] for text in result.get("warnings", []) if PREFIX in text]
    return sorted(text.replace(f" {PREFIX}", "") for text in warnings)


OBJECTS = [
    "ClusterRuleGroup kubesphere-dingtalk: node-memory-high",
    "RuleGroup shop/kubesphere-dingtalk: web-cpu-high",
]


def test_a_run_that_writes_them_warns(without_webhook: Alerting) -> None:
    assert incomplete(without_webhook.apply(WORKLOAD, NODE, EXPRESSION)) == OBJECTS
    assert incomplete(without_webhook.apply(WORKLOAD, NODE, EXPRESSION)) == OBJECTS


def test_a_run_that_changes_them_warns(without_webhook: Alerting) -> None:
    without_webhook.apply(WORKLOAD, NODE)
    changed = {**NODE, "threshold": 0.7}
    assert incomplete(without_webhook.apply(WORKLOAD, changed)) == OBJECTS
    set_webhook(without_webhook, complete_rules)
    assert incomplete(without_webhook.apply(WORKLOAD, NODE)) == []


def test_check_mode_warns(without_webhook: Alerting) -> None:
    assert incomplete(without_webhook.apply(WORKLOAD, NODE, check_mode=True)) == OBJECTS
    assert without_webhook.groups() == {}
    set_webhook(without_webhook, complete_rules)
    assert incomplete(without_webhook.apply(WORKLOAD, NODE, check_mode=True)) == []


def test_a_run_that_removes_them_does_not_warn(without_webhook: Alerting) -> None:
    without_webhook.apply(WORKLOAD, NODE)
    assert incomplete(without_webhook.apply(WORKLOAD)) == OBJECTS[1:]
    assert incomplete(without_webhook.apply(state="absent")) == []


def test_unmanaged_rules_are_ignored(without_webhook: Alerting) -> None:
    without_webhook.apply(EXPRESSION)
    [(path, group)] = without_webhook.groups().items()
    node = {"names": ["one"], "comparator": ">", "metricThreshold": {"cpu": {"utilization": 0.5}}}
    unmanaged = {"alert": "unmanaged", "exprBuilder": {"node": node}}
    without_webhook.cluster.put(path, {**group, "spec": {"rules": [*group["spec"]["rules"], unmanaged]}})
    without_webhook.cluster.reset_requests()
    assert not without_webhook.apply(EXPRESSION)["changed"]
    assert {request.verb for request in without_webhook.cluster.requests()} == {"get"}
