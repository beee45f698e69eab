# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds parts into the user's cache: once for all runs, never leaving half a program behind."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from tests.support.realparts.catalog import Part
from tests.support.realparts.toolchain import BuildFailed, environment, go, last_lines, run_go

Say = Callable[[str], None]

PROGRESS_SECONDS = 5.0


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/kubesphere.dingtalk/realparts``, made when absent."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "kubesphere.dingtalk" / "realparts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def program(part: Part, say: Say = lambda line: None) -> Path:
    """The path of a part's program, built first when this user has none. Raises PartsMissing or BuildFailed."""
    target = cache_folder() / part.file_name
    if target.exists():
        return target
    with FileLock(cache_folder() / f".{part.file_name}.lock"):
        if not target.exists():
            _build(part, target, say)
    return target


def _build(part: Part, target: Path, say: Say) -> None:
    """The lock is held, so a temporary folder that is found here was left by a run that was killed."""
    prefix = f".{part.file_name}.build-"
    for left_over in target.parent.glob(f"{prefix}*"):
        subprocess.run(["rm", "-rf", str(left_over)], check=False)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent) as name:
        folder = Path(name)
        say(f"{part.name} {part.version}: fetching Go modules")
        _require(part, folder)
        _compile(part, folder, say)
        os.replace(folder / part.name, target)
    say(f"{part.name} {part.version}: {target}")


def _require(part: Part, folder: Path) -> None:
    """Writes a go.mod that pins the part.

    ``go install`` refuses modules with replace directives, and those of a dependency are ignored: the ones that point
    at folders of its own repository are therefore repeated here with the versions that are published.
    """
    missing = f"the Go module {part.module} v{part.version} cannot be fetched"
    run_go(folder, "mod", "init", "kubesphere.dingtalk/realparts")
    if part.siblings:
        downloaded = run_go(folder, "mod", "download", "-json", f"{part.module}@v{part.version}", missing=missing)
        edits = [f"-replace={path}={path}@{part.siblings}" for path in _replaced(json.loads(downloaded)["GoMod"])]
        run_go(folder, "mod", "edit", *edits)
    run_go(folder, "get", f"{part.package}@v{part.version}", missing=missing)


def _replaced(go_mod: str) -> list[str]:
    """The module paths that a go.mod replaces by folders."""
    replaces = json.loads(run_go(Path(go_mod).parent, "mod", "edit", "-json", go_mod))["Replace"] or []
    return [entry["Old"]["Path"] for entry in replaces if entry["New"]["Path"].startswith(".")]


def _compile(part: Part, folder: Path, say: Say) -> None:
    command = [go(), "build", "-v", "-trimpath", f"-ldflags={part.linker_flags}", "-o", part.name, part.package]
    started = spoken = time.monotonic()
    lines: list[str] = []
    with subprocess.Popen(command, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            lines.append(line)
            if time.monotonic() - spoken > PROGRESS_SECONDS:
                spoken = time.monotonic()
                say(f"{part.name} {part.version}: {len(lines)} packages compiled in {spoken - started:.0f} s")
    if process.returncode:
        raise BuildFailed(f"{part.package} v{part.version} does not build: {last_lines(''.join(lines))}")
