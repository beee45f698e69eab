# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page docs/findings.md, which ``make findings`` generates from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import ROWS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import Finding, Level, Stage

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"

#: The headings are also the anchors of the table of contents, so each is in one language.
STAGES = {
    Stage.INVENTORY: ("Inventory", "清单"),
    Stage.DINGTALK: ("DingTalk", "钉钉"),
    Stage.CLUSTER: ("Cluster", "集群"),
    Stage.RULES: ("Rules", "告警规则"),
    Stage.ALERTMANAGER: ("Alertmanager", "Alertmanager"),
    Stage.NOTIFICATION_MANAGER: ("notification-manager", "notification-manager"),
    Stage.EGRESS: ("Egress", "集群出口"),
}
LEVELS = {Level.ERROR: "错误", Level.WARNING: "警告", Level.INFO: "信息"}

INTRODUCTION = """\
<!-- Generated from plugins/module_utils/_findings/catalogue.py by make findings. -->

# Findings

Errors and warnings of this collection, and the reasons why alerts do not arrive, end with an ID such as `(KD203)`. Here
is what each ID means and what to do about it. The message itself names the place and the values. An ID is never used
for anything else. A failed task has it as `finding` in its result.

本集合的错误、警告以及告警无法送达的原因，末尾都有编号，例如 `(KD203)`。本页说明每个编号的含义和处理方法；具体位置和值
见信息本身。编号不会改作他用。失败任务的结果中，编号在 `finding` 里。
"""


def page() -> str:
    """Return the text of the page."""
    return "\n".join([INTRODUCTION, *_contents(), *(line for stage in Stage for line in _stage(stage))]) + "\n"


def rows(stage: Stage) -> list[Finding]:
    """Return the rows of a stage."""
    return [row for row in ROWS if row.stage is stage]


def _contents() -> Iterator[str]:
    for stage in Stage:
        english, chinese = STAGES[stage]
        name = english if english == chinese else f"{english} ({chinese})"
        links = ", ".join(f"[{row.id}](#{row.anchor})" for row in rows(stage))
        yield f"- [{name}](#{english.lower()}): {links}"


def _stage(stage: Stage) -> Iterator[str]:
    yield f"\n## {STAGES[stage][0]}"
    for row in rows(stage):
        yield from _row(row)


def _row(row: Finding) -> Iterator[str]:
    retired = (", retired", "，已停用") if row.retired else ("", "")
    yield f"\n### {row.id}\n"
    yield f"**{row.title.en}** ({row.level}{retired[0]}). {row.cure.en}\n"
    yield f"**{row.title.zh}**（{LEVELS[row.level]}{retired[1]}）。{row.cure.zh}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
