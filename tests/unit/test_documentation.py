# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation says what the code does: modules against their specs, roles against their defaults, READMEs."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import ACCESS_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.releases import SUPPORTED
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import CLUSTER_VARIABLES

ROOT = Path(__file__).parents[2]
COLLECTION = "kubesphere.dingtalk"
MODULE_PACKAGE = f"ansible_collections.{COLLECTION}.plugins.modules"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
READMES = ["README.md", "README.zh-CN.md"]

FIRST_RELEASE = (1, 0, 0)

#: They read the results of other tasks, and share no option with another module.
IN_NO_GROUP = {"check_batch", "doctor_report", "run_summary", "wait_for_alerting"}

SECRET = re.compile(r"pass(word)?$|secret$|token$|api_key$|webhook$")
LIKE_SECRET = re.compile(r"pass|secret|token|key|webhook")
#: Look like secrets and are names, paths or words that everybody in a chat may read.
HARMLESS = {"app_key", "client_key", "key", "keywords", ("alertmanager_config", "secret")}

TASK_KEYWORDS = {"name", "register", "run_once", "when", "loop", "vars", "delegate_to", "no_log"} | {
    "ignore_errors",
    "ignore_unreachable",
}


@pytest.fixture(scope="session")
def documented(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ansible-doc knows of the modules, fragments included, by name."""
    names = [f"{COLLECTION}.{name}" for name in MODULES]
    return {name.rpartition(".")[2]: value for name, value in _ansible_doc(tmp_path_factory, *names).items()}


def _ansible_doc(folder: pytest.TempPathFactory, *arguments: str) -> dict[str, Any]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"), "HOME": str(folder.mktemp("doc"))}
    command = [str(Path(sys.executable).with_name("ansible-doc")), "--json", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def operation(module: str) -> Operation:
    found: Operation = importlib.import_module(f"{MODULE_PACKAGE}.{module}").OPERATION
    return found


def comparable(options: Mapping[str, Any], nested: str) -> dict[str, Any]:
    """Options of a spec or of a documentation in one form; ``nested`` is what each calls the options of a dict."""
    return {
        name: {
            "type": option.get("type", "str"),
            "elements": option.get("elements"),
            "choices": option.get("choices"),
            "default": option.get("default"),
            "required": option.get("required", False),
            "aliases": option.get("aliases") or [],
            "suboptions": comparable(option.get(nested) or {}, nested),
        }
        for name, option in options.items()
    }


def all_options(options: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, option in options.items():
        yield name, option
        yield from all_options(option.get("options") or {})


@pytest.mark.parametrize("module", MODULES)
def test_documented_options_are_those_of_the_spec(module: str, documented: dict[str, Any]) -> None:
    spec = operation(module).spec.options
    assert comparable(documented[module]["doc"].get("options") or {}, "suboptions") == comparable(spec, "options")


@pytest.mark.parametrize("module", MODULES)
def test_environment_variables_are_named_with_their_options(module: str, documented: dict[str, Any]) -> None:
    options = documented[module]["doc"].get("options") or {}
    for name, option in operation(module).spec.options.items():
        for variable in option.get("fallback", (None, []))[1]:
            assert f"E({variable})" in "".join(options[name]["description"])


@pytest.mark.parametrize("module", MODULES)
def test_secrets_are_hidden_and_what_only_looks_like_one_says_so(module: str) -> None:
    for name, option in all_options(operation(module).spec.options):
        if LIKE_SECRET.search(name) and option.get("type") != "bool":
            harmless = name in HARMLESS or (module, name) in HARMLESS
            assert bool(SECRET.search(name)) or harmless, f"decide whether {name} is a secret"
            assert option.get("no_log") is not harmless, name
            assert "no_log" in option, name


def test_every_module_has_an_action_and_every_action_a_module() -> None:
    assert sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py")) == MODULES


def test_every_module_is_in_one_action_group_and_says_so(documented: dict[str, Any]) -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    assert sorted([*IN_NO_GROUP, *(name for names in groups.values() for name in names)]) == MODULES
    for group, names in groups.items():
        for name in names:
            membership = documented[name]["doc"]["attributes"]["action_group"]["membership"]
            assert membership == [f"{COLLECTION}.{group}"]


@pytest.mark.parametrize("path", ["plugins/modules/*.py", "roles/*/meta/argument_specs.yml"])
def test_everything_says_since_which_release_it_is_there(path: str) -> None:
    this = _version(yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"])
    for file in ROOT.glob(path):
        versions = re.findall(r"^ *version_added: (\S+)$", file.read_text(), re.MULTILINE)
        assert versions, file
        assert all(FIRST_RELEASE <= _version(version) <= this for version in versions), file


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


@pytest.mark.parametrize("module", MODULES)
def test_every_attribute_is_documented(module: str, documented: dict[str, Any]) -> None:
    attributes = documented[module]["doc"]["attributes"]
    assert {"action", "async", "check_mode", "diff_mode", "idempotent"} <= set(attributes)
    assert all(attribute["support"] for attribute in attributes.values())


@pytest.mark.parametrize("module", MODULES)
def test_every_returned_value_says_when_it_is_there_and_what_it_is(module: str, documented: dict[str, Any]) -> None:
    for place, value in _returned(documented[module]["return"]):
        assert value["description"], place
        assert value["returned"], place
        assert value["type"] in {"bool", "dict", "int", "list", "str"}, place
        assert ("elements" in value) == (value["type"] == "list"), place
        assert "contains" in value or "sample" in value, place


def _returned(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in values.items():
        yield prefix + name, value
        yield from _returned(value.get("contains") or {}, f"{prefix}{name}.")


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_tasks_that_the_specs_accept(module: str, documented: dict[str, Any]) -> None:
    tasks = yaml.safe_load(documented[module]["examples"])
    used = [_check_task(task) for task in tasks]
    assert f"{COLLECTION}.{module}" in used


def _check_task(task: Mapping[str, Any]) -> str:
    """Check one task of an example and return the action that it uses."""
    [action] = set(task) - TASK_KEYWORDS
    namespace, _, name = action.rpartition(".")
    assert task["name"]
    if namespace != COLLECTION:
        assert namespace == "ansible.builtin"
        return str(action)
    options = dict(task[action] or {})
    spec = operation(name).spec
    result = ArgumentSpecValidator(dict(spec.options), **spec.rules()).validate(options)
    assert not result.error_messages
    secret = {option for option, rules in spec.options.items() if rules.get("no_log")}
    assert all("{{" in str(value) for option, value in options.items() if option in secret)
    return str(action)


@pytest.mark.parametrize("role", ROLES)
def test_a_roles_defaults_are_those_that_it_documents(role: str) -> None:
    defaults = yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text())
    own = {name: option for name, option in role_options(role).items() if name.startswith(f"{role}_")}
    assert {name: option["default"] for name, option in own.items() if "default" in option} == defaults


@pytest.mark.parametrize("role", ROLES)
def test_a_role_documents_variables_of_another_as_that_does(role: str) -> None:
    for name, option in role_options(role).items():
        owner = role_options(name.partition("_")[0])
        assert (option["type"], option.get("default")) == (owner[name]["type"], owner[name].get("default")), name
        assert option["description"], name


def test_the_roles_render(tmp_path_factory: pytest.TempPathFactory) -> None:
    names = [f"{COLLECTION}.{role}" for role in ROLES]
    assert sorted(_ansible_doc(tmp_path_factory, "-t", "role", *names)) == names


def role_options(role: str) -> dict[str, Any]:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())
    options: dict[str, Any] = specs["argument_specs"]["main"]["options"]
    return options


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_lists_every_variable_with_its_default(readme: str) -> None:
    listed = {name: cells[-1] for name, cells in table(readme, "variables")}
    options = {name: option for role in ROLES for name, option in role_options(role).items()}
    access = {f"kubesphere_{name}": option for name, option in ACCESS_OPTIONS.items()}
    more = {name: {"default": default} for name, default in CLUSTER_VARIABLES.items()}
    assert listed == {name: _default(option) for name, option in {**options, **access, **more}.items()}


def _default(option: Mapping[str, Any]) -> str:
    """Return an option's default as the tables show it; nothing for what is empty."""
    default = option.get("default")
    if default in (None, "", [], {}):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_lists_what_the_playbooks_take(readme: str) -> None:
    text = "".join(path.read_text() for path in (ROOT / "playbooks").glob("*.yml"))
    taken = set(re.findall(r"\bkubesphere_\w+", text))
    assert {name for name, _ in table(readme, "playbook-variables")} == taken


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_lists_every_module(readme: str) -> None:
    assert sorted(name for name, _ in table(readme, "modules")) == MODULES


def table(readme: str, marker: str) -> list[tuple[str, list[str]]]:
    """Return first cell (without its code marks) and other cells of each row of the tables below a marker."""
    text = (ROOT / readme).read_text().split(f"<!-- {marker} -->")[1].partition("\n#")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:3] == "| `"]
    return [(row[0].strip("`"), row[1:]) for row in rows]


@pytest.mark.parametrize(
    "pattern", [r"^```.*?^```", r"\]\((?!README)[^)]+\)", r"^#+ ", r"^[0-9]+\. ", r"^- ", r"^\| `\w+`"]
)
def test_the_readmes_have_the_same_commands_links_and_structure(pattern: str) -> None:
    english, chinese = (
        re.findall(pattern, (ROOT / readme).read_text(), re.MULTILINE | re.DOTALL) for readme in READMES
    )
    assert english
    assert english == chinese


@pytest.fixture(scope="module")
def collected() -> list[str]:
    """The tests that there are, in the folders of which READMEs name some by a word (``-k``)."""
    folders = {command.split()[0] for readme in READMES for _version, cell in commands_of(readme) for command in cell}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *sorted(folders)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return [line for line in done.stdout.splitlines() if "::" in line]


def commands_of(readme: str) -> list[tuple[str, list[str]]]:
    """Release of KubeSphere -> the arguments of pytest that a README names for it."""
    rows = re.findall(r"^\| (\d\.\d) \|.*\| ([^|]*) \|$", (ROOT / readme).read_text(), re.MULTILINE)
    return [(version, re.findall(r"`([^`]+)`", cell)) for version, cell in rows]


@pytest.mark.parametrize("readme", READMES)
def test_each_release_names_tests_that_there_are(readme: str, collected: list[str]) -> None:
    assert [version for version, _commands in commands_of(readme)] == list(SUPPORTED)
    for version, commands in commands_of(readme):
        assert f"tests/system/matrix -k {version}" in commands
        for command in commands:
            place, _k, word = command.partition(" -k ")
            assert any(test.startswith(place) and word in test for test in collected), command


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md")) + sorted(ROOT.glob("roles/*/*.md"))
)
def test_links_to_files_of_the_repository_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        assert link.startswith("https://") or (path.parent / link).exists(), link
