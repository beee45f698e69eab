# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Release detection: the served APIs take precedence over the reported version."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.releases import (
    KUBESPHERE_4,
    Release,
    detect_release,
)

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
        *(
            (FOUR, version, Release("4.2", "v2beta2", "v2beta2"))
            for version in ("4.2.0", "4.2.1", "4.2.0-20251118", "4.2.0-community")
        ),
        ({}, "3.4.1", Release("")),
    ],
)
def test_known_releases_are_detected_without_assumptions(
    served: dict[str, list[str]], version: str, expected: Release
) -> None:
    assert detect_release(served, version, is_agent=False) == expected


@pytest.mark.parametrize(
    ("served", "version", "release", "message"),
    [
        (OLDEST, "3.4.1", "3.1", "reports KubeSphere 3.4.1"),
        (GROUPS, "3.3.2", "3.4", "reports KubeSphere 3.3.2"),
        (GROUPS, "3.5.0", "3.4", "KubeSphere 3.5.0 is newer than this version"),
        (FOUR, "4.0.0", "4.1", "reports KubeSphere 4.0.0"),
        (FOUR, "4.3.0", "4.2", "KubeSphere 4.3.0 is newer than this version"),
        (FOUR, "5.0.0-rc.1", "4.2", "KubeSphere 5.0.0-rc.1 is newer than this version"),
        (FOUR, "", "4.1", "does not report its KubeSphere version"),
        # 3.3 accepts all that 3.2 does.
        (OLD, "", "3.2", "does not report its KubeSphere version"),
        (OLD, "nightly", "3.2", "does not report its KubeSphere version"),
    ],
)
def test_served_apis_take_precedence_and_the_assumption_is_reported(
    served: dict[str, list[str]], version: str, release: str, message: str
) -> None:
    found = detect_release(served, version, is_agent=False)
    assert found.line == release
    assert message in found.assumed
    assert f"handled as {release}" in found.assumed


def test_a_newer_api_version_is_treated_as_the_last_known_one() -> None:
    found = detect_release({NOTIFICATION: ["v2beta3"], EXTENSIONS: ["v1alpha1"]}, "4.3.0", is_agent=False)
    assert (found.config_version, found.manager_version) == ("v2beta3", "v2beta3")
    assert "notification.kubesphere.io/v2beta3 is assumed to have the fields of v2beta2" in found.assumed


@pytest.mark.parametrize("line", KUBESPHERE_4)
def test_a_member_in_kubesphere_4_is_detected_by_its_agent(line: str) -> None:
    found = detect_release({}, f"{line}.1", is_agent=True)
    assert found == Release(line)
    assert found.is_kubesphere_4
