# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that a cluster's release or role leaves without effect are named."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.release_variables import (
    RULES,
    warn_of_unread,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.facts import Facts
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.releases import KUBESPHERE_4, SUPPORTED

Json = dict[str, Any]
CLUSTERS = [*product(SUPPORTED, ("single", "host", "member"))]
API = {f"kubesphere_api_{name}": "x" for name in ("url", "username", "password", "token", "ca_cert")}
MEMBERS_OF_4 = {(release, "member") for release in KUBESPHERE_4}
MEMBERS_OF_3 = {(release, "member") for release in SUPPORTED} - MEMBERS_OF_4
#: Variables, the feature whose task reads them -> the clusters on which they have an effect.
READ: list[tuple[Json, str, set[tuple[str, str]]]] = [
    *(({name: "x"}, "alerting", {*CLUSTERS} - MEMBERS_OF_3) for name in API),
    ({"alerting_alertmanager_url": "http://192.0.2.10:31093"}, "alerting", MEMBERS_OF_4),
    ({"kubesphere_cluster_name": "other"}, "alerting", MEMBERS_OF_4),
    ({"notification_cluster_name": "other"}, "notification", {*CLUSTERS} - MEMBERS_OF_4),
]


def facts(release: str, role: str) -> Facts:
    is_4 = release in KUBESPHERE_4
    return Facts(release, release, is_4, role, {}, "", "", "", "", "", "", False, False, False)


def warnings(feature: str, release: str, role: str, **variables: Any) -> list[str]:
    return warn_of_unread(feature, {"inventory_hostname": "shanghai", **variables}, facts(release, role))


@pytest.mark.parametrize(("release", "role"), CLUSTERS)
@pytest.mark.parametrize(
    ("variables", "feature", "read"), READ, ids=lambda item: "" if isinstance(item, set) else str(item)[:40]
)
def test_a_variable_is_named_where_it_is_not_read(
    release: str, role: str, variables: Json, feature: str, read: set[tuple[str, str]]
) -> None:
    found = warnings(feature, release, role, **variables)
    assert len(found) == ((release, role) not in read)
    [name] = variables
    expected = (
        f"{name}: no effect on this cluster, whose KubeSphere is {release} and whose role is {role}; read only on"
    )
    assert all(text.startswith(expected[:-2]) for text in found)


def test_each_rule_has_a_row() -> None:
    assert {name for rule in RULES for name in rule.variables} == {name for row in READ for name in row[0]}
    assert all(rule.feature in {row[1] for row in READ if name in row[0]} for rule in RULES for name in rule.variables)


def test_variables_of_one_rule_are_one_warning_without_their_values() -> None:
    [warning] = warnings("alerting", "3.4", "member", **dict.fromkeys(API, "s3cret"))
    assert warning.startswith(
        "kubesphere_api_url, kubesphere_api_username, kubesphere_api_password, kubesphere_api_token"
    )
    assert "s3cret" not in warning


@pytest.mark.parametrize("value", [None, "", "shanghai"])
def test_a_variable_that_is_not_set_is_not_named(value: Any) -> None:
    values = {**dict.fromkeys(API, value), "kubesphere_cluster_name": value, "alerting_alertmanager_url": value}
    assert warnings("alerting", "3.4", "member", **values) == []


def test_a_task_without_the_feature_does_not_name_it() -> None:
    assert warnings("alertmanager", "3.4", "member", **API) == []
