# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Automation Hub runs on a tarball: all sanity tests of ansible-test, without an ignored one.

They take some minutes, so only `make conventions` runs them. ansible-test creates its environments once, below build/.
It would download a script that installs pip; `pip_bootstrap.py` is in its place, so that nothing but PyPI is needed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from tests.conventions.programs import ONLY_CONVENTIONS, run
from tests.environment import ROOT
from tests.support.plays.cores import NEWEST, OLDEST, venv_with

HOME = ROOT / "build" / "ansible-test"
#: ansible-core -> the version of pip that its ansible-test installs.
CORES = {OLDEST: "23.1.2", NEWEST: "24.2"}

pytestmark = ONLY_CONVENTIONS


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
