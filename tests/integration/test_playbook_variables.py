# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extra variables of the playbooks: an error in them ends each playbook in its first task, with all other errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.support.plays.controller import REPOSITORY, Run
from tests.support.plays.cores import NEWEST, OLDEST, venv_with
from tests.support.plays.environment import Environment, environment

PLAYBOOKS = ("site", "teardown", "chats")
#: The playbooks that change nothing.
READING = ("verify", "doctor")
#: Inventories; `bastion` is not a cluster.
CLUSTER = {"shanghai": None}
INVENTORY = {"all": {"hosts": {"bastion": None}, "children": {"fleet": {"hosts": CLUSTER}, "nobody": None}}}
HINT = "set the name of one group with hosts (all, fleet, ungrouped), or leave it out for all hosts"
#: Kind of error -> value of `kubesphere_group`, and the error.
GROUPS: dict[str, tuple[Any, str]] = {
    "misspelt": ("flet", f"kubesphere_group: group 'flet' is not in the inventory; {HINT}"),
    "another case": ("Fleet", f"kubesphere_group: group 'Fleet' is not in the inventory; {HINT}"),
    "a host": ("shanghai", f"kubesphere_group: group 'shanghai' is not in the inventory; {HINT}"),
    "without hosts": ("nobody", f"kubesphere_group: group 'nobody' has no hosts; {HINT}"),
    "empty": ("", f"kubesphere_group: group '' is not in the inventory; {HINT}"),
    "a number": (5, f"kubesphere_group: 5 is not the name of a group; {HINT}"),
    "a boolean": (True, f"kubesphere_group: True is not the name of a group; {HINT}"),
    "null": (None, f"kubesphere_group: None is not the name of a group; {HINT}"),
    "a list": (["fleet"], f"kubesphere_group: ['fleet'] is not the name of a group; {HINT}"),
    "a map": ({"fleet": 1}, f"kubesphere_group: {{'fleet': 1}} is not the name of a group; {HINT}"),
}


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with environment(tmp_path_factory.mktemp("variables"), {"shanghai": "3.4"}) as site:
        yield site


@pytest.fixture(params=[NEWEST, OLDEST])
def site(request: pytest.FixtureRequest, single: Environment) -> Iterator[Environment]:
    single.controller.venv = venv_with(request.param)
    single.controller.hosts.write_text(yaml.safe_dump(INVENTORY, sort_keys=False))
    variables = single.controller.inventory / "group_vars" / "all" / "zz.yml"
    before = variables.read_text()
    yield single
    variables.write_text(before)


def refused(site: Environment, playbook: str, extra: dict[str, Any] | None = None) -> list[str]:
    """Return the errors of a run that must end in its first task, without any request."""
    run = site.run(playbook, extra=extra).must(succeed=False)
    assert {item.action.rpartition(".")[2] for item in run.results} <= {"fleet_chats", "run_summary"}
    assert run.summary == [f"FAILED chats and robots: {first_line(run)}. No cluster was configured."]
    assert site.requests == {"shanghai": []}
    assert site.calls == []
    errors: list[str] = run.one("fleet_chats")["errors"]
    return errors


def first_line(run: Run) -> str:
    return str(run.one("fleet_chats")["msg"].partition("\n")[0].rstrip(".:"))


#: Each kind of value, for the playbooks whose first play selects its hosts as `site` does.
OF_OTHERS = ("misspelt", "without hosts", "null", "a list")


def test_the_first_play_of_each_playbook_selects_its_hosts_alike() -> None:
    paths = [REPOSITORY / "playbooks" / f"{name}.yml" for name in (*PLAYBOOKS, *READING)]
    assert len({yaml.safe_load(path.read_text())[0]["hosts"] for path in paths}) == 1


@pytest.mark.parametrize(
    ("name", "playbook"),
    [(name, playbook) for name in GROUPS for playbook in PLAYBOOKS if playbook == "site" or name in OF_OTHERS],
)
def test_a_wrong_group_is_an_error(site: Environment, name: str, playbook: str) -> None:
    value, expected = GROUPS[name]
    assert refused(site, playbook, {"kubesphere_group": value}) == [expected]


@pytest.mark.parametrize("playbook", READING)
@pytest.mark.parametrize("tags", [[], ["--tags", "team"]], ids=["no tags", "another tag"])
def test_a_wrong_group_is_never_a_success(site: Environment, playbook: str, tags: list[str]) -> None:
    run = site.run(playbook, *tags, extra={"kubesphere_group": "flet"}).must(succeed=False)
    assert "kubesphere_group: group 'flet' is not in the inventory; set the name" in run.prose
    assert site.calls == []


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_an_inventory_without_hosts_is_an_error(site: Environment, playbook: str) -> None:
    site.controller.hosts.write_text("all: {}")
    [error] = refused(site, playbook)
    assert error.startswith("the inventory has no hosts; set its path with -i")


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_variables_of_plays_in_the_inventory_are_an_error(site: Environment, playbook: str) -> None:
    site.controller.hosts.write_text(yaml.safe_dump({"all": {"hosts": CLUSTER}}))
    site.controller.vars("all", kubesphere_group="all", kubesphere_serial=1)
    group, serial = refused(site, playbook)
    assert group.startswith("kubesphere_group: has no effect in the inventory")
    assert serial.startswith("kubesphere_serial: has no effect in the inventory")


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_all_errors_are_in_one_message(site: Environment, playbook: str) -> None:
    site.controller.vars("all", kubesphere_kubeconfig="/nowhere/kubeconfig", kubesphere_api_username="me")
    extra = {
        "kubesphere_group": "fleet",
        "kubesphere_serial": 0,
        "kubesphere_max_fail_percentage": "20%%",
        "kubesphere_install_timeout": "{{ nowhere }}",
    }
    places = (
        "kubesphere_serial: 0 is not a number from 1",
        "kubesphere_max_fail_percentage: '20%%' is not a number from 0 to 100",
        "kubesphere_install_timeout: its template uses an undefined variable",
        "shanghai: kubesphere_* variables: parameters are required together: api_username",
        "shanghai: kubesphere_kubeconfig: '/nowhere/kubeconfig' cannot be read",
    )
    errors = refused(site, playbook, extra)
    assert len(errors) == len(places)
    assert all(error.startswith(place) for error, place in zip(errors, places, strict=True)), errors


@pytest.mark.parametrize("playbook", ["site", "teardown"])
def test_a_wrong_group_selects_no_cluster_without_the_first_task(site: Environment, playbook: str) -> None:
    run = site.run(playbook, "--start-at-task", "Check the clusters of this batch", extra={"kubesphere_group": "flet"})
    assert run.returncode != 0
    assert "kubesphere_group is not a group of the inventory" in run.output
    assert "Traceback" not in run.output
    assert site.requests == {"shanghai": []}


def test_a_group_selects_the_clusters(site: Environment) -> None:
    run = site.run("site", "--check", extra={"kubesphere_group": "fleet"}).must()
    assert list(run.of("cluster_config")) == ["shanghai"]
    assert list(site.run("teardown", extra={"kubesphere_group": "fleet"}).must().of("cluster_config")) == ["shanghai"]
