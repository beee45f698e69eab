# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which alerts a running Alertmanager mutes while others fire, many cases at once.

Each case has a label of its own, on its alerts and on both sides of its rules, so that cases do not affect each other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.support.realparts.alertmanager import alertmanager
from tests.support.testbed.fixtures import needing_real_parts

Json = dict[str, Any]
Labels = Mapping[str, str]

CASE = "case_of_the_tests"
DEADLINE_SECONDS = 20.0


@dataclass(frozen=True)
class Case:
    """Rules, alerts that fire, and another alert, which is muted or not."""

    rules: Sequence[Mapping[str, Any]]
    sources: Sequence[Labels]
    target: Labels


@dataclass
class Inhibitors:
    """Alertmanagers of each version; ``folder``: for their files."""

    folder: Path
    _known: dict[str, list[bool]] = field(default_factory=dict)
    _started: int = 0

    def muted(self, version: str, cases: Sequence[Case]) -> list[bool]:
        """Return whether the target of each case is muted; the same question is asked once."""
        question = f"{version} {cases!r}"
        if question not in self._known:
            self._started += 1
            self._known[question] = _muted(version, self.folder / str(self._started), cases)
        return self._known[question]


def _muted(version: str, folder: Path, cases: Sequence[Case]) -> list[bool]:
    last = Case([{"source_match": {"role": "source"}, "target_match": {"role": "target"}}], [], {"role": "target"})
    rules = [_within(rule, number) for number, case in enumerate([*cases, last]) for rule in case.rules]
    receivers = {"route": {"receiver": "none"}, "receivers": [{"name": "none"}]}
    text = yaml.safe_dump({**receivers, "inhibit_rules": rules})
    alerts = [
        {**labels, CASE: str(number)} for number, case in enumerate(cases) for labels in (*case.sources, case.target)
    ]
    with needing_real_parts(), alertmanager(version, folder, text) as url:
        session = requests.Session()
        session.trust_env = False

        def post(*labels: Labels) -> None:
            body = [{"labels": one} for one in labels]
            session.post(f"{url}/api/v2/alerts", json=body, timeout=10).raise_for_status()

        post(*alerts, {"role": "target", CASE: str(len(cases))})
        # Alerts are taken in their order: once this one mutes another, those before it mute others as well.
        post({"role": "source", CASE: str(len(cases))})

        def listed() -> list[Json]:
            answer: list[Json] = session.get(f"{url}/api/v2/alerts", timeout=10).json()
            return answer

        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            if _is_muted(listed(), len(cases), last.target):
                # Alertmanager judges one alert after another while it answers: others there were judged earlier.
                found = listed()
                return [_is_muted(found, number, case.target) for number, case in enumerate(cases)]
            assert time.monotonic() < deadline, "Alertmanager mutes nothing"
            time.sleep(0.02)


def _within(rule: Mapping[str, Any], number: int) -> Json:
    own = {CASE: str(number)}
    sides = {side: {**(rule.get(side) or {}), **own} for side in ("source_match", "target_match")}
    return {**rule, **sides}


def _is_muted(found: Sequence[Json], number: int, target: Labels) -> bool:
    labels = {**{name: value for name, value in target.items() if value}, CASE: str(number)}
    [status] = [item["status"] for item in found if item["labels"] == labels]
    return bool(status["inhibitedBy"])
