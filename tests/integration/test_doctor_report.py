# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report at the end of a play: registered results, failed and unreachable hosts, and what is printed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.plays.controller import PLUGINS, Controller, Run
from tests.support.plays.cores import NEWEST, OLDEST, venv_with
from tests.unit.report.samples import ERROR, WARNING, found, of_dingtalk, result

Json = dict[str, Any]
#: Stands in for a callback of another collection, whose output programs read.
CALLBACK = """
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "jsonl"
"""
TRAP = "{{ lookup('pipe', 'touch evaluated') }} {% raw"
RESULTS: dict[str, Json] = {
    "shanghai": result(found(ERROR, "Receiver ops", f"it is disabled {TRAP}")),
    "beijing": result(found(WARNING, "user", "It expires")),
    "lab": result(),
}


@pytest.fixture(params=[NEWEST, OLDEST])
def controller(request: pytest.FixtureRequest, tmp_path: Path) -> Controller:
    """A controller whose inventory has five hosts, one behind ssh and one that is left out."""
    made = Controller(tmp_path / "machine", venv=venv_with(request.param))
    names = [*RESULTS, "wuhan", "xian"]
    made.hosts.parent.mkdir()
    made.hosts.write_text(yaml.safe_dump({"all": {"hosts": dict.fromkeys(names, None)}}))
    made.vars("all", ansible_connection="local")
    made.vars("wuhan", ansible_connection="ssh", ansible_host="127.0.0.1", ansible_port=1)
    for name, value in RESULTS.items():
        (made.folder / f"{name}.json").write_text(json.dumps(value))
    (made.folder / "DingTalk.json").write_text(json.dumps(of_dingtalk()))
    return made


def report(controller: Controller, hosts: str = "all", *arguments: str, **options: Any) -> Run:
    """Run tasks that register results, as the doctor's would, and the report."""
    file = f"lookup('file', '{controller.folder}/' ~ inventory_hostname ~ '.json')"
    examine: list[Json] = [
        {
            "name": "Examine a cluster that is reached over ssh",
            "ansible.builtin.ping": {},
            "register": "dingtalk_doctor",
            "when": "inventory_hostname == 'wuhan'",
            "ignore_unreachable": True,
        },
        {
            "name": "Examine the other clusters",
            "ansible.builtin.set_fact": {"dingtalk_doctor": f"{{{{ {file} | from_json }}}}"},
            "when": "inventory_hostname not in ['wuhan', 'xian']",
        },
        {
            "name": "Register the result of DingTalk",
            "ansible.builtin.set_fact": {
                "dingtalk_doctor_app": f"{{{{ lookup('file', '{controller.folder}/DingTalk.json') | from_json }}}}"
            },
            "run_once": True,
        },
    ]
    task = {"name": "Report", "kubesphere.dingtalk.doctor_report": options, "run_once": True}
    plays = [{"hosts": hosts, "gather_facts": False, "tasks": [*examine, task]}]
    return controller.run(controller.playbook(plays), *arguments)


def test_every_host_of_the_play_is_reported_and_a_failure_fails_the_task(
    controller: Controller, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"
    run = report(controller, "all", report={"json": str(path)}).must(succeed=False)
    returned = run.one("doctor_report")
    assert returned["success"] is False
    assert returned["msg"] == "The doctor found 1 error, 2 not examined (fail_on: error). (KD604)"
    assert returned["lines"][0] == (
        "5 clusters: 1 with errors, 2 not examined, 1 with warnings, 1 healthy; DingTalk: healthy (1 error, 1 warning)"
    )
    for line in returned["lines"]:
        assert f"\n{line}\n" in run.stdout
    document = json.loads(path.read_text())
    clusters = {cluster["name"]: cluster for cluster in document["clusters"]}
    assert {name: cluster["state"] for name, cluster in clusters.items()} == {
        **dict.fromkeys(RESULTS, "examined"),
        **{"wuhan": "unreachable", "xian": "not-attempted"},
    }
    assert TRAP in clusters["shanghai"]["findings"][0]["cause"]
    assert not list(tmp_path.rglob("evaluated"))


def test_a_success_in_check_mode_writes_the_report(controller: Controller, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    run = report(controller, "beijing,lab", "--check", report={"html": str(path)}).must()
    returned = run.one("doctor_report")
    assert (returned["success"], returned["changed"]) == (True, False)
    assert path.exists()
    assert f"\n{returned['lines'][0]}\n" in run.stdout


def test_output_for_programs_is_not_mixed_with_lines(controller: Controller) -> None:
    plugins = controller.folder / "callback"
    plugins.mkdir()
    (plugins / "jsonl.py").write_text(CALLBACK)
    controller.environment["ANSIBLE_CALLBACK_PLUGINS"] = f"{PLUGINS / 'callback'}{os.pathsep}{plugins}"
    controller.environment["ANSIBLE_STDOUT_CALLBACK"] = "jsonl"
    run = report(controller, "lab").must()
    assert run.one("doctor_report")["lines"] == ["1 cluster and DingTalk: healthy"]
    assert "healthy" not in run.stdout


def test_nothing_examined_is_no_success(controller: Controller) -> None:
    run = report(controller, "xian", app={}).must(succeed=False)
    assert run.one("doctor_report")["success"] is False


def test_the_catalogue_is_printed(controller: Controller) -> None:
    run = report(controller, "lab", list=True).must()
    assert "\nKD604 error   notification-manager A Receiver is disabled\n" in run.stdout
    assert run.one("doctor_report")["success"] is True
