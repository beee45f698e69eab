# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""galaxy-importer, which Galaxy and Automation Hub run on a tarball, has no warning."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conventions.programs import ONLY_CONVENTIONS, run

pytestmark = ONLY_CONVENTIONS

#: The importer selects all checks of pycodestyle, and so both of contradicting ones, which pycodestyle leaves out by
#: default: a line break before a binary operator and after it, white space before the colon of a slice and none.
CONTRADICTING = re.compile(r"^WARNING: \S+: (W503|W504|E203) ", re.MULTILINE)


def test_the_importer_of_automation_hub_has_no_warning(tarball: Path, tmp_path: Path) -> None:
    checks = ("CHECK_CHANGELOG", "CHECK_REQUIRED_TAGS", "REQUIRE_V1_OR_GREATER", "RUN_ANSIBLE_DOC", "RUN_FLAKE8")
    lint = ("RUN_ANSIBLE_LINT", "OFFLINE_ANSIBLE_LINT")
    environment = {f"GALAXY_IMPORTER_{name}": "True" for name in (*checks, *lint)} | {"HOME": str(tmp_path)}
    printed = run("python", "-m", "galaxy_importer.main", str(tarball), folder=tarball.parent, environment=environment)
    assert "Importer processing completed successfully" in printed
    messages = [line for line in printed.splitlines() if line.startswith(("WARNING", "ERROR"))]
    assert [line for line in messages if not CONTRADICTING.match(line)] == []
