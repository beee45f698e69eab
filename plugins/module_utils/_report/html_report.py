# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as a page: clusters by stage as a matrix, findings to unfold, both languages, no other file."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .._core.clock import moment
from .._findings.finding import Finding, Found, Stage, Text
from . import html_texts as texts
from .html_parts import body, both, cure, number, numbered, summary_of, symbol
from .html_style import picture, style
from .report import Report
from .subjects import State, Status, Subject

#: Nothing is loaded or run, whatever a cause contains.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
#: More healthy clusters than this are folded.
_UNFOLDED = 10
#: The statuses of clusters, the worst first: filter, name, key of the counts.
_TILES = (
    (Status.ERROR, "f-error", texts.WITH_ERRORS, "error"),
    (Status.UNKNOWN, "f-unknown", texts.UNKNOWN, "not_examined"),
    (Status.WARNING, "f-warning", texts.WITH_WARNINGS, "warning"),
    (Status.OK, "f-ok", texts.HEALTHY, "healthy"),
)
_RANKS = {status: index for index, status in enumerate(Status)}


def document(report: Report) -> str:
    """Return the page."""
    verdict = _verdict(report)
    content = "".join(
        (
            _header(report),
            _top(report, verdict),
            _tiles(report),
            _matrix(report),
            _kinds(report),
            _summary(report),
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
        f"<title>{escape(texts.TITLES[report.kind].en)}: {escape(_headline(report, verdict).en)}</title>"
        f'<link rel="icon" href="{picture(verdict)}">\n<style>\n{style()}\n</style></head>\n'
        f'<body style="--stages:{len(report.stages)}">{_choices(report)}\n<main>{content}{_footer(report)}</main>'
        "</body></html>\n"
    )


def _choices(report: Report) -> str:
    """Return the radio buttons, on which the style depends: so the page needs no script."""
    filters = ["all", *(name for _status, name, _text, key in _TILES if report.counts()["clusters"][key])]
    languages = (("en", "English"), ("zh", "中文"))
    return "".join(
        (
            *(
                f'<input type="radio" name="language" id="{name}" aria-label="{label}"{_checked(name == "en")}>'
                for name, label in languages
            ),
            *(
                f'<input type="radio" name="filter" id="{name}" aria-label="{name.removeprefix("f-")}"'
                f"{_checked(name == 'all')}>"
                for name in filters
            ),
        )
    )


def _checked(is_checked: bool) -> str:
    return " checked" if is_checked else ""


def _header(report: Report) -> str:
    return (
        f'<header><div class="brand"><b>{both(texts.TITLES[report.kind])}</b><span>{both(texts.SUBTITLE)}</span></div>'
        '<div class="languages"><label for="en" lang="en">English</label><label for="zh" lang="zh-CN">中文</label>'
        "</div></header>"
    )


def _verdict(report: Report) -> Status:
    if report.is_empty:
        return Status.ERROR
    return min((subject.status for subject in report.subjects), key=_RANKS.__getitem__)


def _headline(report: Report, verdict: Status) -> Text:
    """Return what a reader has to know first."""
    if report.is_empty:
        return texts.NOTHING
    if verdict is Status.OK:
        return texts.FINE
    concerned = [subject for subject in report.subjects if subject.status is verdict]
    clusters = sum(subject.is_cluster for subject in concerned)
    if not clusters and verdict is Status.ERROR:
        return texts.BROKEN_FOR_ALL
    names = number(texts.CLUSTERS, clusters) if clusters else Text("DingTalk", "钉钉")
    warned = texts.WARNED_ONE if clusters <= 1 else texts.WARNED
    form = {Status.ERROR: texts.BROKEN, Status.UNKNOWN: texts.NOT_EXAMINED}.get(verdict, warned)
    return Text(form.en.format(names.en), form.zh.format(names.zh))


def _top(report: Report, verdict: Status) -> str:
    counts = report.counts()
    numbers = numbered(counts["findings"], " · ", " · ")
    time = escape(moment(report.time))
    shares = "".join(
        f'<i class="{status}" style="flex-grow:{counts["clusters"][key]}"></i>'
        for status, _name, _text, key in _TILES
        if counts["clusters"][key]
    )
    share_bar = f'<div class="bar" aria-hidden="true">{shares}</div>' if shares else ""
    facts = f"{both(numbers)} &middot; " if numbers.en else ""
    return (
        f'<section class="verdict card {verdict}"><h1>{symbol(verdict)}<span>{both(_headline(report, verdict))}</span>'
        f"</h1><p>{facts}<time>{time}</time></p>{share_bar}</section>"
    )


def _tiles(report: Report) -> str:
    counts = report.counts()["clusters"]
    if not counts["total"]:
        return ""
    tiles = [f'<label class="card" for="all"><b>{counts["total"]}</b><span>{both(texts.ALL_CLUSTERS)}</span></label>']
    tiles += [
        f'<label class="card {status}" for="{name}"><b>{counts[key]}</b><span>{both(text)}</span></label>'
        for status, name, text, key in _TILES
        if counts[key]
    ]
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _anchors(report: Report) -> dict[str, str]:
    """Return the anchor of each cluster's row."""
    return {subject.name: f"c{index}" for index, subject in enumerate(report.clusters)}


def _matrix(report: Report) -> str:
    if not report.subjects:
        return ""
    anchors = _anchors(report)
    stages = "".join(map(_stage, report.stages))
    head = f'<div class="head"><span>{both(texts.SUBJECT)}</span>{stages}<span class="turnless"></span></div>'
    dingtalk = _row(report, report.dingtalk, "app") if report.dingtalk else ""
    ranked = sorted(report.clusters, key=lambda subject: _RANKS[subject.status])
    healthy = [subject for subject in ranked if subject.status is Status.OK]
    rows = "".join(
        _row(report, subject, anchors[subject.name]) for subject in ranked if subject.status is not Status.OK
    )
    rest = "".join(_row(report, subject, anchors[subject.name]) for subject in healthy)
    if len(healthy) > _UNFOLDED:
        title = both(number(texts.HEALTHY_CLUSTERS, len(healthy)))
        rest = (
            f'<details class="rest"><summary><span>{symbol(Status.OK)}<span>{title}</span></span>'
            f'<span class="turn"></span></summary>{rest}</details>'
        )
    legend = "".join(f"<span>{symbol(status)}{both(texts.STATUSES[status])}</span>" for status in Status)
    return (
        f'<h2>{both(texts.MATRIX)}</h2><div class="matrix card">{head}{dingtalk}{rows}{rest}</div>'
        f'<div class="legend" aria-hidden="true">{legend}</div>'
    )


def _stage(stage: Stage) -> str:
    """Return the head of a column; on a phone, all that is not Chinese is turned."""
    name = texts.STAGES[stage]
    return f'<span><span class="same">{name.en}</span></span>' if name.en == name.zh else f"<span>{both(name)}</span>"


def _row(report: Report, subject: Subject, anchor: str) -> str:
    """Return a row of the matrix: its stages are links of a chain, of which the first broken one is marked."""
    host = escape(subject.name)
    name = f'<span class="name"><b title="{host}">{host}</b><span>{summary_of(subject)}</span></span>'
    cells = "".join(_cells(report, subject))
    content = f"{name}{cells}"
    if not (subject.findings or subject.skipped or subject.message):
        return f'<div class="row {subject.status}" id="{anchor}">{content}<span></span></div>'
    return (
        f'<details class="row {subject.status}" id="{anchor}"><summary>{content}<span class="turn"></span></summary>'
        f"{body(subject, anchor)}</details>"
    )


def _cells(report: Report, subject: Subject) -> Iterator[str]:
    first = subject.first_broken
    is_open = subject.state is not State.EXAMINED
    concerned = subject.concerned or frozenset(report.stages)
    reached = [index for index, stage in enumerate(report.stages) if stage in concerned]
    for index, stage in enumerate(report.stages):
        is_cut = first is not None and first.finding.stage is stage
        is_link = bool(reached) and reached[0] < index <= reached[-1]
        kind = "".join((" cut" if is_cut else " open" if is_open else "", "" if is_link else " off"))
        yield _cell(stage, subject.stage_status(stage), kind)
        is_open = is_open or is_cut


def _cell(stage: Stage, status: Status, kind: str) -> str:
    name = both(texts.STAGES[stage])
    return f'<span class="c{kind}"><span class="hidden">{name}: </span>{symbol(status)}</span>'


def _kinds(report: Report) -> str:
    """Return the findings by their IDs, each with its clusters."""
    kinds: dict[Finding, dict[str, Found]] = {}
    for subject, found in report.findings():
        kinds.setdefault(found.finding, {})[subject.name] = found
    if not kinds:
        return ""
    anchors = {**_anchors(report), **({report.dingtalk.name: "app"} if report.dingtalk else {})}
    ranked = sorted(kinds.items(), key=lambda item: (_RANKS[Status(item[0].level.value)], -len(item[1]), item[0].id))
    listed = "".join(_kind(row, list(found), anchors) for row, found in ranked)
    return f'<h2>{both(texts.BY_FINDING)}</h2><div class="card">{listed}</div>'


def _kind(row: Finding, names: list[str], anchors: dict[str, str]) -> str:
    hosts = "".join(f'<li><a href="#{anchors[name]}">{escape(name)}</a></li>' for name in names)
    return (
        f'<details class="kind"><summary>{symbol(Status(row.level.value))}<code class="id">{row.id}</code>'
        f'<span>{both(row.title)}</span><span class="number">&times; {len(names)}</span><span class="turn"></span>'
        f'</summary><div class="body">{cure(Found(row, "", ""))}<ul class="hosts">{hosts}</ul></div></details>'
    )


def _summary(report: Report) -> str:
    """Return the lines of the run's summary, which are in English."""
    if not report.summary:
        return ""
    items = "".join(f"<p>{escape(line)}</p>" for line in report.summary)
    return f'<h2>{both(texts.SUMMARY)}</h2><div class="summary card" lang="en">{items}</div>'


def _footer(report: Report) -> str:
    selection = report.selection
    parts = [f"{both(texts.SUCCESS[report.success])}", f"{both(texts.FAILS)}: {selection.fail_on}"]
    if selection.only:
        parts.append(f"{both(texts.ONLY)}: {escape(', '.join(selection.only))}")
    if selection.suppress:
        entries = (f"{entry.id}@{entry.host}" if entry.host else entry.id for entry in selection.suppress)
        parts.append(f"{both(texts.SUPPRESSED)}: {escape(', '.join(entries))}")
    return f"<footer>kubesphere.dingtalk &middot; {' &middot; '.join(parts)}</footer>"
