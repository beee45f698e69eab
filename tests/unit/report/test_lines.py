# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as lines of a terminal."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.texts.wrapping import WIDTH
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import ROWS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.lines import (
    NOTHING,
    catalogue_lines,
    headline,
    lines,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.selection import (
    FailOn,
    Selection,
    Suppression,
)
from tests.unit.report.samples import (
    CLUSTER_STAGES,
    EARLIER_ERROR,
    ERROR,
    INFO,
    WARNING,
    fleet,
    found,
    of_dingtalk,
    report,
    result,
    unreachable,
)

CURE = "         Cure."
SUPPRESSED = Selection(suppress=(Suppression(ERROR),))


def seen(identifier: str, subject: str = "", cause: str = "it was seen") -> dict[str, Any]:
    return found(identifier, subject, cause, "Cure.")


#: name -> results, DingTalk's, selection, lines.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], Selection, list[str]]] = {
    "one healthy cluster": ({"one": result()}, {}, Selection(), ["1 cluster: healthy"]),
    "a healthy fleet": (
        {f"c{number}": result() for number in range(500)},
        of_dingtalk(),
        Selection(),
        ["500 clusters and DingTalk: healthy"],
    ),
    "a healthy fleet with suppressed findings": (
        {"one": result(found(ERROR)), "two": result()},
        {},
        SUPPRESSED,
        ["2 clusters: healthy (1 suppressed)"],
    ),
    "an info": (
        {"one": result(seen(INFO))},
        {},
        Selection(),
        ["1 cluster: healthy (1 info)", "one: 1 info", "     info KD408 [rules] it was seen", CURE],
    ),
    "the first broken link is marked": (
        {"one": result(seen("KD701"), seen(ERROR, "Receiver ops"), seen(WARNING))},
        {},
        Selection(),
        [
            "1 cluster: 1 with errors (2 errors, 1 warning)",
            "one: 2 errors, 1 warning",
            "     warning KD305 [cluster] it was seen",
            CURE,
            "  -> ERROR KD604 [notification-manager] Receiver ops: it was seen",
            CURE,
            "     ERROR KD701 [egress] it was seen",
            CURE,
        ],
    ),
    "clusters that are alike share a block": (
        {f"c{number}": result(seen(WARNING)) for number in range(5)} | {"other": result(seen(WARNING, "token"))},
        {},
        Selection(),
        [
            "6 clusters: 6 with warnings (6 warnings)",
            "c0, c1, c2 and 2 more: 1 warning each",
            "     warning KD305 [cluster] it was seen",
            CURE,
            "other: 1 warning",
            "     warning KD305 [cluster] token: it was seen",
            CURE,
        ],
    ),
    "skipped stages are one line": (
        {"one": result(seen(EARLIER_ERROR), skipped=CLUSTER_STAGES[1:])},
        of_dingtalk(),
        Selection(),
        [
            "1 cluster: 1 with errors; DingTalk: healthy (1 error)",
            "one: 1 error",
            "  -> ERROR KD301 [cluster] it was seen",
            CURE,
            "     skipped rules, alertmanager, notification-manager, egress: the cluster cannot be reached (KD301)",
        ],
    ),
    "DingTalk comes first, then the worst": (
        {"fine": result(), "warned": result(seen(WARNING)), "lost": {}, "broken": result(seen(ERROR))},
        of_dingtalk(seen("KD102")),
        Selection(),
        [
            "4 clusters: 1 with errors, 1 not examined, 1 with warnings, 1 healthy; DingTalk: 1 warning "
            "(1 error, 2 warnings)",
            "DingTalk: 1 warning",
            "     warning KD102 [inventory] it was seen",
            CURE,
            "broken: 1 error",
            "  -> ERROR KD604 [notification-manager] it was seen",
            CURE,
            "lost: not examined, not attempted",
            "     the run did not get as far as this",
            "warned: 1 warning",
            "     warning KD305 [cluster] it was seen",
            CURE,
        ],
    ),
    "clusters that were not examined": (
        {
            "a": result(),
            "b": {"failed": True, "msg": "b is broken"},
            "c": {"unreachable": True, "msg": "ssh:\n timed out"},
        },
        {},
        Selection(),
        [
            "3 clusters: 2 not examined, 1 healthy",
            "b: not examined, the examination failed",
            "     b is broken",
            "c: not examined, unreachable",
            "     ssh: timed out",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_lines(name: str) -> None:
    results, app, selection, expected = CASES[name]
    assert lines(report(results, app, selection)) == expected


def test_nothing_is_reported_as_such() -> None:
    assert " ".join(lines(report({}))) == NOTHING
    assert headline(report({})) == NOTHING


def test_lines_are_short_unless_a_word_is_longer() -> None:
    for line in lines(report(fleet(), of_dingtalk())):
        assert len(line) <= WIDTH or max(map(len, line.split())) > WIDTH - 20, line


HEADLINES = {
    FailOn.ERROR: "The doctor found 1 error, 1 not examined (fail_on: error).",
    FailOn.WARNING: "The doctor found 1 error, 2 warnings, 1 not examined (fail_on: warning).",
    FailOn.NEVER: "",
}


@pytest.mark.parametrize("fail_on", FailOn)
def test_headline(fail_on: FailOn) -> None:
    results = {"one": unreachable(), "two": result(found(WARNING), found("KD505")), "three": {}}
    assert headline(report(results, selection=Selection(fail_on))) == HEADLINES[fail_on]


def test_the_catalogue_has_a_line_for_each_finding_in_use() -> None:
    listed = catalogue_lines()
    assert [line.split()[0] for line in listed] == [row.id for row in ROWS if not row.retired]
    assert listed[0] == "KD101 error   inventory            The inventory is invalid"
