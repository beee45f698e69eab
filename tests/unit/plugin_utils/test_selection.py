# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags and kubesphere_features that select nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._selection import (
    TAGS,
    misspelt_tags,
    tagged_features,
    unselected_clusters,
)

ROOT = Path(__file__).parents[3]
ALL = {"shanghai": list(FEATURES), "lab": ["notification"]}


def tags(run: str = "all", skip: str = "") -> dict[str, Any]:
    return {"ansible_run_tags": run.split(","), "ansible_skip_tags": [tag for tag in skip.split(",") if tag]}


def test_the_tags_are_those_of_the_playbooks_and_roles() -> None:
    files = [*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "roles").glob("*/tasks/*.yml")]
    found = {
        tag for file in files for names in re.findall(r"tags: \[(.*)\]", file.read_text()) for tag in names.split(", ")
    }
    assert found == set(TAGS)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("all", list(FEATURES)),
        ("deploy", list(FEATURES)),  # a tag that the user gave to the play
        ("always", list(FEATURES)),
        ("notification", ["notification"]),
        ("alerting,deploy,notification", ["notification", "alerting"]),
    ],
)
def test_tags_select_features(run: str, expected: list[str]) -> None:
    assert tagged_features(FEATURES, tags(run)) == expected


def test_tags_do_not_select_features_that_the_cluster_excludes() -> None:
    assert tagged_features(["notification"], tags("alerting")) == []


def test_without_the_variables_of_ansible_everything_is_selected() -> None:
    assert tagged_features(FEATURES, {}) == list(FEATURES)
    assert misspelt_tags({}) == []


@pytest.mark.parametrize(
    ("run", "skip", "expected"),
    [
        (
            "notifications",
            "",
            "--tags notifications: no task has this tag (did you mean notification?); supported tags: ",
        ),
        ("alertmanger,alerting", "", "--tags alertmanger: no task has this tag (did you mean alertmanager?)"),
        ("Alerting", "", "--tags Alerting: no task has this tag (did you mean alerting?)"),
        ("all", "alertmangaer", "--skip-tags alertmangaer: no task has this tag (did you mean alertmanager?)"),
        ("allways", "", "--tags allways: no task has this tag (did you mean always?)"),
    ],
)
def test_a_misspelt_tag(run: str, skip: str, expected: str) -> None:
    [message] = misspelt_tags(tags(run, skip))
    assert message.startswith(expected)


@pytest.mark.parametrize("tag", [*TAGS, "all", "tagged", "untagged", "never", "deploy", "alert", "notify"])
def test_a_tag_that_is_known_or_of_the_user(tag: str) -> None:
    assert misspelt_tags(tags(tag, tag)) == []


@pytest.mark.parametrize(
    ("run", "skip", "expected"),
    [
        ("deploy", "", "--tags deploy: selects no feature, so nothing is applied to the clusters; supported: notif"),
        ("untagged", "", "--tags untagged: selects no feature"),
        ("all", "alerting", "--skip-tags alerting: one task applies all features of a cluster, so nothing is"),
        ("notification", "alerting", "--skip-tags alerting: one task applies all features"),
        ("all", "tagged", "--skip-tags tagged: one task"),
    ],
)
def test_tags_that_leave_nothing_to_apply(run: str, skip: str, expected: str) -> None:
    [message] = unselected_clusters(tags(run, skip), ["always"], ALL)
    assert message.startswith(expected)


def test_tags_that_no_cluster_selects() -> None:
    features = {"shanghai": ["notification"], "lab": ["notification", "alertmanager"]}
    [message] = unselected_clusters(tags("alerting"), ["always"], features)
    assert message.startswith("--tags alerting: not in kubesphere_features of any cluster")


@pytest.mark.parametrize(
    ("run", "skip", "task_tags"),
    [
        ("all", "", ["always"]),
        ("alerting", "", ["always"]),
        ("tagged", "", ["always"]),
        ("always", "", ["always"]),
        ("dingtalk", "", ["always"]),
        ("deploy", "", ["always", "deploy"]),  # the user's own tag of the imported playbook
        ("deploy", "", ["dingtalk", "deploy"]),  # a role
        ("all", "alerting", []),  # chats.yml
        ("all", "deploy", ["always"]),
    ],
)
def test_tags_that_leave_something_or_are_meant_so(run: str, skip: str, task_tags: list[str]) -> None:
    assert unselected_clusters(tags(run, skip), task_tags, ALL) == []
