# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For random inhibit rules and alerts, the model mutes what a running Alertmanager of every shipped version mutes."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.inhibition import inhibit_rules
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._delivery.inhibition import WATCHDOG
from tests.system.alertmanager.defaults import DEFAULTS
from tests.system.delivery.inhibition import Case, Inhibitors
from tests.system.delivery.test_routing import LABELS, PATTERNS, VALUES

Json = dict[str, Any]
VERSIONS = ("0.21.0", "0.23.0", "0.27.0")


def labels(chance: Random) -> Json:
    return {"alertname": "Any", **{name: chance.choice(VALUES[:3]) for name in chance.sample(LABELS, 2)}}


def side(chance: Random, name: str, version: str) -> Json:
    """Return the matchers on one side of a rule, in a form that a version supports."""
    label, form = chance.choice(LABELS), chance.choice(("match", "match_re", "matchers"))
    if form == "match":
        return {f"{name}_match": {label: chance.choice((*VALUES[:3], ""))}}
    if form == "match_re" or version == "0.21.0":
        return {f"{name}_match_re": {label: chance.choice(PATTERNS)}}
    operator = chance.choice(("=", "!=", "=~", "!~"))
    return {f"{name}_matchers": [f'{label}{operator}"{chance.choice((*VALUES[:3], *PATTERNS))}"']}


def rule(chance: Random, version: str) -> Json:
    """Return an inhibit rule, of which some lack a side or the equal labels."""
    parts = [side(chance, name, version) for name in ("source", "target") if chance.random() < 0.9]
    equal = [{"equal": chance.sample(LABELS, chance.choice((0, 1, 1, 2)))}] if chance.random() < 0.8 else []
    return {key: value for part in (*parts, *equal) for key, value in part.items()}


def random_case(chance: Random, version: str) -> Case:
    return Case(
        [rule(chance, version) for _ in range(chance.choice((1, 1, 2)))],
        [labels(chance) for _ in range(chance.choice((1, 2)))],
        labels(chance),
    )


def modelled(case: Case) -> bool:
    read = inhibit_rules({"inhibit_rules": list(case.rules)})
    assert len(read) == len(case.rules)
    return any(rule.mutes(case.target, source) for rule in read for source in case.sources)


@pytest.mark.parametrize("version", VERSIONS)
def test_alerts_are_muted_as_by_alertmanager(version: str, inhibitors: Inhibitors) -> None:
    counted: Counter[bool] = Counter()

    @settings(max_examples=3, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.randoms(use_true_random=True))
    def check(chance: Random) -> None:
        cases = [random_case(chance, version) for _ in range(200)]
        found = inhibitors.muted(version, cases)
        counted.update(found)
        assert [case for case, muted in zip(cases, found, strict=True) if muted is not modelled(case)] == []

    check()
    assert min(counted[True], counted[False]) > 10


@pytest.mark.parametrize("name", DEFAULTS)
def test_kubesphere_mutes_less_severe_alerts_with_the_same_name(name: str, inhibitors: Inhibitors) -> None:
    default = DEFAULTS[name]
    read = yaml.safe_load(default.text)["inhibit_rules"]
    alerts = {
        severity: {"alertname": "Any", "namespace": "shop", "severity": severity}
        for severity in ("critical", "warning")
    }
    cases = [Case(read, [source], target) for source in (*alerts.values(), WATCHDOG) for target in alerts.values()]
    found = inhibitors.muted(default.version, cases)
    assert found == list(map(modelled, cases)) == [False, True, False, False, False, False]
