# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ``doctor_report``: its files, its errors, and that none of them has a secret."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.boundary import run_operation
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._doctor.report import OPERATION
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import CATALOGUE, ROWS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.files import FORMATS
from tests.support.fixtures.dingtalk import FakeClock
from tests.support.inprocess import run, task_for
from tests.unit.report.samples import ERROR, INFO, WARNING, fleet, found, of_dingtalk, result

Json = dict[str, Any]


def files(folder: Path) -> dict[str, str]:
    return {name: str(folder / f"report.{name}") for name in FORMATS}


def test_a_success_returns_what_was_found() -> None:
    returned = run(OPERATION, {"results": {"one": result(found(WARNING, "user"))}, "app": of_dingtalk()})
    assert not returned.get("failed")
    assert (returned["success"], returned["changed"]) == (True, False)
    assert returned["counts"]["findings"] == {"error": 0, "warning": 1, "info": 0, "suppressed": 0}
    assert returned["findings"] == [{"host": "one", **found(WARNING, "user"), "first_broken": False}]
    assert returned["lines"][0] == "1 cluster: 1 with warnings; DingTalk: healthy (1 warning)"


def test_a_failure_returns_the_same() -> None:
    returned = run(OPERATION, {"results": {"one": result(found(ERROR))}, "hosts": ["one", "two"]})
    assert (returned["failed"], returned["success"]) == (True, False)
    assert returned["msg"] == "The doctor found 1 error, 1 not examined (fail_on: error). (KD604)"
    assert returned["counts"]["clusters"]["not_examined"] == 1
    assert returned["findings"][0]["first_broken"] is True


def test_the_catalogue_is_listed_without_any_result() -> None:
    returned = run(OPERATION, {"list": True})
    in_use = [row.id for row in ROWS if not row.retired]
    assert returned["success"]
    assert [row["id"] for row in returned["catalogue"]] == in_use
    assert [line[:5] for line in returned["lines"]] == in_use


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("success", [False, True])
def test_files_are_written_as_a_whole(success: bool, check_mode: bool, tmp_path: Path) -> None:
    results = {"one": result()} if success else fleet()
    old = tmp_path / "report.json"
    old.write_text("old")
    old.chmod(0o600)
    returned = run(OPERATION, {"results": results, "report": files(tmp_path)}, check_mode, clock=FakeClock())
    assert returned["success"] is success
    assert returned["changed"] is False
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json", "report.junit"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}
    assert json.loads(old.read_text())["success"] is success
    assert ElementTree.parse(tmp_path / "report.junit").getroot().tag == "testsuites"
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")


def a_folder(folder: Path) -> Json:
    (folder / "is-a-folder").mkdir()
    return {"report": {"json": str(folder / "is-a-folder")}}


def a_pipe(folder: Path) -> Json:
    os.mkfifo(folder / "pipe")
    return {"report": {"html": str(folder / "pipe")}}


def a_long_name(folder: Path) -> Json:
    return {"report": {"html": str(folder / ("n" * 300))}}


#: Fault -> options, and the error.
ERRORS: dict[str, tuple[Callable[[Path], Json], str]] = {
    "no folder": (
        lambda folder: {"report": {"json": str(folder / "none" / "report.json")}},
        "report.json: the folder {}/none does not exist; create it",
    ),
    "a folder": (a_folder, "report.json: {}/is-a-folder is a folder; set the path of a file in it"),
    "a pipe": (a_pipe, "report.html: {}/pipe is not a regular file; set another path"),
    "the same file": (
        lambda folder: {"report": {"json": f"{folder}/a", "html": f"{folder}/./a"}},
        "report.html: the same file as report.json; set another path",
    ),
    "a long name": (a_long_name, "File name too long; free space or set another path (KD113)"),
    "an unknown ID": (lambda _: {"only": ["KD3055"]}, "only[0]: unknown finding or stage 'KD3055'; nearest: KD305"),
    "another result": (
        lambda _: {"results": {"one": {"findings": [{"id": "KD305"}]}}},
        "results.one: findings[0].subject: missing; set what the tasks of the doctor return",
    ),
    "an unknown finding": (
        lambda _: {"results": {"one": {"findings": [{"id": "KD999", "subject": "", "cause": ""}]}}},
        "results.one: unknown finding 'KD999'; use the doctor of the same version of the collection",
    ),
    "an unknown stage": (
        lambda _: {"app": {"findings": [], "stages": ["cloud"]}},
        "app: unknown stage 'cloud'; the stages are inventory, dingtalk, cluster",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_error(name: str, tmp_path: Path) -> None:
    options, message = ERRORS[name]
    given_options = options(tmp_path)
    before = sorted(tmp_path.iterdir())
    returned = run(OPERATION, {"results": {"one": result()}, **given_options})
    assert (returned["failed"], returned["success"]) == (True, False)
    assert message.format(tmp_path) in returned["msg"]
    assert sorted(tmp_path.iterdir()) == before


SECRET = "Pl4nt3d.00001.zQx"
#: Texts with a secret: known to the task, or by their shape.
PLANTED = {
    "a value of the task": f"the password is {SECRET}, <b>",
    "base64": f"data: {base64.b64encode(SECRET.encode()).decode()}",
    "a webhook": f"https://oapi.dingtalk.com/robot/send?access_token={SECRET}",
    "a password in a URL": f"https://me:{SECRET}@127.0.0.1:1/",
    "a header": f"Authorization: Bearer {SECRET}",
}
PLACES: dict[str, Callable[[str], Json]] = {
    "subject": lambda text: {"results": {"one": result(found(ERROR, text))}},
    "cause": lambda text: {"results": {"one": result(found(ERROR, "", text))}},
    "cure": lambda text: {"results": {"one": result(found(ERROR, "", "", text))}},
    "message": lambda text: {"results": {"one": {"failed": True, "msg": text}}},
    "reason": lambda text: {
        "results": {"one": {"findings": [], "stages": [], "skipped": [{"stage": "rules", "because": text}]}}
    },
    "host": lambda text: {"results": {text: result(found(ERROR))}},
    "app": lambda text: {"app": of_dingtalk(found("KD101", "", text))},
}


@pytest.mark.parametrize("form", PLANTED)
@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_in_any_of_them(place: str, form: str, tmp_path: Path) -> None:
    task = task_for(OPERATION, {**PLACES[place](PLANTED[form]), "report": files(tmp_path)})
    if form in ("a value of the task", "base64"):
        task.secrets.add(SECRET)
    returned = run_operation(OPERATION, task)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert len(written) == len(FORMATS)
    for text in (json.dumps(returned), *written.values()):
        assert SECRET not in text
        assert base64.b64encode(SECRET.encode()).decode().rstrip("=") not in text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from(["one", "two"]),
        st.one_of(
            st.just({}),
            st.just({"failed": True, "msg": "no"}),
            st.builds(
                lambda identifiers: result(*map(found, identifiers)),
                st.lists(st.sampled_from([ERROR, WARNING, INFO, *CATALOGUE]), max_size=3),
            ),
        ),
    ),
    st.sampled_from(["error", "warning", "never"]),
    st.lists(st.sampled_from([ERROR, WARNING, "rules", "no-such-stage"]), max_size=1),
    st.booleans(),
)
def test_success_is_that_the_task_did_not_fail(
    tmp_path: Path, results: Json, fail_on: str, only: list[str], listed: bool
) -> None:
    report = {"json": str(tmp_path / "report.json")}
    options = {"results": results, "fail_on": fail_on, "only": only, "list": listed, "report": report}
    returned = run(OPERATION, options)
    assert returned["success"] is not returned.get("failed", False)
    if returned.get("counts"):
        assert json.loads((tmp_path / "report.json").read_text())["success"] is returned["success"]
