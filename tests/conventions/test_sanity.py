# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Automation Hub runs on a tarball: all sanity tests of ansible-test, without an ignored one, and galaxy-importer.

They take some minutes, so only `make conventions` runs them. ansible-test creates its environments once, below build/.
It would download a script that installs pip; `pip_bootstrap.py` is in its place, so that nothing but PyPI is needed.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from tests.conventions.programs import build_tarball, run
from tests.environment import ROOT
from tests.support.plays.cores import NEWEST, OLDEST, venv_with

HOME = ROOT / "build" / "ansible-test"
#: ansible-core -> the version of pip that its ansible-test installs.
CORES = {OLDEST: "23.1.2", NEWEST: "24.2"}

pytestmark = pytest.mark.skipif(not os.environ.get("CONVENTIONS"), reason="only `make conventions` runs it")


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tarball(tmp_path_factory.mktemp("build"))


@pytest.mark.parametrize("core", CORES)
def test_no_sanity_test_has_an_error(tarball: Path, tmp_path: Path, core: str) -> None:
    programs = venv_with(core) / "bin"
    collection = tmp_path / "ansible_collections" / "kubesphere" / "dingtalk"
    with tarfile.open(tarball) as file:
        file.extractall(collection, filter="data")
    assert not list(collection.glob("tests/sanity/ignore*"))
    bootstrap = HOME / ".ansible" / "test" / "cache" / f"get_pip_{CORES[core].replace('.', '_')}.py"
    bootstrap.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("pip_bootstrap.py"), bootstrap)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    environment = {"HOME": str(HOME), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    printed = run(
        str(programs / "ansible-test"),
        "sanity",
        "--python",
        python,
        "--color",
        "no",
        folder=collection,
        environment=environment,
    )
    assert printed.count("Running sanity test") > 20


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
