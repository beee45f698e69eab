# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules on a real API server, which calls KubeSphere's webhook and ignores its failure."""

from __future__ import annotations

from typing import Any

from tests.support.inprocess import Result
from tests.support.simulators.kubesphere.installer import install_alerting
from tests.support.simulators.kubesphere.rule_webhook import RuleWebhook
from tests.support.testbed import Cluster
from tests.support.testbed.fixtures import on_real
from tests.system.realapi.installation import RULE_GROUPS
from tests.system.realapi.scenarios import features, policies

WARNING = "rules without an expression, which never fire"


def rules(cluster: Cluster) -> list[dict[str, Any]]:
    return [rule for path in RULE_GROUPS for rule in cluster.get(path)["spec"]["rules"]]


def incomplete(result: Result) -> int:
    """Return the number of rule groups with a warning."""
    return sum(WARNING in warning for warning in result.get("warnings", []))


@on_real
def test_rules_written_without_the_webhook_are_a_warning_and_completed_later(cluster: Cluster) -> None:
    install_alerting(cluster.client)
    with RuleWebhook(cluster) as webhook:
        webhook.is_away = True
        assert incomplete(features(cluster, "alerting", alerting_policies=policies(0.5))) == len(RULE_GROUPS)
        assert not any(rule.get("expr") for rule in rules(cluster))
        webhook.is_away = False
        result = features(cluster, "alerting", alerting_policies=policies(0.5))
        assert result["changed"]
        assert incomplete(result) == 0
        assert all(rule["expr"] and rule["labels"]["rule_id"] for rule in rules(cluster))
        assert not features(cluster, "alerting", alerting_policies=policies(0.5))["changed"]


@on_real
def test_rules_that_the_webhook_completes_are_not_a_warning(cluster: Cluster) -> None:
    install_alerting(cluster.client)
    with RuleWebhook(cluster):
        assert incomplete(features(cluster, "alerting", alerting_policies=policies(0.5))) == 0
        assert incomplete(features(cluster, "alerting", alerting_policies=policies(0.6))) == 0
        assert all(rule["expr"] for rule in rules(cluster))
