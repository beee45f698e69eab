# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users get it: built, installed offline into an empty folder, and run by its name."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import REPOSITORY, THIS_VENV
from tests.support.plays.cores import NEWEST, OLDEST, venv_with
from tests.support.plays.environment import Environment, new_controller, set_hosts

GALAXY = str(THIS_VENV / "bin" / "ansible-galaxy")
#: Top-level folders and files of the repository that belong into the tarball.
FOLDERS = {"LICENSES", "changelogs", "docs", "examples", "extensions", "meta", "playbooks", "plugins", "roles"}
FILES = {path.name for path in REPOSITORY.glob("*.md")} | {"REUSE.toml", "requirements.txt"}
#: A fleet that somebody put into the clone, as in the README.
FLEET = (
    "my-fleet/hosts.yml",
    "my-fleet/group_vars/all/vault.yml",
    "my-fleet/kubeconfigs/lab",
    "examples/kubeconfigs/lab",
)


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    clone = folder / "clone"
    shutil.copytree(REPOSITORY, clone, ignore=shutil.ignore_patterns("venv*", "kubernetes-*", ".git"), symlinks=True)
    for path in FLEET:
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text("a secret")
    galaxy(folder, "build", "--output-path", str(folder), str(clone))
    [found] = folder.glob("kubesphere-dingtalk-*.tar.gz")
    return found


def galaxy(home: Path, *arguments: str) -> None:
    environment = {"HOME": str(home), "PATH": str(THIS_VENV / "bin"), "LANG": "C.UTF-8"}
    command = [GALAXY, "collection", *arguments]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory for ANSIBLE_COLLECTIONS_PATH."""
    folder = tmp_path_factory.mktemp("collections")
    galaxy(folder, "install", "--offline", "--no-cache", "--collections-path", str(folder), str(tarball))
    return folder


def test_the_tarball_contains_all_files_for_users_and_no_other(tarball: Path) -> None:
    """Neither a fleet in the clone, although examples and documentation are there, nor what only developers need."""
    with tarfile.open(tarball) as file:
        packed = {name.name for name in file.getmembers() if name.isfile()} - {"MANIFEST.json", "FILES.json"}
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.splitlines()
    assert packed == {name for name in files if is_for_users(name)}


def test_links_of_pages_lead_into_the_tarball(installed: Path) -> None:
    folder = installed / "ansible_collections/kubesphere/dingtalk"
    pages = list(folder.rglob("*.md"))
    assert {folder / "README.md", folder / "docs/findings.md"} <= set(pages)
    for page in pages:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            assert link.startswith("https://") or (page.parent / link).exists(), (page, link)


def is_for_users(name: str) -> bool:
    folder, slash, _ = name.partition("/")
    # ansible-test reads this setting of the tests.
    return folder in (FOLDERS if slash else FILES) or name == "tests/config.yml"


@pytest.mark.parametrize("core", [NEWEST, OLDEST])
def test_the_installed_collection_runs_site_with_its_own_example(
    site: Environment, installed: Path, tmp_path: Path, core: str
) -> None:
    controller = new_controller(tmp_path / "user", site.dingtalk, site.clusters, venv=venv_with(core))
    example = installed / "ansible_collections/kubesphere/dingtalk/examples"
    shutil.copytree(example, controller.inventory, dirs_exist_ok=True)
    set_hosts(controller, site.clusters)
    controller.collections = installed
    site.controller = controller
    run = site.site("-vvv")
    assert str(REPOSITORY / "playbooks") not in run.stdout
    assert of.chat_ids(site.clusters["lab"]) == [site.chat_id("KubeSphere lab")]
    assert of.alertmanager(site.clusters["shanghai"])["route"]["repeat_interval"] == "2h"
    assert site.site().changed == {"shanghai": 0, "beijing": 0, "lab": 0}
    fleet = tmp_path / "fleet"
    init = ["kubesphere.dingtalk.init", "-e", f"kubesphere_inventory_folder={fleet}"]
    controller.execute([str(controller.venv / "bin" / "ansible-playbook"), *init]).finish().must()
    assert files(fleet) == files(example)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
