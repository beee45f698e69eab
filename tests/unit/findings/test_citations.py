# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each error that the code raises has a finding, and each warning cites one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PLUGINS = Path(__file__).parents[3] / "plugins"
#: Exceptions that take the finding as an argument. Others, such as InputError, have one of their own.
ERRORS = {"OperationError", "ClusterError", "ClusterUnreachable", "NotServed"}
#: Functions and methods that warn.
WARN = {"warn", "_warn"}
#: What is passed on -> where it cites its finding. A warning in a list cites it where the list is made.
PASSED_ON = {
    ("module_utils/_core/module.py", "warning"): "the operation's warnings",
    ("module_utils/_apply/document_rules.py", "_mapping(part)"): "rules, which return warnings",
    ("module_utils/_apply/embedded_document.py", "edits"): "rules, which return warnings",
    ("module_utils/_verify/delivery.py", "f'Alerts do not arrive: {_described(outcome)}'"): "_described",
    ("module_utils/_verify/delivery.py", "f'It is unknown whether alerts arrive: {_described(outcome)}'"): "_described",
    ("module_utils/_operations/applying.py", "warning"): "plans, rollouts, Configs",
    ("module_utils/_fleet/existing_chats.py", "same_cluster(hosts)"): "same_cluster",
    ("module_utils/_operations/check_batch.py", "same_cluster(hosts)"): "same_cluster",
    ("module_utils/_operations/fleet_chats.py", "text"): "Forecast.warnings",
    ("module_utils/_operations/fleet_chats.py", "warning"): "warnings_of_absent_hosts",
    ("module_utils/_operations/run_summary.py", "same_cluster(hosts)"): "same_cluster",
    ("module_utils/_operations/run_summary.py", "warning"): "Forecast.warnings",
    ("plugin_utils/_cluster_config_action.py", "warning"): "Findings.warnings",
    ("plugin_utils/_doctor_action.py", "same_cluster(same)"): "same_cluster",
    ("plugin_utils/_doctor_action.py", "warning"): "Findings.warnings",
    ("plugin_utils/_fleet_chats_action.py", "same_cluster(same)"): "same_cluster",
    ("plugin_utils/_fleet_chats_action.py", "warning"): "Findings.warnings",
    ("plugin_utils/_renderer.py", "warning"): "Feature.warnings, warn_of_member",
}


def calls(names: set[str]) -> Iterator[tuple[str, int, ast.Call]]:
    """Yield the calls of functions or methods with these names: file, line, call."""
    for path in sorted(PLUGINS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in names:
                yield str(path.relative_to(PLUGINS)), node.lineno, node


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_each_error_has_a_finding() -> None:
    # The fifth argument of a ClusterError is its finding.
    without = [
        f"{path}:{line}"
        for path, line, call in calls(ERRORS)
        if not any(item.arg == "finding" for item in call.keywords) and len(call.args) < 5
    ]
    assert without == []


def test_each_warning_cites_a_finding() -> None:
    passed_on = {
        (path, ast.unparse(call.args[0]))
        for path, _line, call in calls(WARN)
        if not (isinstance(call.args[0], ast.Call) and _name(call.args[0].func) == "cited")
    }
    assert passed_on == set(PASSED_ON)
