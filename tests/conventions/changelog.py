# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the changelog of the release that galaxy.yml names, from its fragments and all plugins: ``make changelog``.

antsibull-changelog lists the plugins of a release once and adds none later, so the release is made anew until it is
published. Earlier releases stay as they are.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import yaml


def prepare(clone: Path) -> list[str]:
    """Remove the release from the changelog, and return the arguments that make it again."""
    version = yaml.safe_load((clone / "galaxy.yml").read_text())["version"]
    path = clone / "changelogs" / "changelog.yaml"
    changelog = yaml.safe_load(path.read_text())
    previous = changelog["releases"].pop(version, {})
    path.write_text(yaml.safe_dump(changelog))
    date = previous.get("release_date") or datetime.now(UTC).date().isoformat()
    return ["release", "--reload-plugins", "--version", version, "--date", date]


if __name__ == "__main__":
    subprocess.run([sys.argv[1], *prepare(Path())], check=True)
