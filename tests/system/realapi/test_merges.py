# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Concurrent changes between reads and writes: no unmanaged value is lost, and the desired state is applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.apply import ATTEMPTS, planned
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.plan import DesiredObject
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import ClusterError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.router import ObjectRouter
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.shared_configmap import (
    ATTEMPTS as RECORD_ATTEMPTS,
)
from tests.support.testbed import Cluster
from tests.system.realapi.concurrent_editors import OtherEditor, RacedCluster, head
from tests.system.realapi.installation import ALERTMANAGER, RECORD, Installation
from tests.system.realapi.leaves import DOCUMENT, LISTS, Leaves, leaves, put_in
from tests.system.realapi.oracle import Expected
from tests.system.realapi.stories import STORIES, VALUES, Chapter, Story, accepted

#: Minimum number of concurrent writes between a read and a write, in all stories together.
MIN_RACES = {"embedded": 1000, "real": 50}
STORIES_PER_ROUND = 5

#: Initial configuration of Alertmanager; short, as it is edited many times.
CONFIGURATION = """\
route:
  receiver: Default
  repeat_interval: 12h
  routes:
  - match: {alertname: Watchdog}
    receiver: "Default"  # comment
receivers:
- name: Default
"""


def desired(path: str, desired_leaves: Leaves | None) -> DesiredObject:
    """Return the desired object with these leaves, with edits of a document as a mapping; None removes all fields."""
    manifest = {key: value for key, value in head(path).items() if key != "spec"}
    reference = ObjectRef.of(manifest, path)
    if desired_leaves is None:
        return DesiredObject(reference, None)
    document: dict[str, Any] = {}
    for leaf, value in desired_leaves.items():
        if leaf[: len(DOCUMENT)] == DOCUMENT:
            put_in(document, leaf[len(DOCUMENT) :], leaf[:-1] in LISTS, value)
        else:
            put_in(manifest, leaf, leaf[:-1] in LISTS, value)
    return DesiredObject(reference, {**manifest, **({"stringData": {DOCUMENT[1]: document}} if document else {})})


class Stage:
    """Plays one story on a cluster and compares the live objects with the expected ones after each chapter."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._editor = OtherEditor(cluster)
        self._expected: dict[str, Expected] = {}
        self._pending: dict[str, list[Any]] = {}
        self._notes = 0
        self.races = 0

    def play(self, story: Story) -> None:
        self._cluster.patch(ALERTMANAGER, {"stringData": {DOCUMENT[1]: CONFIGURATION}})
        for path, edits in story.initial.items():
            if edits is not None:
                self._editor.edit(path, accepted(edits, None))
            live = self._cluster.find(path)
            self._expected[path] = Expected(leaves(live) if live else None)
        for chapter in story.chapters:
            self._run(chapter)
        config_map = self._cluster.find(RECORD) or {}
        assert set(config_map.get("data") or {}) == {f"note-{number}" for number in range(self._notes)}

    def _run(self, chapter: Chapter) -> None:
        note = {("data", f"note-{self._notes}"): "unmanaged"}
        self._notes += 1
        self._pending = {path: list[Any](edits) for path, edits in chapter.races.items()} | {RECORD: [note]}
        desired_leaves = chapter.desired_leaves if chapter.desired_leaves is not None else dict.fromkeys(VALUES)
        cluster = RacedCluster(self._cluster, self._edit_concurrently)
        desired_objects = [desired(path, leaves) for path, leaves in desired_leaves.items()]
        planned(ObjectRouter(cluster), {"stories": desired_objects}).execute()
        for edits in self._pending[RECORD]:
            self._editor.edit(RECORD, edits)
        for path, expected in self._expected.items():
            self._compare(path, expected, chapter)

    def _edit_concurrently(self, path: str) -> None:
        if self._pending[path]:
            expected = self._expected.get(path, Expected())
            edits = accepted(self._pending[path].pop(0), expected.leaves)
            self.races += self._editor.edit(path, edits)
            expected.edit(edits)

    def _compare(self, path: str, expected: Expected, chapter: Chapter) -> None:
        live = self._cluster.find(path)
        found = leaves(live) if live else None
        if chapter.desired_leaves is not None:
            expected.apply(chapter.desired_leaves[path])
        else:
            expected.remove()
            if expected.leaves is None and found is not None and all(leaf[0] == "metadata" for leaf in found):
                return  # The empty maps that others created still exist.
        assert found == expected.leaves, path


def test_no_unmanaged_value_is_lost_and_the_desired_state_is_applied(installations: Mapping[str, Installation]) -> None:
    installation = installations["three"]
    races = 0

    # Stories are too slow for hypothesis to shrink them. Each round has different stories, also in CI.
    @settings(
        max_examples=STORIES_PER_ROUND,
        deadline=None,
        derandomize=False,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(STORIES)
    def play(story: Story) -> None:
        nonlocal races
        installation.restored()
        stage = Stage(installation.cluster)
        stage.play(story)
        races += stage.races

    while races < MIN_RACES["embedded" if installation.cluster.simulator else "real"]:
        play()


@pytest.mark.parametrize("path", [*VALUES, RECORD])
def test_retries_are_limited_and_the_conflict_is_reported(cluster: Cluster, path: str) -> None:
    editor, times = OtherEditor(cluster), 0

    def interfere(written: str) -> None:
        nonlocal times
        if written == path:
            times += 1
            editor.edit(path, {("metadata", "annotations", "note"): str(times)})

    interfere(path)
    target = ALERTMANAGER if path == RECORD else path
    labelled = desired(target, {("metadata", "labels", "label"): "managed"})
    with pytest.raises(ClusterError, match="was modified concurrently") as caught:
        planned(ObjectRouter(RacedCluster(cluster, interfere)), {"stories": [labelled]}).execute()
    attempts = RECORD_ATTEMPTS if path == RECORD else ATTEMPTS
    assert times == 1 + attempts
    assert path.rpartition("/")[2] in caught.value.message
    assert f"{attempts - 1} retries failed" in caught.value.message
    assert "Run again when no one else is editing it" in caught.value.message
