# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that were written while KubeSphere's webhook was away, which makes their expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.fixtures.alerting import Alerting, Json, has_component
from tests.support.fixtures.policies import EXPRESSION, NODE, WORKLOAD
from tests.support.simulators.kubesphere.rule_webhook import GROUP, complete_rules
from tests.support.testbed import clusters

WARNING = "ClusterRuleGroup kubesphere-dingtalk: without an expression, and so without effect: node-memory-high."


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Alerting]:
    """A cluster whose webhook is away."""
    with clusters({"one": "3.4"}, tmp_path) as fleet:
        alerting = Alerting(has_component(fleet["one"]))
        webhook(alerting, lambda group: group)
        yield alerting


def webhook(alerting: Alerting, answer: Callable[[Json], Json]) -> None:
    assert alerting.cluster.simulator
    alerting.cluster.simulator.mutate(GROUP, answer)


def test_the_next_run_has_the_webhook_complete_them(away: Alerting) -> None:
    away.apply(WORKLOAD, NODE, EXPRESSION)
    assert "expr" not in away.rules()[NODE["name"]]
    before = away.groups()
    result = away.apply(WORKLOAD, NODE, EXPRESSION)
    assert not result["changed"]
    assert any(warning.startswith(WARNING) for warning in result["warnings"])
    assert "see that ks-controller-manager runs" in str(result["warnings"])
    assert away.groups() == before

    webhook(away, complete_rules)
    away.cluster.reset_requests()
    result = away.apply(WORKLOAD, NODE, EXPRESSION)
    assert result["changed"]
    assert not result.get("warnings")
    assert "built(" in str(result["diff"])
    rules = away.rules()
    assert all(rule["expr"] and rule["labels"]["rule_id"] for rule in rules.values())
    away.cluster.reset_requests()
    assert not away.apply(WORKLOAD, NODE, EXPRESSION)["changed"]
    assert {request.verb for request in away.cluster.requests()} == {"get"}
    assert away.rules() == rules


WORDS = "without an expression, and so without effect:"


def incomplete(result: Json) -> list[str]:
    """What is warned of, object and alerts."""
    told = [text.split(".")[0] for text in result.get("warnings", []) if WORDS in text]
    return sorted(text.replace(f" {WORDS}", "") for text in told)


OBJECTS = [
    "ClusterRuleGroup kubesphere-dingtalk: node-memory-high",
    "RuleGroup shop/kubesphere-dingtalk: web-cpu-high",
]


def test_the_run_that_writes_them_warns(away: Alerting) -> None:
    assert incomplete(away.apply(WORKLOAD, NODE, EXPRESSION)) == OBJECTS
    assert incomplete(away.apply(WORKLOAD, NODE, EXPRESSION)) == OBJECTS


def test_so_does_one_that_changes_them(away: Alerting) -> None:
    away.apply(WORKLOAD, NODE)
    changed = {**NODE, "threshold": 0.7}
    assert incomplete(away.apply(WORKLOAD, changed)) == OBJECTS
    webhook(away, complete_rules)
    assert incomplete(away.apply(WORKLOAD, NODE)) == []


def test_so_does_check_mode(away: Alerting) -> None:
    assert incomplete(away.apply(WORKLOAD, NODE, check_mode=True)) == OBJECTS
    assert away.groups() == {}
    webhook(away, complete_rules)
    assert incomplete(away.apply(WORKLOAD, NODE, check_mode=True)) == []


def test_a_run_that_takes_them_away_does_not(away: Alerting) -> None:
    away.apply(WORKLOAD, NODE)
    assert incomplete(away.apply(WORKLOAD)) == OBJECTS[1:]
    assert incomplete(away.apply(state="absent")) == []


def test_rules_of_others_are_left_to_them(away: Alerting) -> None:
    away.apply(EXPRESSION)
    [(path, group)] = away.groups().items()
    node = {"names": ["one"], "comparator": ">", "metricThreshold": {"cpu": {"utilization": 0.5}}}
    theirs = {"alert": "theirs", "exprBuilder": {"node": node}}
    away.cluster.put(path, {**group, "spec": {"rules": [*group["spec"]["rules"], theirs]}})
    away.cluster.reset_requests()
    assert not away.apply(EXPRESSION)["changed"]
    assert {request.verb for request in away.cluster.requests()} == {"get"}
