# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Site in a private data directory of ansible-runner, as AWX and ansible-navigator run it."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from tests.support.leaks import leaks
from tests.support.plays import environment as of
from tests.support.plays.controller import Run
from tests.support.plays.environment import Environment, environment

PLAYBOOK = [{"name": "KubeSphere alerts", "import_playbook": "kubesphere.dingtalk.site"}]


def private_data(site: Environment, folder: Path) -> Path:
    """Return a private data directory with the inventory of the controller and a playbook."""
    shutil.copytree(site.controller.inventory, folder / "inventory")
    (folder / "project").mkdir()
    (folder / "project" / "site.yml").write_text(yaml.safe_dump(PLAYBOOK))
    (folder / "env").mkdir()
    (folder / "env" / "settings").write_text(yaml.safe_dump({"suppress_env_files": True}))
    return folder


def run(site: Environment, folder: Path, ident: str, options: str = "") -> Run:
    """Run the playbook; its results are recorded, and what it printed is below the directory's artifacts, too."""
    (folder / "env" / "cmdline").write_text(options)
    program = str(site.controller.venv / "bin" / "ansible-runner")
    command = [program, "run", str(folder), "--playbook", "site.yml", "--ident", ident]
    return site.controller.execute(command).finish().must()


def test_site_runs_in_a_private_data_directory(tmp_path: Path) -> None:
    with environment(tmp_path / "site", {"shanghai": "3.4", "lab": "3.3"}) as site:
        folder = private_data(site, tmp_path / "private")
        checked = run(site, folder, "check", "--check --diff")
        assert site.dingtalk.chats() == []
        first = run(site, folder, "first", "-vvv")
        second = run(site, folder, "second")
        secrets = {"app secret": of.APP_SECRET, "API token": site.clusters["shanghai"].token}
    assert checked.summary[0].startswith("2 clusters: 2 would change, 0 unchanged, 0 failed")
    assert first.summary[0] == "2 clusters: 2 changed, 0 unchanged, 0 failed"
    assert second.summary[0] == "2 clusters: 0 changed, 2 unchanged, 0 failed"
    artifacts = [path for path in (folder / "artifacts").rglob("*") if path.is_file()]
    assert any(path.parent.name == "job_events" for path in artifacts)
    assert leaks("".join(path.read_text() for path in artifacts), secrets) == []
