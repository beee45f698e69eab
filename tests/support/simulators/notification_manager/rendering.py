# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of messages: alerts with their labels, grouped and split by size."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

Alert = Mapping[str, Any]
Render = Callable[[Sequence[Alert]], str]

_HIDDEN = {"rule_id"}


def with_cluster(alerts: Sequence[Alert], manager: Mapping[str, Any], modern: bool) -> list[Alert]:
    """Set the label cluster of each alert: 1.x overwrites it, 2.x sets it only if missing."""
    options = (manager.get("receivers") or {}).get("options") or {}
    cluster = (options.get("global") or {}).get("cluster") or "default"
    return [
        {**alert, "labels": {"cluster": cluster} | labels if modern else labels | {"cluster": cluster}}
        for alert in alerts
        for labels in [dict(alert.get("labels") or {})]
    ]


def grouped(alerts: Sequence[Alert], names: Sequence[str]) -> list[list[Alert]]:
    """Return the alerts in groups of equal values for these labels."""

    def key(alert: Alert) -> list[str]:
        return [alert["labels"].get(name, "") for name in names]

    return [list(group) for _values, group in groupby(sorted(alerts, key=key), key)]


def dump(alerts: Sequence[Alert]) -> str:
    """Render as KubeSphere 3.1 to 3.3 do: a heading, then every label of every alert."""
    lines: list[str] = []
    for status, heading in (("firing", "Alerts Firing"), ("resolved", "Alerts Resolved")):
        chosen = [alert for alert in alerts if alert.get("status", "firing") == status]
        lines += [f"{heading}:"] * bool(chosen)
        for alert in chosen:
            lines += ["Labels:", *(f" - {name} = {value}" for name, value in sorted(alert["labels"].items()))]
            annotations = alert.get("annotations") or {}
            lines += ["Annotations:", *(f" - {name} = {value}" for name, value in sorted(annotations.items()))]
    return "\n".join(lines)


def brief(alerts: Sequence[Alert]) -> str:
    """Render as KubeSphere 3.4 and 4.1 do: status and message, then the visible labels."""
    blocks = []
    for alert in alerts:
        annotations, labels = alert.get("annotations") or {}, alert["labels"]
        message = annotations.get("message") or annotations.get("summary") or labels.get("alertname", "")
        shown = [f"  {name}: {value}" for name, value in sorted(labels.items()) if name not in _HIDDEN]
        blocks.append("\n".join([f"[{alert.get('status', 'firing').upper()}] {message}", *shown]))
    return "\n\n".join(blocks)


def split(alerts: Sequence[Alert], limit: int, render: Render) -> list[str]:
    """Render texts of at most `limit` bytes of JSON-escaped text; a single alert above the limit is dropped."""
    texts: list[str] = []
    batch: list[Alert] = []
    for alert in alerts:
        if _size(render([alert])) > limit:
            continue
        if batch and _size(render([*batch, alert])) > limit:
            texts.append(render(batch))
            batch = []
        batch.append(alert)
    return [*texts, render(batch)] if batch else texts


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2
