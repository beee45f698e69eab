# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides of the docsite: their tasks are valid, their variables exist, and their links lead somewhere."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._variable_names import KNOWN
from tests.unit.test_documentation import COLLECTION, operation

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "docsite" / "rst").glob("*.rst"))
REPOSITORY = "https://github.com/kubesphere/kubesphere.dingtalk/blob/main/"


def blocks(guide: Path, language: str) -> Iterator[str]:
    for found in re.finditer(rf"^\.\. code-block:: {language}\n\n((?:    .*\n|\n)+)", guide.read_text(), re.MULTILINE):
        yield textwrap.dedent(found[1])


def tasks(value: Any, defaults: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The options of each task of the collection below a value, with the defaults of its group."""
    if isinstance(value, list):
        for item in value:
            yield from tasks(item, defaults)
    elif isinstance(value, dict):
        groups = value.get("module_defaults", {})
        inherited = {**defaults, **{name: option for group in groups.values() for name, option in group.items()}}
        for name, item in value.items():
            if str(name).startswith(f"{COLLECTION}."):
                yield name.rpartition(".")[2], {**inherited, **(item or {})}
            elif name != "module_defaults":
                yield from tasks(item, inherited)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_examples_are_valid(guide: Path) -> None:
    for block in blocks(guide, "yaml"):
        content = yaml.safe_load(block)
        for module, options in tasks(content, {}):
            spec = operation(module).spec
            result = ArgumentSpecValidator(dict(spec.options), **spec.rules()).validate(options)
            assert not result.error_messages, (module, result.error_messages)
        for name in content if isinstance(content, dict) else ():
            if name.startswith(("kubesphere_", "dingtalk_", "notification_", "alert")):
                assert name in KNOWN


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_commands_run_playbooks_with_their_variables(guide: Path) -> None:
    for block in blocks(guide, "console"):
        for name in re.findall(rf"{COLLECTION}\.(\w+)", block):
            assert (ROOT / "playbooks" / f"{name}.yml").is_file()
        for name in re.findall(r"\b((?:kubesphere|dingtalk)_\w+)", block):
            assert name in KNOWN


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_links_to_the_repository_lead_somewhere(guide: Path) -> None:
    for link in re.findall(rf"{REPOSITORY}([^>`\s]+)", guide.read_text()):
        path, _, anchor = link.partition("#")
        headings = re.findall(r"^#+ (.*)$", (ROOT / path).read_text(), re.MULTILINE)
        assert not anchor or anchor in {heading.lower().replace(" ", "-") for heading in headings}


def test_every_guide_is_listed_once() -> None:
    sections = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text())["sections"]
    assert sorted(name for section in sections for name in section["toctree"]) == [path.stem for path in GUIDES]
