# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release a cluster is taken for: by what it serves, whatever it says of itself."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.releases import Release, detect_release

NOTIFICATION, ALERTING, EXTENSIONS = "notification.kubesphere.io", "alerting.kubesphere.io", "kubesphere.io"
OLDEST = {NOTIFICATION: ["v2beta1"]}
OLD = {NOTIFICATION: ["v2beta2", "v2beta1"]}
GROUPS = {**OLD, ALERTING: ["v2beta1", "v2alpha1"]}
FOUR = {NOTIFICATION: ["v2beta2"], EXTENSIONS: ["v1alpha1"]}


@pytest.mark.parametrize(
    ("served", "version", "expected"),
    [
        (OLDEST, "3.1.1", Release("3.1", "v2beta1", "v2beta1")),
        (OLD, "3.2.1", Release("3.2", "v2beta1", "v2beta2")),
        (OLD, "3.3.2", Release("3.3", "v2beta1", "v2beta2")),
        (GROUPS, "3.4.1", Release("3.4", "v2beta2", "v2beta2")),
        (FOUR, "4.1.3", Release("4.1", "v2beta2", "v2beta2")),
        ({}, "3.4.1", Release("")),
    ],
)
def test_known_releases_are_told_without_assumptions(
    served: dict[str, list[str]], version: str, expected: Release
) -> None:
    assert detect_release(served, version, is_agent=False) == expected


@pytest.mark.parametrize(
    ("served", "version", "release", "message"),
    [
        (OLDEST, "3.4.1", "3.1", "says that it runs KubeSphere 3.4.1"),
        (GROUPS, "3.3.2", "3.4", "says that it runs KubeSphere 3.3.2"),
        (GROUPS, "3.5.0", "3.4", "KubeSphere 3.5.0 is newer than this version"),
        (FOUR, "4.2.0", "4.1", "KubeSphere 4.2.0 is newer than this version"),
        (FOUR, "5.0.0-rc.1", "4.1", "KubeSphere 5.0.0-rc.1 is newer than this version"),
        (FOUR, "", "4.1", "does not say which KubeSphere it runs"),
        # both understand what 3.2 does
        (OLD, "", "3.2", "does not say which KubeSphere it runs"),
        (OLD, "nightly", "3.2", "does not say which KubeSphere it runs"),
    ],
)
def test_what_is_served_wins_and_it_is_said(
    served: dict[str, list[str]], version: str, release: str, message: str
) -> None:
    found = detect_release(served, version, is_agent=False)
    assert found.line == release
    assert message in found.assumed
    assert f"handled as {release}" in found.assumed


def test_a_later_api_is_taken_for_the_last_one_that_is_known() -> None:
    found = detect_release({NOTIFICATION: ["v2beta3"], EXTENSIONS: ["v1alpha1"]}, "4.3.0", is_agent=False)
    assert (found.config_version, found.manager_version) == ("v2beta3", "v2beta3")
    assert "notification.kubesphere.io/v2beta3 is taken to have the fields of v2beta2" in found.assumed


def test_a_member_of_four_serves_nothing_and_is_told_by_its_agent() -> None:
    assert detect_release({}, "4.1.3", is_agent=True) == Release("4.1")
