# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm values in every style: a teardown restores every character, and values of another type are not replaced."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.embedded_document import MergeContext
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.last_applied import AppliedObject, PendingWrite
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.plan import DesiredObject, Plan, make_plan
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from tests.support.testbed.installer.extensions import chart_alertmanager_text, install_plan
from tests.unit.apply.styles import VALUES
from tests.unit.apply.test_yaml_styles import Life

Json = dict[str, Any]

PLAN = ObjectRef("kubesphere.io/v1alpha1", "InstallPlan", "whizard-notification")
CHART = {"data": {"alertmanager.yml": chart_alertmanager_text()}}
CONTEXT = MergeContext("salt", release="4.1", read=lambda path: CHART)


class PlanLife(Life):
    """The values of an InstallPlan, what is desired of them, and the last-applied state."""

    def plan(self, desired: Json | None) -> Plan:
        live = install_plan(PLAN.name, "", "HostOnly")
        live["spec"]["config"] = self.text
        values = {"spec": {"config": {"alertmanager": {"config": desired}}}} if desired else {}
        content = None if desired is None else values
        plan = make_plan(DesiredObject(PLAN, content), live, self.applied, CONTEXT)
        self.applied = plan.applied_after
        self.text = (plan.after or {})["spec"].get("config", "")
        return plan


@pytest.mark.parametrize("style", VALUES)
def test_a_teardown_restores_every_character(style: str) -> None:
    for seed in range(20):
        life = PlanLife(VALUES[style], f"{style} {seed}")
        for _ in range(life.chance.randrange(1, 8)):
            life.step(others=False)
        life.plan(None)
        assert life.text == VALUES[style], seed


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("alertmanager: text\n", "alertmanager: expected a map"),
        ("alertmanager: {config: [1]}\n", "alertmanager.config: expected a map"),
        ("alertmanager: {config: {route: 5}}\n", "alertmanager.config.route: expected a map"),
        ("alertmanager: {config: {receivers: {a: b}}}\n", "alertmanager.config.receivers: expected a list"),
    ],
)
def test_a_value_of_another_type_is_not_replaced(text: str, where: str) -> None:
    life = PlanLife(text, "")
    desired = {"route": {"group_wait": "1s"}, "receivers": [{"name": "a"}]}
    with pytest.raises(OperationError) as caught:
        life.plan(desired)
    assert f"spec.config in InstallPlan whizard-notification: {where}" in caught.value.message
    assert life.text == text


@pytest.mark.parametrize("style", VALUES)
def test_an_interrupted_run_loses_nothing(style: str) -> None:
    """The object is written, and what was applied is only recorded as a pending write."""
    for seed in range(5):
        life = PlanLife(VALUES[style], f"{style} {seed}")
        for _ in range(life.chance.randrange(1, 5)):
            before = life.applied
            life.step(others=False)
            write = PendingWrite("", False, life.applied.values)
            values = before.values if before else {}
            life.applied = AppliedObject(life.applied.api_version, values=values, writes={"killed": write})
            life.plan(life.desired or {})
        life.plan(None)
        assert life.text == VALUES[style], seed


def test_what_others_put_in_place_of_a_null_remains() -> None:
    life = PlanLife("alertmanager: {config: ~}\n", "")
    life.plan({"route": {"group_wait": "1s"}})
    life.text = life.text.replace("group_wait: 1s", "group_wait: 1s, group_interval: 9m")
    assert life.plan(None).applied_after is None
    assert life.text == "alertmanager: {config: {route: {group_interval: 9m}}}\n"


def test_a_null_is_no_defect() -> None:
    for text in ("alertmanager:\n", "alertmanager: {config: ~}\n"):
        life = PlanLife(text, "")
        life.plan({"route": {"routes": []}})
        life.plan(None)
        assert life.text == text
