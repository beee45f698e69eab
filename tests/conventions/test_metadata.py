# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an execution environment with the collection needs."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.conventions.programs import copy_clone, run
from tests.environment import ROOT


def test_an_execution_environment_gets_the_requirements(tmp_path: Path) -> None:
    copy_clone(tmp_path)
    found = yaml.safe_load(run("ansible-builder", "introspect", str(tmp_path), folder=tmp_path))
    # PyYAML is left out, as ansible-core brings it.
    libraries = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line[:1] not in "#P"]
    assert found == {"python": [f"{line}  # from collection kubesphere.dingtalk" for line in libraries], "system": []}
