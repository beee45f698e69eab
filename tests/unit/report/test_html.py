# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as text: complete, escaped, without anything else to load."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.catalogue import CATALOGUE, ROWS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import Stage
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report import html_texts
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.html_report import document
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.html_style import picture
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.selection import Selection, Suppression
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.subjects import State, Status
from tests.unit.report.samples import ERROR, INFO, WARNING, fleet, found, of_dingtalk, report, result

PLANTED = "<script>alert(1)</script>\"'&<img src=x>"
VOID = {"meta", "link", "input", "img", "br"}
#: Attributes with which a page loads something.
LOADING = {"src", "srcset", "data", "action", "background", "poster"}


class Elements(HTMLParser):
    """The elements of a page; fails where they are not nested correctly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page() -> str:
    return document(report(fleet(), of_dingtalk()))


def test_a_page_loads_nothing(page: str) -> None:
    for tag, attributes in Elements(page).found:
        assert tag not in {"script", "iframe", "object", "embed", "img"}
        assert not LOADING & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert str(attributes.get("href", "#")).startswith(("#", "data:"))
    urls = re.findall(r"url\(([^)]*)\)", page)
    assert urls
    assert all(url.startswith('"data:') for url in urls)
    assert "@import" not in page


def test_a_page_has_each_id_once(page: str) -> None:
    ids = [attributes["id"] for _tag, attributes in Elements(page).found if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes.get("href") for tag, attributes in Elements(page).found if tag == "a"}
    assert links <= {f"#{name}" for name in ids}


PLACES: dict[str, dict[str, Any]] = {
    "host": {PLANTED: result(found(ERROR))},
    "subject": {"one": result(found(ERROR, PLANTED))},
    "cause": {"one": result(found(ERROR, "", PLANTED))},
    "cure": {"one": result(found(ERROR, "", "", PLANTED))},
    "message": {"one": {"failed": True, "msg": PLANTED}},
    "reason": {
        "one": {"findings": [], "stages": ["cluster"], "skipped_stages": [{"stage": "rules", "because": PLANTED}]},
    },
}


@pytest.mark.parametrize("place", PLACES)
def test_texts_of_others_are_escaped(place: str) -> None:
    page = document(report(PLACES[place]))
    assert "<script" not in page
    assert "<img" not in page
    assert PLANTED in Elements(page).text


def test_suppressed_hosts_are_escaped() -> None:
    page = document(report({"one": result()}, selection=Selection(suppress=(Suppression(ERROR, PLANTED),))))
    assert PLANTED in Elements(page).text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_titles_and_cures_are_in_both_languages(row: Any) -> None:
    text = Elements(document(report({"one": result(found(row.id))}))).text
    assert all(part in text for part in (*row.title, *row.cure))


def test_a_cure_for_this_place_is_shown_beside_the_chinese_one() -> None:
    page = document(report({"one": result(found(ERROR, "", "", "Another cure."))}))
    assert page.count("Another cure.") == 2
    assert CATALOGUE[ERROR].cure.zh in Elements(page).text


def test_every_stage_state_and_status_has_a_text_and_a_symbol() -> None:
    assert set(html_texts.STAGES) == set(Stage)
    assert set(html_texts.STATUSES) == set(Status)
    assert set(html_texts.STATES) == set(State) - {State.EXAMINED}
    assert len({picture(status) for status in Status}) == len(Status)


#: results, DingTalk's -> headline.
HEADLINES: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "healthy": ({"one": result(found(INFO))}, of_dingtalk(), "No faults found", "未发现故障"),
    "nothing": ({}, {}, "Nothing was examined", "没有检查任何内容"),
    "one error": (
        {"one": result(found(ERROR)), "two": {}},
        {},
        "Alerts of 1 cluster may not reach DingTalk",
        "1 个集群的告警可能无法送达钉钉",
    ),
    "errors": (
        {"one": result(found(ERROR)), "two": result(found(ERROR))},
        of_dingtalk(found("KD101")),
        "Alerts of 2 clusters may not reach DingTalk",
        "2 个集群的告警可能无法送达钉钉",
    ),
    "DingTalk's error": (
        {"one": result()},
        of_dingtalk(found("KD101")),
        "DingTalk has errors, so alerts of any cluster may not arrive",
        "钉钉有错误，所有集群的告警都可能无法送达",
    ),
    "not examined": (
        {"one": result(), "two": {}, "three": {}},
        {},
        "2 clusters could not be examined",
        "2 个集群无法检查",
    ),
    "a warning": ({"one": result(found(WARNING))}, {}, "1 cluster needs attention", "1 个集群需要注意"),
    "DingTalk's warning": ({"one": result()}, of_dingtalk(found("KD102")), "DingTalk needs attention", "钉钉需要注意"),
}


@pytest.mark.parametrize("name", HEADLINES)
def test_headline(name: str) -> None:
    results, app, english, chinese = HEADLINES[name]
    page = document(report(results, app))
    assert f"<title>Doctor&#x27;s report: {english}</title>" in page
    assert english in page.partition("<h1>")[2].partition("</h1>")[0]
    assert chinese in page.partition("<h1>")[2].partition("</h1>")[0]
