# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of the kubernetes library that requirements.txt allows: access to clusters, and a run, with each of them.

All other tests run with the newest one. These run with the oldest, and `make compat-kubernetes` with all between.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes import auth
from tests.environment import KUBERNETES, ROOT
from tests.support.closing_lines import closing_lines
from tests.support.plays.environment import environment

VERSIONS = KUBERNETES if os.environ.get("EVERY_VERSION") else KUBERNETES[:1]
ACCESS = ROOT / "tests" / "unit" / "kubernetes"
IMPORTED = "import kubernetes; print(kubernetes.__version__, kubernetes.__file__)"


@pytest.fixture(params=VERSIONS)
def library(request: pytest.FixtureRequest) -> Path:
    """The folder of a version; if missing, skip the test, or fail it in CI."""
    folder = ROOT / "build" / f"kubernetes-{request.param}"
    if not (folder / "complete").exists():
        reason = f"{folder} is missing; `make test` or `make compat-kubernetes` creates it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


def python(library: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(library)}
    return subprocess.run([sys.executable, *arguments], env=variables, cwd=ROOT, capture_output=True, text=True)


def test_the_versions_are_those_of_the_requirements() -> None:
    [oldest] = re.findall(r"^kubernetes>=(\d+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    [newest] = re.findall(r"^kubernetes==(\d+)", (ROOT / "tests" / "requirements.txt").read_text(), re.MULTILINE)
    majors = [int(version.partition(".")[0]) for version in KUBERNETES]
    assert [*majors, int(newest)] == list(range(int(oldest), int(newest) + 1))
    assert int(oldest) == auth.OLDEST


def test_clusters_are_accessed_alike(library: Path) -> None:
    version = library.name.partition("-")[2]
    assert python(library, "-c", IMPORTED).stdout.split() == [version, str(library / "kubernetes" / "__init__.py")]
    done = python(library, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(ACCESS))
    assert done.returncode == 0, done.stdout
    closing_lines.count("versions of the kubernetes library", version)


def test_a_run_configures_a_cluster_and_a_second_one_changes_nothing(library: Path, tmp_path: Path) -> None:
    with environment(tmp_path, {"shanghai": "3.4"}) as site:
        site.controller.environment["PYTHONPATH"] = str(library)
        assert site.site().changed["shanghai"]
        assert not site.site().changed["shanghai"]
        assert site.writes() == []
        assert site.run("teardown").must().changed["shanghai"]
