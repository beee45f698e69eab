# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install what tests/locks names, several environments side by side, and report progress.

The locks have exact versions of all packages, so pip has nothing to resolve. `make locks` renews them.
This requires Python and PyPI only.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

LOCKS = Path(__file__).parent / "locks"
#: What `make locks` resolves with.
RESOLVER = "uv==0.13.9"
#: Modules that are not compiled: an asynchronous client, and tests of packages.
NOT_IMPORTED = r"/kubernetes/aio/|/tests?/"
#: The number of the last lines of pip's output that an error shows.
SHOWN = 15


@dataclass(frozen=True)
class Job:
    """An environment, or with ``is_library`` a folder of libraries; ``requirements`` are used if it has no lock."""

    folder: Path
    requirements: tuple[Path, ...]
    is_library: bool = False
    locks: Path = LOCKS

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def lock(self) -> Path:
        return self.locks / f"{self.name}.txt"

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.lock,) if self.lock.exists() else self.requirements

    @property
    def state(self) -> str:
        """What was installed when it is complete."""
        content = b"".join(path.read_bytes() for path in self.files)
        return hashlib.sha256(content + sys.version.encode()).hexdigest()

    @property
    def is_complete(self) -> bool:
        """Whether it has the stamp of this state, which one that was interrupted has not."""
        stamp = self.folder / "complete"
        return stamp.exists() and stamp.read_text() == self.state

    def command(self, pip: Path) -> list[str]:
        """Return the command that installs it, with the pip of an environment."""
        where = ["--target", str(self.folder)] if self.is_library else []
        python = [] if self.is_library else ["--python", str(self.folder / "bin" / "python")]
        files = [option for path in self.files for option in ("-r", str(path))]
        exactly = ["--no-deps"] if self.lock.exists() else []
        quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-compile"]
        return [str(pip), "-m", "pip", *python, "install", *quiet, *exactly, *where, *files]


class Progress:
    """Progress reports: one line that changes on a terminal, otherwise a line for the start and the end of each job."""

    def __init__(self, stream: TextIO, totals: Mapping[str, int]) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._totals = dict(totals)
        self._seen = dict.fromkeys(totals, 0)
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        for name, total in totals.items():
            self._line(
                f"Creating build/{name}: {f'{total} packages' if total else 'resolving its requirements'} (once)"
            )

    def read(self, name: str, line: str) -> None:
        """Read a line of pip's output."""
        with self._lock:
            if line.startswith("Collecting "):
                self._seen[name] += 1
            elif not line.startswith("Installing collected packages"):
                return
            if self._is_terminal:
                counts = (f"{job} {seen}/{self._totals[job] or '?'}" for job, seen in self._seen.items())
                text = f"  {' '.join(line.split()[:2])}   [{', '.join(counts)}]"
                self._stream.write(f"\r\033[K{text[: shutil.get_terminal_size().columns - 1]}")
                self._stream.flush()

    def end(self, name: str, error: str = "") -> None:
        """Report the end of a job."""
        with self._lock:
            self._seen.pop(name, None)
            seconds = time.monotonic() - self._begun
            self._line(
                f"build/{name} cannot be created:\n{error}" if error else f"build/{name} is ready ({seconds:.0f} s)"
            )

    def _line(self, text: str) -> None:
        self._stream.write(f"{chr(13) + chr(27) + '[K' if self._is_terminal else ''}{text}\n")
        self._stream.flush()


def provide(jobs: Sequence[Job], stream: TextIO) -> bool:
    """Create what is missing or out of date, all with the pip of the first job; return whether that succeeded."""
    missing = [job for job in jobs if not job.is_complete]
    if not missing:
        return True
    progress = Progress(stream, {job.name: packages(job.lock) for job in missing})
    for job in missing:
        shutil.rmtree(job.folder, ignore_errors=True)
        if not job.is_library:
            venv.create(job.folder, with_pip=job is jobs[0])
    pip = jobs[0].folder / "bin" / "python"
    # Side by side, as each of them waits for the network most of the time.
    with ThreadPoolExecutor(len(missing)) as pool:
        return all(pool.map(lambda job: _install(job, pip, progress), missing))


def _install(job: Job, pip: Path, progress: Progress) -> bool:
    lines = []
    command = job.command(pip)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            lines.append(line)
            progress.read(job.name, line)
    # pip would compile a thousand modules that nothing imports.
    subprocess.run([sys.executable, "-m", "compileall", "-q", "-x", NOT_IMPORTED, str(job.folder)], check=False)
    if process.returncode:
        progress.end(job.name, "".join(lines[-SHOWN:]).rstrip())
        return False
    (job.folder / "complete").write_text(job.state)
    progress.end(job.name)
    return True


def packages(lock: Path) -> int:
    """Return the number of packages in a lock, 0 without one."""
    return sum(bool(line.partition("#")[0].strip()) for line in lock.read_text().splitlines()) if lock.exists() else 0


def renew_locks(build: Path, requirements: Mapping[str, Sequence[str]], oldest: str, root: Path) -> None:
    """Resolve the requirements of all environments and folders of libraries for every Python from the oldest one on.

    ``requirements``: name -> files with requirements, or a requirement.
    """
    tool = build / "venv-locks"
    job = Job(tool, (build / "locks.txt",), locks=build)
    job.requirements[0].write_text(f"{RESOLVER}\n")
    if not provide([job], sys.stdout):
        raise SystemExit(1)
    resolve = [str(tool / "bin" / "uv"), "pip", "compile", "--quiet", "--universal", "--python-version", oldest]
    LOCKS.mkdir(exist_ok=True)
    for name, given in requirements.items():
        files = [item for item in given if (root / item).exists()]
        direct = "".join(f"{item}\n" for item in given if item not in files)
        text = subprocess.run(
            [*resolve, "--no-header", "--no-annotate", *files, *(["-"] if direct else [])],
            input=direct,
            cwd=root,
            check=True,
            text=True,
            stdout=subprocess.PIPE,
        ).stdout
        (LOCKS / f"{name}.txt").write_text(f"# All packages of build/{name}, made by: make locks\n{text}")
        print(f"tests/locks/{name}.txt: {packages(LOCKS / f'{name}.txt')} packages")
