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
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.options import dingtalk_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import ACCESS_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.releases import SUPPORTED
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import CLUSTER_VARIABLES

ROOT = Path(__file__).parents[2]
COLLECTION = "kubesphere.dingtalk"
MODULE_PACKAGE = f"ansible_collections.{COLLECTION}.plugins.modules"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
#: The pages that there are in both languages, by the name of the English one.
BILINGUAL = ["README.md", "docs/how-it-works.md", "docs/operation.md", "docs/reference.md", "docs/releases.md"]
#: What is tested on which release.
RELEASES = "docs/releases.md"

FIRST_RELEASE = (1, 0, 0)

#: Action group -> the options that its modules share. A module without them is in no group.
GROUPS = {"dingtalk": dingtalk_spec().options, "cluster": ACCESS_OPTIONS}

SECRET = re.compile(r"pass(word)?$|secret$|token$|api_key$|webhook$")
LIKE_SECRET = re.compile(r"pass|secret|token|key|webhook")
#: Look like secrets and are names, paths or words that everybody in a chat may read.
HARMLESS = {"app_key", "client_key", "key", "keywords", ("alertmanager_config", "secret")}

TASK_KEYWORDS = {"name", "register", "run_once", "when", "loop", "vars", "delegate_to", "no_log"} | {
    "ignore_errors",
    "ignore_unreachable",
}


def both(page: str) -> list[str]:
    """Return the names of a page in English and Chinese."""
    return [page, page.replace(".md", ".zh-CN.md")]


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


def test_an_action_group_has_every_module_with_its_options(documented: dict[str, Any]) -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    options = {name: set(operation(name).spec.options) for name in MODULES}
    assert groups == {
        group: [name for name in MODULES if shared.keys() <= options[name]] for group, shared in GROUPS.items()
    }
    for name in MODULES:
        assert _groups_of(documented[name]) == {group for group, names in groups.items() if name in names}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_refers_to_others_and_to_guides(module: str, documented: dict[str, Any]) -> None:
    seealso = documented[module]["doc"]["seealso"]
    modules = [entry["module"].removeprefix(f"{COLLECTION}.") for entry in seealso if "module" in entry]
    assert modules
    assert set(modules) < set(MODULES) - {module}
    guides = {path.stem for path in (ROOT / "docs" / "docsite" / "rst").glob("*.rst")}
    references = [entry["ref"].rpartition(".docsite.")[2] for entry in seealso if "ref" in entry]
    assert set(references) <= guides
    assert references or not GROUPS.keys() & _groups_of(documented[module])


def _groups_of(module: Mapping[str, Any]) -> set[str]:
    membership = module["doc"]["attributes"].get("action_group", {}).get("membership", [])
    return {name.rpartition(".")[2] for name in membership}


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


@pytest.mark.parametrize("page", both("docs/reference.md"))
def test_every_variable_is_listed_with_its_default(page: str) -> None:
    listed = {name: cells[-1] for name, cells in table(page, "variables")}
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


@pytest.mark.parametrize("page", both("docs/operation.md"))
def test_what_the_playbooks_take_is_listed(page: str) -> None:
    text = "".join(path.read_text() for path in (ROOT / "playbooks").glob("*.yml"))
    taken = set(re.findall(r"\bkubesphere_\w+", text))
    assert {name for name, _ in table(page, "playbook-variables")} == taken


@pytest.mark.parametrize("page", both("docs/reference.md"))
def test_every_module_is_listed(page: str) -> None:
    assert sorted(name for name, _ in table(page, "modules")) == MODULES


def table(page: str, marker: str) -> list[tuple[str, list[str]]]:
    """Return first cell (without its code marks) and other cells of each row of the tables below a marker."""
    text = (ROOT / page).read_text().split(f"<!-- {marker} -->")[1].partition("\n#")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:3] == "| `"]
    return [(row[0].strip("`"), row[1:]) for row in rows]


@pytest.mark.parametrize("page", BILINGUAL)
@pytest.mark.parametrize(
    "pattern", [r"^```.*?^```", r"\]\(([^)#]+)[^)]*\)", r"^#+ ", r"^[0-9]+\. ", r"^- ", r"^\| `\w+`"]
)
def test_pages_in_both_languages_have_the_same_commands_links_and_structure(page: str, pattern: str) -> None:
    found = [re.findall(pattern, (ROOT / name).read_text(), re.MULTILINE | re.DOTALL) for name in both(page)]
    # The first link of a page leads to the other language, and other pages are linked in the reader's.
    english, in_chinese = ([link.replace(".zh-CN", "") for link in links] for links in found)
    assert english == in_chinese


def test_no_page_is_in_chinese_only_or_unknown_here() -> None:
    chinese = [*ROOT.glob("*.zh-CN.md"), *ROOT.glob("docs/*.zh-CN.md")]
    assert sorted(str(path.relative_to(ROOT)) for path in chinese) == [both(page)[1] for page in BILINGUAL]


@pytest.fixture(scope="module")
def collected() -> list[str]:
    """The tests that there are, in the folders of which pages name some by a word (``-k``)."""
    folders = {
        command.split()[0] for page in both(RELEASES) for _version, cell in commands_of(page) for command in cell
    }
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *sorted(folders)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return [line for line in done.stdout.splitlines() if "::" in line]


def commands_of(page: str) -> list[tuple[str, list[str]]]:
    """Release of KubeSphere -> the arguments of pytest that a page names for it."""
    rows = re.findall(r"^\| (\d\.\d) \|.*\| ([^|]*) \|$", (ROOT / page).read_text(), re.MULTILINE)
    return [(version, re.findall(r"`([^`]+)`", cell)) for version, cell in rows]


@pytest.mark.parametrize("page", both(RELEASES))
def test_each_release_names_tests_that_there_are(page: str, collected: list[str]) -> None:
    assert [version for version, _commands in commands_of(page)] == list(SUPPORTED)
    for version, commands in commands_of(page):
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
