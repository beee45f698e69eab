# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces of the page: texts in both languages, symbols, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape

from .._core.text import grouped
from .._findings.finding import Found, Stage, Text
from . import html_texts as texts
from .subjects import State, Status, Subject


def both(text: Text) -> str:
    """Return a text in both languages, of which the style shows one."""
    if text.en == text.zh:
        return escape(text.en)
    return f'<span class="e" lang="en">{escape(text.en)}</span><span class="z" lang="zh-CN">{escape(text.zh)}</span>'


def number(forms: tuple[Text, Text], count: int) -> Text:
    """Return the form of a text for a number."""
    form = forms[0] if count == 1 else forms[1]
    return Text(form.en.format(count), form.zh.format(count))


def symbol(status: Status) -> str:
    """Return the symbol of a status; its meaning is not only a colour, and read out by screen readers."""
    return f'<i class="s s-{status}"></i><span class="hidden">{both(texts.STATUSES[status])}</span>'


def summary_of(subject: Subject) -> str:
    """Return the findings of a subject in numbers, or why it was not examined."""
    if subject.state is not State.EXAMINED:
        return both(texts.STATES[subject.state])
    levels = Counter(str(found.finding.level) for found in subject.findings)
    return both(numbered({**levels, "suppressed": subject.suppressed}, ", ", "，"))


def numbered(counts: Mapping[str, int], en: str, zh: str) -> Text:
    """Return the numbers of findings by level, joined by a separator of each language; empty if there are none."""
    parts = [number(forms, counts[key]) for key, forms in texts.COUNTS.items() if counts.get(key)]
    return Text(en.join(part.en for part in parts), zh.join(part.zh for part in parts))


def body(subject: Subject, anchor: str) -> str:
    """Return all that is known of a subject: why it was not examined, its findings, what was skipped."""
    parts = []
    if subject.message:
        parts.append(_card(Status.UNKNOWN, both(texts.STATES[subject.state]), cause("", subject.message)))
    first = subject.first_broken
    seen: set[Stage] = set()
    for found in subject.findings:
        stage = found.finding.stage
        mark = "" if stage in seen else f' id="{anchor}-{stage}"'
        seen.add(stage)
        parts.append(_finding(found, found is first, mark))
    for because, stages in grouped(subject.skipped.items()).items():
        tags = "".join(f'<span class="tag">{both(texts.STAGES[stage])}</span>' for stage in stages)
        parts.append(_card(Status.SKIPPED, both(texts.SKIPPED), _tags(tags) + cause("", because)))
    return f'<div class="body">{"".join(parts)}</div>'


def cause(subject: str, text: str) -> str:
    """Return evidence, which is in English."""
    about = f"<b>{escape(subject)}</b> &middot; " if subject and not text.startswith(subject) else ""
    return f'<p class="cause" lang="en">{about}{escape(text)}</p>' if text else ""


def cure(found: Found) -> str:
    """Return what to do: the catalogue's text, and in Chinese also the one for this place, which is in English."""
    row = found.finding
    if not found.cure:
        return f'<p class="cure">{both(row.cure)}</p>'
    own = f'<p class="cure own z" lang="en">{escape(found.cure)}</p>'
    return f'<p class="cure">{both(Text(found.cure, row.cure.zh))}</p>{own}'


def _finding(found: Found, is_first: bool, mark: str) -> str:
    row = found.finding
    tags = f'<span class="tag id">{row.id}</span><span class="tag">{both(texts.STAGES[row.stage])}</span>'
    if is_first:
        tags += f'<span class="tag cut">{both(texts.FIRST_BROKEN)}</span>'
    content = _tags(tags) + cause(found.subject, found.cause) + cure(found)
    return _card(Status(row.level.value), both(row.title), content, mark)


def _tags(tags: str) -> str:
    return f'<p class="tags">{tags}</p>'


def _card(status: Status, title: str, content: str, mark: str = "") -> str:
    return f'<article class="finding {status}"{mark}>{symbol(status)}<div><h3>{title}</h3>{content}</div></article>'
