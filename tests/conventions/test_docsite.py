# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of plugins, roles and guides, built as docs.ansible.com builds it."""

from __future__ import annotations

import zlib
from pathlib import Path

from tests.conventions.programs import copy_clone, run
from tests.environment import ROOT

#: Labels of Ansible's own documentation, which Sphinx would download.
LABELS = ("action_plugins", "ansible_configuration_settings", "common_return_values")
HEADER = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: 0\n# zlib\n"


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    copy_clone(tmp_path / "collections")
    site = tmp_path / "site"
    site.mkdir()
    collections = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections")}
    options = ("--use-current", "--squash-hierarchy", "--fail-on-error", f"--dest-dir={site}")
    run("antsibull-docs", "sphinx-init", *options, "kubesphere.dingtalk", folder=site, environment=collections)
    inventory = site / "ansible.inv"
    inventory.write_bytes(HEADER.encode() + zlib.compress("".join(map(_label, LABELS)).encode()))
    with (site / "conf.py").open("a") as settings:
        settings.write(f"intersphinx_mapping = {{'ansible': ('https://docs.ansible.com/', {str(inventory)!r})}}\n")
    run("bash", "build.sh", folder=site, environment=collections)
    pages = {path.stem for path in (site / "build" / "html").rglob("*.html")}
    assert pages >= {path.stem for path in (ROOT / "docs" / "docsite" / "rst").glob("*.rst")}
    assert pages >= {f"{path.stem}_module" for path in (ROOT / "plugins" / "modules").glob("*.py")}
    assert pages >= {f"{path.name}_role" for path in (ROOT / "roles").iterdir()}


def _label(name: str) -> str:
    return f"{name} std:label -1 index.html {name}\n"
