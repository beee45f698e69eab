# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What contributors read and use: the map of the code, the forms of issues, the workflow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.releases import SUPPORTED

ROOT = Path(__file__).parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def test_the_map_names_every_room_and_no_other() -> None:
    rows = CONTRIBUTING.partition("## The rooms")[2].partition("\n## ")[0]
    rooms = [re.findall(r"`([\w/]+)`", row.split("|")[1]) for row in rows.splitlines() if row.startswith("| `")]
    # The first of a row has its whole path, the others are beside it, or paths as well.
    named = [
        folder if not index or "/" in room or (ROOT / room).is_dir() else (ROOT / row[0]).parent / room
        for row in rooms
        for index, room in enumerate(row)
        for folder in [ROOT / room]
    ]
    assert [folder for folder in named if not folder.is_dir()] == []
    utils = {path.name for path in (ROOT / "plugins" / "module_utils").iterdir() if path.name.startswith("_")}
    assert utils - {"__pycache__"} - set(re.findall(r"_\w+", rows)) == set()


def test_files_that_the_steps_name_are_there() -> None:
    places = (ROOT, ROOT / "plugins" / "module_utils", ROOT / "roles" / "notification")
    for name in re.findall(r"`([\w./]+/[\w./]+)`", CONTRIBUTING):
        assert "NAME" in name or any((place / name).exists() for place in places), name


def test_the_workflow_runs_commands_of_the_documentation() -> None:
    texts = [(ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md")]
    documented = {line for text in texts for line in re.findall(r"^make .*$|(?<=`)make [^`]+(?=`)", text, re.MULTILINE)}
    jobs = form("workflows/test.yml")["jobs"].values()
    commands = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    assert "make test" in commands
    assert [command for command in commands if command not in documented] == []


def test_a_report_can_name_each_release() -> None:
    [options] = [
        field["attributes"]["options"]
        for field in form("ISSUE_TEMPLATE/bug_report.yml")["body"]
        if field.get("id") == "kubesphere"
    ]
    assert options == [*SUPPORTED, "another"]


def form(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / ".github" / name).read_text())
    return loaded
