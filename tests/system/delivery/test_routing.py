# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For random configurations and alerts, the model's routes are those of amtool of every shipped version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.routes import taken
from tests.system.alertmanager.amtool import Amtool

Json = dict[str, Any]

RECEIVERS = ("Default", "prometheus", "relay")
LABELS = ("severity", "alerttype", "namespace")
VALUES = ("critical", "warning", "metric", "event", "shop")
PATTERNS = (".*", ".+", "critical|warning", "crit.*", "(metric|event)", "", "[a-m].*", "sho?p")

alerts = st.dictionaries(st.sampled_from(LABELS), st.sampled_from(VALUES), max_size=3).map(
    lambda labels: {"alertname": "Any", **labels}
)
_OLD = st.fixed_dictionaries(
    {},
    optional={
        "match": st.dictionaries(st.sampled_from(LABELS), st.sampled_from((*VALUES, "")), max_size=2),
        "match_re": st.dictionaries(st.sampled_from(LABELS), st.sampled_from(PATTERNS), max_size=2),
    },
)
_NEW = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from(("=", "!=", "=~", "!~")), st.sampled_from((*VALUES, *PATTERNS))),
    max_size=2,
).map(lambda items: {"matchers": [f'{name}{operator}"{value}"' for name, operator, value in items]})


def trees(matching: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """Return lists of routes, some with routes below them."""
    own = st.fixed_dictionaries({}, optional={"receiver": st.sampled_from(RECEIVERS), "continue": st.booleans()})
    leaf = st.builds(lambda first, second: {**first, **second}, matching, own)
    return st.recursive(
        st.lists(leaf, max_size=3),
        lambda below: st.lists(st.builds(lambda route, routes: {**route, "routes": routes}, leaf, below), max_size=3),
        max_leaves=6,
    )


@pytest.mark.parametrize("version", ["0.21.0", "0.23.0", "0.27.0"])
def test_alerts_take_the_routes_of_amtool(version: str, amtools: Mapping[str, Amtool]) -> None:
    amtool = amtools[version]
    matching = _OLD if version == "0.21.0" else _OLD | _NEW

    @settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
    @given(trees(matching), alerts)
    def check(routes: list[Json], labels: dict[str, str]) -> None:
        root = {"receiver": "Default", "routes": routes}
        document = {"route": root, "receivers": [{"name": name} for name in RECEIVERS]}
        found = [str(item.settings["receiver"]) for item in taken(root, labels)]
        assert list(dict.fromkeys(found)) == list(dict.fromkeys(amtool.receivers(yaml.safe_dump(document), labels)))

    check()
