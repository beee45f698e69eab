# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of managed PromQL expressions with Prometheus' promtool, if that is installed."""

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
_ERROR = re.compile(r'rule \d+, "(?P<name>[^"]*)": (?P<error>.+)$', re.MULTILINE)


def check_expressions(plan: Plan) -> None:
    """Raise ``InputError`` for new or changed expressions that promtool rejects."""
    changed = {path: text for path, text in _expressions(plan).items() if _before(plan, path) != text}
    program = shutil.which(PROGRAM) if changed else None
    if not program:
        return
    rules = [{"alert": _name(path), "expr": text} for path, text in changed.items()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rules.yaml"
        file.write_text(yaml_text.dump({"groups": [{"name": "checked", "rules": rules}]}), encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - promtool from the controller's PATH
            [program, "check", "rules", str(file)], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    if done.returncode:
        raise InputError(_errors(done.stdout + done.stderr), "KD407")


def _expressions(plan: Plan) -> dict[tuple[str, ...], str]:
    """Return the managed expressions by their path in the object."""
    values = plan.applied_after.values if plan.applied_after and plan.after is not None else {}
    paths = [field_paths.parse(text) for text in values if text.endswith("/expr")]
    return {path: str(field_paths.get(plan.after, path)) for path in paths if len(path) > 1 and _RULE.match(path[-2])}


def _before(plan: Plan, path: tuple[str, ...]) -> str:
    return str(field_paths.get(plan.before or {}, path))


def _name(path: tuple[str, ...]) -> str:
    found = _RULE.match(path[-2])
    return found[1] if found else ""


def _errors(output: str) -> list[str]:
    found = [
        f"alerting_policies ({match['name']}): expr: {match['error']} (promtool)" for match in _ERROR.finditer(output)
    ]
    return found or [f"alerting_policies: promtool rejects the expressions: {' '.join(output.split())[:400]}"]
