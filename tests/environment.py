# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create environments, folders of libraries and the collection path below build/; requires only Python and PyPI."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # this is run as a program

from tests.installing import Job, provide, renew_locks  # noqa: E402

OLDEST_PYTHON = (3, 11)

#: What Ansible and its tools read of a collection.
COLLECTION = (
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "LICENSES",
    "README.md",
    "README.zh-CN.md",
    "REUSE.toml",
    "SECURITY.md",
    "changelogs",
    "docs",
    "examples",
    "extensions",
    "galaxy.yml",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
    "tests",
)

#: Environment -> its requirements, and the first Python version that its ansible-core does not support.
ENVIRONMENTS: dict[str, tuple[list[str], tuple[int, int]]] = {
    "venv": (["requirements.txt", "tests/requirements.txt"], (3, 99)),
    "venv-2.16": (["requirements.txt", "tests/requirements-2.16.txt"], (3, 13)),
    "venv-conventions": (["requirements.txt", "tests/requirements-conventions.txt"], (3, 14)),
    "venv-bench": (["tests/requirements-bench.txt"], (3, 14)),
}
#: ansible-core, but the oldest and that of the tests -> the Python versions that it supports, of those that
#: the collection does. The word `cores` stands for all; `venv-2.17` is the environment of the first.
CORES: dict[str, tuple[str, ...]] = {
    "2.17": ("3.11", "3.12"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}
#: The last release of each major version of a library that requirements.txt allows, before the one of ENVIRONMENTS. The
#: first is the oldest. Each is installed to a folder of its own, which PYTHONPATH puts before an environment.
KUBERNETES = ("31.0.0", "32.0.1", "33.1.0", "34.1.0", "35.0.0", "36.0.3")
LIBRARIES = {f"kubernetes-{version}": f"kubernetes=={version}" for version in KUBERNETES}
#: The environment whose pip installs the others.
FIRST = "venv"
#: The environments and folders of the tests; the word `libraries` stands for all folders.
DEFAULT = ("venv", "venv-2.16", "venv-conventions", f"kubernetes-{KUBERNETES[0]}")


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        print(
            f"Python {sys.version.split()[0]} is too old; use a newer one, for example: make PYTHON=python3.12",
            file=sys.stderr,
        )
        return 1
    build = ROOT / sys.argv[1]
    wanted = sys.argv[2:] or DEFAULT
    build.mkdir(exist_ok=True)
    # Of two concurrent runs, one creates the environment and the other waits for it.
    with (build / ".environment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        link_collection(build)
        if "locks" in wanted:
            environments = {name: requirements for name, (requirements, _limit) in ENVIRONMENTS.items()}
            libraries = {name: [requirement] for name, requirement in LIBRARIES.items()}
            renew_locks(build, {**environments, **libraries}, ".".join(map(str, OLDEST_PYTHON)), ROOT)
            return 0
        if not provide(list(jobs(build, wanted)), sys.stdout):
            return 1
        for core, versions in CORES.items():
            python = python_of(versions) if "cores" in wanted else ""
            if python:
                create_core(build / f"venv-{core}", python, core)
    return 0


def jobs(build: Path, wanted: Sequence[str]) -> Iterator[Job]:
    """Yield the environments and folders that are wanted, first the one whose pip installs the others."""
    for name, (requirements, limit) in ENVIRONMENTS.items():
        if name == FIRST or (name in wanted and sys.version_info < limit):
            yield Job(build / name, tuple(ROOT / path for path in requirements))
    for name in LIBRARIES:
        if name in wanted or "libraries" in wanted:
            yield Job(build / name, (), is_library=True)


def link_collection(build: Path) -> None:
    """Link the entries of the repository into a collection path, where Ansible finds them by namespace and name.

    A link to the repository itself would contain itself, and ansible-galaxy follows links to build the collection.
    """
    folder = build / "collections" / "ansible_collections" / "kubesphere" / "dingtalk"
    if folder.is_symlink():
        folder.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    for name in COLLECTION:
        # Another process may link it at the same time.
        with contextlib.suppress(FileExistsError):
            (folder / name).symlink_to(os.path.relpath(ROOT / name, folder))


def python_of(versions: tuple[str, ...]) -> str:
    """Return a Python of one of these versions: this one, one on the PATH or one of pyenv's; empty if there is none."""
    installed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in versions:
        if version == f"{sys.version_info.major}.{sys.version_info.minor}":
            return sys.executable
        found = shutil.which(f"python{version}")
        for candidate in [*([found] if found else []), *map(str, installed.glob(f"{version}.*/bin/python{version}"))]:
            # pyenv's command is there for each version, and fails for one that is not selected.
            if not subprocess.run([candidate, "--version"], capture_output=True, check=False).returncode:
                return candidate
    return ""


def create_core(folder: Path, python: str, core: str) -> None:
    """Create an environment with a version of ansible-core and what the collection requires."""
    requirement = f"ansible-core=={core}.*"
    state = f"{requirement} {python}"
    stamp = folder / "complete"
    if stamp.exists() and stamp.read_text() == state:
        return
    print(f"Creating {folder.relative_to(ROOT)} (once)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, requirement, "-r", str(ROOT / "requirements.txt")], check=True)
    stamp.write_text(state)


if __name__ == "__main__":
    sys.exit(main())
