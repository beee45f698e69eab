# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions are limited to a project as KubeSphere's API limits them, and invalid ones remain invalid."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.policies.promql import limited, selectors
from tests.support.closing_lines import closing_lines
from tests.support.realparts.catalog import LABEL_PROXY
from tests.support.testbed.fixtures import needing_real_parts
from tests.system.alertmanager.corpus.sources import literals, required_folder
from tests.system.alertmanager.corpus.texts import different
from tests.system.promql.label_proxy import LabelProxy, label_proxy

SEED = 1
LABEL, PROJECT = "namespace", "shop"
#: With which characters of an expression are replaced.
CHARACTERS = (*"{}()[],=~!\"'`# \n:1a@", "namespace", ' namespace="bank"', " by (a)", ",namespace=~'.+',")
MUTATED = 2500


@pytest.fixture(scope="module")
def proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LabelProxy, LabelProxy]]:
    """The proxy that limits by namespace, and one by another label, which shows how an expression is read."""
    with ExitStack() as stack, needing_real_parts():
        folder = tmp_path_factory.mktemp("promql")
        yield (stack.enter_context(label_proxy(LABEL, folder)), stack.enter_context(label_proxy("reader", folder)))


def corpus() -> list[str]:
    """Return the texts of the tests of Prometheus' parser, and such with a character changed."""
    parser = required_folder(LABEL_PROXY, "github.com/prometheus/prometheus") / "promql"
    texts = literals([*parser.rglob("*_test.go")])
    rules = [line for path in parser.rglob("*.test") for line in path.read_text(encoding="utf-8").splitlines()]
    texts += [line.partition(" at ")[2].partition(" ")[2] for line in rules if line.startswith("eval instant")]
    return [*texts, *different(SEED, MUTATED, lambda chance: _with_project(chance, chance.choice(texts)), CHARACTERS)]


def _with_project(chance: random.Random, text: str) -> str:
    matcher = chance.choice(('namespace="bank"', "namespace!='shop'", 'namespace="shop"', "namespace =~ `sh.*`"))
    return text.replace("{", f"{{{matcher},", chance.choice((0, 1, -1)))


def _is_other(text: str, expected: str) -> bool:
    """Return whether a difference is known.

    Metrics may have the names of operators, such as ``by``. KubeSphere leaves the parameters of aggregations alone.
    Prometheus refuses a selector that any series matches, such as ``{}``, which it is no more for one project.
    """
    is_operator = text.lower() in ("and", "by", "offset", "or", "unless")
    is_parameter = text.startswith("quantile without(point)(")
    return is_operator or is_parameter or (not expected and any(not item.metric for item in selectors(text)))


def test_expressions(proxies: tuple[LabelProxy, LabelProxy]) -> None:
    limiting, reading = proxies
    with needing_real_parts():
        texts = sorted(set(filter(None, corpus())))
    limits = {text: limiting.limited(text, PROJECT) for text in texts}
    differences = {
        text: (limited(text, LABEL, PROJECT), expected)
        for text, expected in limits.items()
        if reading.limited(limited(text, LABEL, PROJECT), "x") != (reading.limited(expected, "x") if expected else "")
    }
    assert not {text: found for text, found in differences.items() if not _is_other(text, found[1])}
    assert len(differences) < 40
    assert 800 < sum(map(bool, limits.values())) < len(texts) - 800
    closing_lines.count("expressions compared with prom-label-proxy", *texts)
