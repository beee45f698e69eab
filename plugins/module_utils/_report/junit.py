# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as JUnit XML: a test suite for DingTalk and each cluster, a test case for each stage."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from .._findings.finding import Found, Level, Stage
from .json_report import timestamp
from .lines import NOTHING
from .report import Report
from .subjects import State, Status, Subject, described

#: What XML 1.0 cannot contain, not even escaped.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(report: Report) -> str:
    """Return the XML document.

    An error is a failure, and with ``fail_on: warning`` a warning as well. A subject that was not examined is one test
    case with an error.
    """
    root = ElementTree.Element(
        "testsuites", name=f"kubesphere.dingtalk.{report.kind}", timestamp=timestamp(report.time)
    )
    failing = {Level.ERROR, *report.selection.fail_on.levels}
    for subject in report.subjects:
        _add_suite(root, subject, failing)
    if report.is_empty and not report.subjects:
        _add_error(_suite(root, report.kind), report.kind, "examined", NOTHING)
    for suite in root:
        suite.set("timestamp", timestamp(report.time))
        _count(suite, [suite])
    _count(root, list(root))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_suite(root: ElementTree.Element, subject: Subject, failing: set[Level]) -> None:
    suite = _suite(root, subject.name)
    if subject.state is not State.EXAMINED:
        _add_error(suite, subject.name, "examined", f"{subject.state}: {subject.message}")
    for stage in Stage:
        found = [item for item in subject.findings if item.finding.stage is stage]
        if found or subject.stage_status(stage) not in (Status.NONE, Status.UNKNOWN):
            _add_case(suite, subject, stage, found, failing)


def _add_case(
    suite: ElementTree.Element, subject: Subject, stage: Stage, found: Sequence[Found], failing: set[Level]
) -> None:
    case = _case(suite, subject.name, stage)
    failures = [item for item in found if item.finding.level in failing]
    others = [item for item in found if item.finding.level not in failing]
    if failures:
        first = failures[0]
        failure = ElementTree.SubElement(
            case, "failure", type=first.finding.id, message=_xml(f"{first.finding.id} {described(first)}")
        )
        failure.text = _texts(failures)
    elif stage in subject.skipped and not found:
        ElementTree.SubElement(case, "skipped", message=_xml(subject.skipped[stage]))
    if others:
        ElementTree.SubElement(case, "system-out").text = _texts(others)


def _suite(root: ElementTree.Element, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(root, "testsuite", name=_xml(name))


def _case(suite: ElementTree.Element, subject: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_xml(subject), name=name, time="0")


def _add_error(suite: ElementTree.Element, subject: str, name: str, message: str) -> None:
    ElementTree.SubElement(_case(suite, subject, name), "error", type="not-examined", message=_xml(message))


def _count(element: ElementTree.Element, suites: list[ElementTree.Element]) -> None:
    """Set the numbers of test cases of some suites, by their outcome."""
    cases = [case for suite in suites for case in suite.iter("testcase")]
    element.set("tests", str(len(cases)))
    for name, outcome in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(sum(case.find(outcome) is not None for case in cases)))
    element.set("time", "0")


def _texts(found: Sequence[Found]) -> str:
    return _xml("\n\n".join(_text(item) for item in found))


def _text(found: Found) -> str:
    row = found.finding
    return f"{row.id} {row.level}: {row.title.en}\n{described(found)}\n{found.cure or row.cure.en}"


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
