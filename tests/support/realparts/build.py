# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build parts into the user's cache, once for all runs and atomically."""

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

Log = Callable[[str], None]

PROGRESS_SECONDS = 5.0


def cache_folder() -> Path:
    """Return ``$XDG_CACHE_HOME/kubesphere.dingtalk/realparts``, created if missing."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "kubesphere.dingtalk" / "realparts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def program(part: Part, log: Log = lambda line: None) -> Path:
    """Return the path of a part's program, built if it is not in the cache. Raises PartsMissing or BuildFailed."""
    target = cache_folder() / part.file_name
    if target.exists():
        return target
    with FileLock(cache_folder() / f".{part.file_name}.lock"):
        if not target.exists():
            _build(part, target, log)
    return target


def _build(part: Part, target: Path, log: Log) -> None:
    """Build a part under the lock, so that existing temporary folders are those of killed runs."""
    prefix = f".{part.file_name}.build-"
    for left_over in target.parent.glob(f"{prefix}*"):
        subprocess.run(["rm", "-rf", str(left_over)], check=False)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent) as name:
        folder = Path(name)
        log(f"{part.name} {part.version}: fetching Go modules")
        _require(part, folder)
        _compile(part, folder, log)
        os.replace(folder / part.name, target)
    log(f"{part.name} {part.version}: {target}")


def _require(part: Part, folder: Path) -> None:
    """Write a go.mod that pins the part.

    ``go install`` refuses modules with replace directives, and Go ignores those of dependencies. The directives that
    point to folders of the module's repository are therefore repeated here with published versions.
    """
    missing = f"the Go module {part.module} v{part.version} cannot be fetched"
    run_go(folder, "mod", "init", "kubesphere.dingtalk/realparts")
    if part.siblings:
        downloaded = run_go(folder, "mod", "download", "-json", f"{part.module}@v{part.version}", missing=missing)
        edits = [f"-replace={path}={path}@{part.siblings}" for path in _replaced(json.loads(downloaded)["GoMod"])]
        run_go(folder, "mod", "edit", *edits)
    run_go(folder, "get", f"{part.package}@v{part.version}", missing=missing)


def _replaced(go_mod: str) -> list[str]:
    """Return the module paths that a go.mod replaces with folders."""
    replaces = json.loads(run_go(Path(go_mod).parent, "mod", "edit", "-json", go_mod))["Replace"] or []
    return [entry["Old"]["Path"] for entry in replaces if entry["New"]["Path"].startswith(".")]


def _compile(part: Part, folder: Path, log: Log) -> None:
    command = [go(), "build", "-v", "-trimpath", f"-ldflags={part.linker_flags}", "-o", part.name, part.package]
    started = logged = time.monotonic()
    lines: list[str] = []
    with subprocess.Popen(command, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            lines.append(line)
            if time.monotonic() - logged > PROGRESS_SECONDS:
                logged = time.monotonic()
                log(f"{part.name} {part.version}: {len(lines)} packages compiled in {logged - started:.0f} s")
    if process.returncode:
        raise BuildFailed(f"{part.package} v{part.version} does not build: {last_lines(''.join(lines))}")
