# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PromQL of ours, held to what Prometheus' own promtool takes, where that is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .._alertmanager.item_kinds import field_paths
from .._apply.plan import Plan
from .._core import yaml_text
from .._core.errors import InputError

PROGRAM = "promtool"
SECONDS = 30

_RULE = re.compile(r"^\[alert=(.*)\]$")
#: ``FILE: group "g", rule 1, "NAME": could not parse expression: 1:3: parse error: ...``
_FAULT = re.compile(r'rule \d+, "(?P<name>[^"]*)": (?P<fault>.+)$', re.MULTILINE)


def check_expressions(plan: Plan) -> None:
    """Raise ``InputError`` for expressions that are about to be written and that promtool refuses."""
    applied_values = {path: managed for path, managed in _expressions(plan).items() if _before(plan, path) != managed}
    program = shutil.which(PROGRAM) if applied_values else None
    if not program:
        return
    rules = [{"alert": _name(path), "expr": text} for path, text in applied_values.items()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rules.yaml"
        file.write_text(yaml_text.dump({"groups": [{"name": "checked", "rules": rules}]}), encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - promtool, as the controller's PATH has it
            [program, "check", "rules", str(file)], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    if done.returncode:
        raise InputError(_faults(done.stdout + done.stderr))


def _expressions(plan: Plan) -> dict[tuple[str, ...], str]:
    """Return the expressions of ours by their path in the object."""
    values = plan.applied_after.values if plan.applied_after and plan.after is not None else {}
    paths = [field_paths.parse(text) for text in values if text.endswith("/expr")]
    return {path: str(field_paths.get(plan.after, path)) for path in paths if len(path) > 1 and _RULE.match(path[-2])}


def _before(plan: Plan, path: tuple[str, ...]) -> str:
    return str(field_paths.get(plan.before or {}, path))


def _name(path: tuple[str, ...]) -> str:
    found = _RULE.match(path[-2])
    return found[1] if found else ""


def _faults(message: str) -> list[str]:
    found = [
        f"alerting_policies ({fault['name']}): expr: {fault['fault']} (promtool)" for fault in _FAULT.finditer(message)
    ]
    return found or [f"alerting_policies: promtool refuses the expressions: {' '.join(message.split())[:400]}"]
