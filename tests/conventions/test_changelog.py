# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changelog is what its fragments and the plugins make of it."""

from __future__ import annotations

from pathlib import Path

from tests.conventions.changelog import prepare
from tests.conventions.programs import copy_clone, run
from tests.environment import ROOT

GENERATED = ("CHANGELOG.md", "changelogs/changelog.yaml")


def test_the_fragments_are_valid() -> None:
    assert run("antsibull-changelog", "lint", folder=ROOT) == ""


def test_the_changelog_is_generated(tmp_path: Path) -> None:
    copy = copy_clone(tmp_path)
    assert "WARNING" not in run("antsibull-changelog", *prepare(copy), folder=copy)
    for name in GENERATED:
        assert (copy / name).read_text() == (ROOT / name).read_text(), "outdated; run `make changelog`"
