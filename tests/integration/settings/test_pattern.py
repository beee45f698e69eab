# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pattern for Ansible Automation Platform: its job templates with the answers of their surveys, which are texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.plays.environment import Environment, environment
from tests.support.testbed.stand_ins.monitoring import Monitoring
from tests.support.testbed.stand_ins.notifying import notifying

Json = dict[str, Any]
PATTERN = Path(__file__).parents[3] / "extensions" / "patterns" / "kubesphere_alerts"
TEMPLATES: list[Json] = json.loads((PATTERN / "meta" / "pattern.json").read_text())["aap_resources"][
    "controller_job_templates"
]
#: Answers instead of the defaults.
OTHERS = {
    "site.yml": {"kubesphere_serial": "1", "kubesphere_max_fail_percentage": "0", "kubesphere_verify": "true"},
    "doctor.yml": {"kubesphere_doctor_level": "static", "kubesphere_doctor_fail_on": "never"},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with environment(tmp_path_factory.mktemp("pattern"), {"shanghai": "3.4", "lab": "3.3"}) as found:
        found.site()
        yield found


@contextmanager
def answering(site: Environment, playbook: str) -> Iterator[None]:
    """Run the programs on the clusters that a playbook asks."""
    if playbook == "doctor.yml":
        for cluster in site.clusters.values():
            Monitoring(cluster)
        yield
        return
    with notifying(site.clusters, site.dingtalk):
        yield


def answers(template: Json) -> dict[str, str]:
    """Return the default answers of a job template's survey, as extra variables."""
    return {question["variable"]: question["default"] for question in template.get("survey", {}).get("spec", [])}


def test_each_playbook_has_a_job_template() -> None:
    assert sorted(template["playbook"] for template in TEMPLATES) == sorted(
        path.name for path in (PATTERN / "playbooks").iterdir()
    )


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: str(template["playbook"]))
def test_a_job_template_runs_with_the_answers_of_its_survey(site: Environment, template: Json) -> None:
    playbook = PATTERN / "playbooks" / str(template["playbook"])
    usual = answers(template)
    others = OTHERS.get(playbook.name, {})
    assert others.keys() <= usual.keys()
    with answering(site, playbook.name):
        site.controller.run(playbook, extra=usual).must()
        site.controller.run(playbook, extra={**usual, **others}).must()


def test_an_answer_that_is_no_number_is_an_error_of_its_variable(site: Environment) -> None:
    playbook = PATTERN / "playbooks" / "site.yml"
    done = site.controller.run(playbook, extra={"kubesphere_max_fail_percentage": "few"}).must(succeed=False)
    assert "kubesphere_max_fail_percentage: " in done.prose
