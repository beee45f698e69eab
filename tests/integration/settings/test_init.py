# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that a newcomer starts from is written by a playbook of the installed collection."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.support.plays.controller import REPOSITORY, Controller, Run
from tests.support.plays.cores import NEWEST, OLDEST, venv_with

EXAMPLES = REPOSITORY / "examples"


@pytest.fixture(params=[NEWEST, OLDEST])
def controller(request: pytest.FixtureRequest, tmp_path: Path) -> Controller:
    found = Controller(tmp_path / "controller", venv=venv_with(request.param))
    found.environment["PWD"] = str(found.folder)
    return found


def init(controller: Controller, *arguments: str) -> Run:
    program = str(controller.venv / "bin" / "ansible-playbook")
    return controller.execute([program, "kubesphere.dingtalk.init", *arguments]).finish()


def folder(path: str | Path) -> tuple[str, str]:
    return ("-e", f"kubesphere_inventory_folder={path}")


def test_the_example_is_written_and_nothing_is_overwritten(controller: Controller) -> None:
    target = controller.folder / "my-fleet"
    assert init(controller, *folder("my-fleet")).must().changed == {"localhost": 3}
    for source in [path for path in EXAMPLES.rglob("*") if path.is_file()]:
        assert (target / source.relative_to(EXAMPLES)).read_text() == source.read_text()
    assert stat.S_IMODE((target / "group_vars/all/vault.yml").stat().st_mode) == 0o600
    assert stat.S_IMODE((target / "kubeconfigs").stat().st_mode) == 0o700

    own = {"hosts.yml": "all: {hosts: {own:}}\n", "group_vars/all/vault.yml": "$ANSIBLE_VAULT;1.1;AES256\n6162\n"}
    for name, text in own.items():
        (target / name).write_text(text)
    (target / "group_vars/all/settings.yml").unlink()
    assert init(controller, *folder("my-fleet")).must().changed == {"localhost": 1}
    assert {name: (target / name).read_text() for name in own} == own
    assert (target / "group_vars/all/settings.yml").exists()
    assert init(controller, *folder(target)).must().changed == {"localhost": 0}


def test_the_inventory_can_be_read(controller: Controller) -> None:
    init(controller, *folder(controller.folder / "my-fleet")).must()
    program = str(controller.venv / "bin" / "ansible-inventory")
    done = controller.execute([program, "-i", str(controller.folder / "my-fleet" / "hosts.yml"), "--list"]).finish()
    hosts = json.loads(done.stdout)["_meta"]["hostvars"]
    assert {"shanghai", "ningbo"} <= set(hosts)
    assert hosts["shanghai"]["dingtalk_registry_host"] == "shanghai"


def test_a_check_run_writes_nothing(controller: Controller) -> None:
    init(controller, *folder("my-fleet"), "--check").must()
    assert not (controller.folder / "my-fleet").exists()


@pytest.mark.parametrize(
    "arguments", [(), ("-e", "kubesphere_inventory_folder="), ("-e", '{"kubesphere_inventory_folder": []}')]
)
def test_a_missing_folder_is_an_error_with_the_way_to_give_it(
    controller: Controller, arguments: tuple[str, ...]
) -> None:
    done = init(controller, *arguments).must(succeed=False)
    assert "pass the folder to write to (-e kubesphere_inventory_folder=my-fleet)" in done.errors["localhost"]
    assert "The inventory is in" not in done.output
