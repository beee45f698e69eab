# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a variable of an inventory is, the tasks that read it have a result that an operator can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import ACCESS_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import CLUSTER_VARIABLES
from tests.system.generated import values
from tests.system.generated.actions import run_action
from tests.system.generated.inputs import FEWER, check, for_each
from tests.system.generated.world import World

ROOT = Path(__file__).parents[3]
FEATURES = ["notification", "alertmanager", "alerting"]
#: Variables of the playbooks that tasks pass on to options, or that the actions read themselves.
PLAYBOOK_VARIABLES = ("kubesphere_features", "inventory_hostname", "ansible_connection", "dingtalk_fleet")


def role_variables() -> list[str]:
    """Return the options of all roles."""
    specs = [yaml.safe_load(path.read_text()) for path in (ROOT / "roles").glob("*/meta/argument_specs.yml")]
    return [name for spec in specs for name in spec["argument_specs"]["main"]["options"]]


VARIABLES = sorted(
    {
        *role_variables(),
        *(f"kubesphere_{name}" for name in ACCESS_OPTIONS),
        *CLUSTER_VARIABLES,
        *PLAYBOOK_VARIABLES,
    }
)
RELEASES = ("3.4", "4.1")


def apply(world: World, variables: dict[str, Any]) -> None:
    """Run the tasks that read the variables of a host."""
    check(world, lambda: run_action("fleet_chats", {}, variables))
    check(world, lambda: run_action("cluster_config", {"features": FEATURES, "wait_timeout": 0}, variables))


@pytest.mark.parametrize("version", RELEASES)
def test_the_variables_without_a_generated_value_are_valid(version: str, world: World) -> None:
    for module, options in (("fleet_chats", {}), ("cluster_config", {"features": FEATURES, "wait_timeout": 0})):
        result = run_action(module, options, world.variables(version))
        assert not result.get("failed"), result["msg"]


@pytest.mark.parametrize("name", VARIABLES)
def test_variable(name: str, world: World) -> None:
    for_each(name, values.values, lambda value: apply(world, {**world.variables(), name: value}), FEWER)


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize(
    "name",
    [
        "dingtalk_chats",
        "dingtalk_robots",
        "notification_alert_selector",
        "notification_receivers",
        "notification_routers",
        "alertmanager_routes",
        "alertmanager_receivers",
        "alerting_policies",
        "dingtalk_fleet",
    ],
)
def test_part_of_a_variable(name: str, version: str, world: World) -> None:
    variables = world.variables(version)
    for_each(
        f"part of {name} {version}",
        st.integers(0, 2**32).map(lambda seed: values.mutated(variables[name], seed)),
        lambda value: apply(world, {**variables, name: value}),
    )


def test_summary_of_results(world: World) -> None:
    def run(seed: int) -> None:
        registered = {name: values.mutated(result, seed) for name, result in RESULTS.items()}
        check(world, lambda: run_action("run_summary", {}, registered))

    assert not run_action("run_summary", {}, RESULTS).get("failed")
    for_each("results", st.integers(0, 2**32), run)


_ALERT = {
    **{"route": "a", "severity": "critical", "receiver": "Default"},
    **{"repeat_interval": "1h", "effective_interval": "1h"},
}
_LISTED = {
    **{"key": "ops", "name": "Ops", "chat_id": "chat1", "source": "registry", "state": "in use"},
    **{"in_inventory": True, "orphaned_chats": ["chat2"]},
}
#: What the tasks of a playbook register.
RESULTS: dict[str, Any] = {
    "dingtalk_applied": {
        "changed": True,
        "notes": ["a note"],
        "installing": ["alerting"],
        "chats_left": [{"chat": "ops", "name": "Ops", "chat_id": "chat1", "app_key": "dingapp"}],
        "built_in_alerts": [_ALERT],
    },
    "dingtalk_applied_later": {"changed": False, "notes": [], "failed": True, "msg": "refused"},
    "dingtalk_fleet": {
        "chats": {"ops": {"name": "Ops", "chat_id": "chat1"}},
        "chat_list": [_LISTED],
        "notices": ["a notice"],
        "calls": {"counted": 1, "free": 2},
        "forecast": {"calls": 1, "webhook_messages": 2},
        "manual_steps": [{"robot": "robot", "chat": "ops", "steps": ["one"]}],
    },
}
