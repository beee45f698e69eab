# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ``alertmanager_config`` on a cluster with the default configuration."""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.integrations import INTEGRATIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.alertmanager_config import OPERATION
from tests.support.fixtures.cluster import Run
from tests.support.testbed import Cluster
from tests.unit.apply.styles import STYLES

SECRETS = "/api/v1/namespaces/kubesphere-monitoring-system/secrets"


def text(cluster: Cluster, name: str = "alertmanager-main") -> str:
    return base64.b64decode(cluster.get(f"{SECRETS}/{name}")["data"]["alertmanager.yaml"]).decode()


def document(cluster: Cluster) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(text(cluster))
    return parsed


def test_only_desired_fields_change(run: Run, cluster: Cluster) -> None:
    before = text(cluster)
    result = run(OPERATION, route={"repeat_interval": "2h"})
    assert result["changed"]
    differing = [(a, b) for a, b in zip(before.splitlines(), text(cluster).splitlines(), strict=True) if a != b]
    assert [(a.replace("12h", "2h"), a) for a, b in differing] == [(b, a) for a, b in differing]
    assert len(differing) == 1
    assert not run(OPERATION, route={"repeat_interval": "2h"})["changed"]


def test_diff_shows_harmless_values_and_hides_all_others(run: Run) -> None:
    receiver = {"name": "team-a", "webhook_configs": [{"url": "http://user:hunter2-password@example.invalid"}]}
    result = run(OPERATION, route={"repeat_interval": "2h"}, receivers=[receiver])
    shown = str(result)
    assert "/route/repeat_interval: 12h" in shown
    assert "/route/repeat_interval: 2h" in shown
    assert "/receivers/[name=team-a]: <hidden>" in shown
    assert "hunter2" not in shown


def test_fields_of_earlier_tasks_remain_and_absent_restores_all(run: Run, cluster: Cluster) -> None:
    before = document(cluster)
    run(OPERATION, route={"repeat_interval": "2h"})
    run(OPERATION, route={"group_by": ["namespace"]}, **{"global": {"resolve_timeout": "1m"}})
    assert document(cluster)["route"]["repeat_interval"] == "2h"
    assert document(cluster)["global"] == {"resolve_timeout": "1m"}
    run(OPERATION, receivers=[{"name": "team-a"}])
    run(OPERATION, state="absent")
    assert document(cluster) == before


@pytest.mark.parametrize("check_mode", [False, True])
def test_failing_command_prevents_the_write(run: Run, cluster: Cluster, tmp_path: Path, check_mode: bool) -> None:
    before = text(cluster)
    script = tmp_path / "refuse.py"
    script.write_text("import sys; print(open(sys.argv[1]).read()); sys.exit('not this one')")
    command = f"{sys.executable} {script} %s"
    result = run(OPERATION, check_mode=check_mode, route={"repeat_interval": "2h"}, validate=command)
    assert result["failed"]
    assert "rejected the configuration, nothing was changed: not this one" in result["msg"]
    assert text(cluster) == before


def test_successful_command_receives_the_new_text(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "agree.py"
    script.write_text("import sys; sys.exit(0 if '2h' in open(sys.argv[1]).read() else 'old text')")
    command = f"{sys.executable} {script} %s"
    assert not run(OPERATION, route={"repeat_interval": "2h"}, validate=command).get("failed")


def test_backup_is_another_secret(run: Run, cluster: Cluster) -> None:
    before = text(cluster)
    result = run(OPERATION, route={"repeat_interval": "2h"}, backup=True)
    assert text(cluster, result["backup_secret"]) == before
    assert "backup_secret" not in run(OPERATION, route={"repeat_interval": "2h"}, backup=True)


@pytest.mark.parametrize("field", ["smtp_auth_username", "smtp_auth_password", "smtp_hello"])
@pytest.mark.parametrize("word", ["alertmanager", "main", "kubesphere", "Secret"])
def test_a_word_in_the_configuration_hides_no_name(run: Run, cluster: Cluster, field: str, word: str) -> None:
    run(OPERATION, **{"global": {field: word}})
    result = run(OPERATION, route={"repeat_interval": "2h"}, backup=True)
    assert text(cluster, result["backup_secret"])
    assert result["objects"][0]["name"] == "alertmanager-main"
    assert "****" not in str(result)
    assert "NO_LOG" not in str(result)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"route": {"repeat_interval": "soon"}}, "route.repeat_interval: invalid duration 'soon'"),
        ({"receivers": [{"webhook_configs": []}]}, "receivers[0]: name missing or not a string"),
        ({"receivers": [{"name": "a"}, {"name": "a"}]}, "receivers: duplicate receiver 'a'"),
        ({"route": {"group_by": ["a"]}, "validate": "amtool check-config"}, "validate: must contain %s"),
        ({"route": {"group_by": ["a"]}, "validate": "amtool '%s"}, "validate: invalid command (No closing quotation)"),
        ({"route": {"group_by": ["a"]}, "validate": "/no/such/amtool %s"}, "validate: /no/such/amtool cannot be run"),
        ({"route": {"group_by": ["a"]}, "secret": "other"}, "Secret kubesphere-monitoring-system/other: not found"),
    ],
)
def test_invalid_input_is_reported(run: Run, cluster: Cluster, options: dict[str, Any], expected: str) -> None:
    before = text(cluster)
    result = run(OPERATION, **options)
    assert result["failed"]
    assert expected in result["msg"]
    assert text(cluster) == before


def set_text(cluster: Cluster, name: str, value: str) -> None:
    data = {"alertmanager.yaml": base64.b64encode(value.encode()).decode()}
    metadata = {"name": name, "namespace": "kubesphere-monitoring-system"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}
    if name == "alertmanager-main":
        cluster.patch(f"{SECRETS}/{name}", {"data": data})
    else:
        cluster.post(SECRETS, secret)


@pytest.mark.parametrize("name", ["alertmanager-main", "other"])
@pytest.mark.parametrize("kind", INTEGRATIONS)
def test_an_integration_without_its_fields_is_refused(run: Run, cluster: Cluster, name: str, kind: str) -> None:
    if name == "other":
        set_text(cluster, name, text(cluster))
    before = text(cluster, name)
    result = run(OPERATION, secret=name, receivers=[{"name": "more", kind: [{}]}])
    assert result["failed"]
    assert f"[{kind}" in result["msg"].replace(f".{kind}", f"[{kind}")
    assert re.search("missing|unknown field|exactly one", result["msg"])
    assert text(cluster, name) == before


@pytest.mark.parametrize("name", ["alertmanager-main", "other"])
@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("- name: more\n  opsgenie_configs: [{}]\n", "receivers[2].opsgenie_configs[0]: missing api_key"),
        ("- name: more\n  name: more\n", "is not valid YAML in line 6, column 3: a duplicate key"),
    ],
)
def test_a_document_that_was_invalid_before_is_refused(
    run: Run, cluster: Cluster, name: str, added: str, expected: str
) -> None:
    before = f"receivers:\n- name: Default\n- name: hook\n{added}route: {{receiver: Default}}\n"
    before = before.replace("hook\n- name: more\n  name", "hook\n- name: more\n  # twice\n  name")
    set_text(cluster, name, before)
    result = run(OPERATION, secret=name, route={"repeat_interval": "2h"})
    assert result["failed"]
    assert expected in result["msg"]
    assert text(cluster, name) == before


def test_a_document_in_any_style_is_edited_and_restored(run: Run, cluster: Cluster) -> None:
    for number, (style, before) in enumerate(STYLES.items()):
        options = {"secret": f"other-{number}"}
        set_text(cluster, options["secret"], before)
        assert run(OPERATION, route={"group_interval": "7m"}, **options)["changed"], style
        assert run(OPERATION, state="absent", **options)["changed"], style
        assert text(cluster, options["secret"]) == before, style
