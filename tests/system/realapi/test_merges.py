# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else changes the same objects between our reads and our writes: nothing of theirs is lost, ours is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.apply import ATTEMPTS, apply
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.plan import DesiredObject
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import ClusterError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.router import ObjectRouter
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.shared_configmap import (
    ATTEMPTS as RECORD_ATTEMPTS,
)
from tests.support.testbed import Cluster
from tests.system.realapi.concurrent_editors import RacedCluster, Rival, head
from tests.system.realapi.installation import ALERTMANAGER, RECORD, Installation, find
from tests.system.realapi.leaves import DOCUMENT, LISTS, Leaves, leaves, put_in
from tests.system.realapi.oracle import Expected
from tests.system.realapi.stories import STORIES, VALUES, Chapter, Story, accepted

#: Writes of somebody else between a read and a write of ours, in all stories together.
ENOUGH = {"embedded": 1000, "real": 50}
STORIES_IN_A_ROUND = 5

#: Alertmanager's configuration at the beginning: what is edited a thousand times need not be long.
SHORT = """\
route:
  receiver: Default
  repeat_interval: 12h
  routes:
  - match: {alertname: Watchdog}
    receiver: "Default"  # theirs
receivers:
- name: Default
"""


def desired(path: str, desired_leaves: Leaves | None) -> DesiredObject:
    """The wish that has these leaves, edits of a document as a map in place of its text; None takes all back."""
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
    """Plays one story on a cluster and compares what stands there after each chapter with what must."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._rival = Rival(cluster)
        self._expected: dict[str, Expected] = {}
        self._pending: dict[str, list[Any]] = {}
        self._notes = 0
        self.races = 0

    def play(self, story: Story) -> None:
        self._cluster.patch(ALERTMANAGER, {"stringData": {DOCUMENT[1]: SHORT}})
        for path, edits in story.beginning.items():
            if edits is not None:
                self._rival.act(path, accepted(edits, None))
            live = find(self._cluster, path)
            self._expected[path] = Expected(leaves(live) if live else None)
        for chapter in story.chapters:
            self._run(chapter)
        left = find(self._cluster, RECORD) or {}
        assert set(left.get("data") or {}) == {f"note-{number}" for number in range(self._notes)}

    def _run(self, chapter: Chapter) -> None:
        note = {("data", f"note-{self._notes}"): "theirs"}
        self._notes += 1
        self._pending = {path: list[Any](edits) for path, edits in chapter.races.items()} | {RECORD: [note]}
        desired_leaves = chapter.desired_items if chapter.desired_items is not None else dict.fromkeys(VALUES)
        cluster = RacedCluster(self._cluster, self._meanwhile)
        stories = [desired(path, leaves) for path, leaves in desired_leaves.items()]
        apply(ObjectRouter(cluster), {"stories": stories})
        for edits in self._pending[RECORD]:
            self._rival.act(RECORD, edits)
        for path, expected in self._expected.items():
            self._compare(path, expected, chapter)

    def _meanwhile(self, path: str) -> None:
        if self._pending[path]:
            expected = self._expected.get(path, Expected())
            edits = accepted(self._pending[path].pop(0), expected.there)
            self.races += self._rival.act(path, edits)
            expected.foreign(edits)

    def _compare(self, path: str, expected: Expected, chapter: Chapter) -> None:
        live = find(self._cluster, path)
        found = leaves(live) if live else None
        if chapter.desired_items is not None:
            expected.apply_desired(chapter.desired_items[path])
        else:
            expected.taken_back()
            if expected.there is None and found is not None and all(leaf[0] == "metadata" for leaf in found):
                return  # the maps that somebody else made are still there, empty
        assert found == expected.there, path


def test_nothing_foreign_is_lost_and_ours_is_there(installations: Mapping[str, Installation]) -> None:
    installation = installations["three"]
    races = 0

    # A story takes too long for it to be told shorter and shorter. Each round of them is another one, also in CI.
    @settings(
        max_examples=STORIES_IN_A_ROUND,
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

    while races < ENOUGH["embedded" if installation.cluster.simulator else "real"]:
        play()


@pytest.mark.parametrize("path", [*VALUES, RECORD])
def test_retries_are_bounded_and_the_message_says_why(cluster: Cluster, path: str) -> None:
    rival, times = Rival(cluster), 0

    def interfere(written: str) -> None:
        nonlocal times
        if written == path:
            times += 1
            rival.act(path, {("metadata", "annotations", "note"): str(times)})

    interfere(path)
    target = ALERTMANAGER if path == RECORD else path
    ours = desired(target, {("metadata", "labels", "label"): "ours"})
    with pytest.raises(ClusterError, match="Somebody else keeps changing the object") as caught:
        apply(ObjectRouter(RacedCluster(cluster, interfere)), {"stories": [ours]})
    attempts = RECORD_ATTEMPTS if path == RECORD else ATTEMPTS
    assert times == 1 + attempts
    assert path.rpartition("/")[2] in caught.value.message
    assert f"{attempts} attempts" in caught.value.message
    assert "Run again when they are done" in caught.value.message
