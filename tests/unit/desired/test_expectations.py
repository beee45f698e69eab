# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alerts that an inventory expects: their labels are those that a release gives to alerts, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.alerts import Origin
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import alerting, notification
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.expectations import expectations
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import ROLES
from tests.support.fixtures.policies import EXPRESSION, WORKLOAD, changed

Json = dict[str, Any]

SHOP = changed(EXPRESSION, namespace="shop", labels={"team": "sre"})


def policy_labels(release: str, policy: Json) -> dict[str, str]:
    """Return the labels of the alert of the only policy of an inventory."""
    with Errors() as errors:
        options = ROLES["alerting"].params(errors, {"alerting_policies": [policy]})
        settings = alerting.settings(alerting.read(errors, options or {}, {}), {})
        params = ROLES["notification"].params(errors, {})
        desired = notification.read(errors, params or {}, {})
    found = expectations(desired, {}, {"alerting": settings}, release).alerts
    [alert] = [alert for alert in found if alert.origin == Origin.POLICY]
    return dict(alert.labels)


@pytest.mark.parametrize("release", ["3.1", "3.2", "3.3"])
def test_before_3_4_alerts_of_a_policy_have_the_labels_of_its_rule_only(release: str) -> None:
    expected = {"alertname": "target-down", "alerttype": "metric", "namespace": "shop", "team": "sre"}
    assert policy_labels(release, SHOP) == {**expected, "severity": "warning"}


@pytest.mark.parametrize("release", ["3.4", "4.1", "4.2"])
@pytest.mark.parametrize(("policy", "kind"), [(SHOP, "custom"), (WORKLOAD, "template")])
def test_from_3_4_on_the_controller_adds_level_group_and_type(release: str, policy: Json, kind: str) -> None:
    labels = policy_labels(release, policy)
    added = {name: text for name, text in labels.items() if name.startswith("rule_")}
    assert added == {"rule_level": "namespace", "rule_group": "kubesphere-dingtalk", "rule_type": kind}
