# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in a real browser: on a phone and on a screen, in both languages, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._report.html_report import document
from tests.support.browser import MISSING, Page, browser, executable
from tests.unit.report.samples import fleet, found, of_dingtalk, report, result, unreachable

#: The pictures remain, so that somebody can look at them.
PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
PHONE, SCREEN = 360, 1280
PAGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "fleet": (fleet(), of_dingtalk()),
    "healthy": ({"shanghai": result(), "beijing": result()}, of_dingtalk()),
    "nothing": ({}, {}),
    "dingtalk": ({}, of_dingtalk(found("KD101", "dingtalk_chats.ops", "owner is missing"))),
    "large": (
        {f"cluster-{number:03}": result() for number in range(440)}
        | {f"{name}-{number}": item for number in range(6) for name, item in fleet().items()},
        of_dingtalk(),
    ),
}
SHOWN = "(element => element.checkVisibility({checkVisibilityCSS: true}))"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for name, (results, app) in PAGES.items():
        (made / f"{name}.html").write_text(document(report(results, app)), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    program = executable()
    if not program:
        pytest.skip(MISSING)
    with browser(program, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def visible(page: Page, selector: str) -> int:
    """The number of elements that are shown."""
    number: int = page.evaluate(f"[...document.querySelectorAll('{selector}')].filter({SHOWN}).length")
    return number


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [PHONE, SCREEN])
@pytest.mark.parametrize("name", [name for name in PAGES if name != "large"])
def test_nothing_overflows_and_nothing_is_loaded(
    name: str, width: int, language: str, page: Page, folder: Path
) -> None:
    file = folder / f"{name}.html"
    page.open(file, width, dark=language == "zh")
    page.evaluate(f"document.querySelector('label[for={language}]').click()")
    page.screenshot(PICTURES / f"{name}-{width}-{language}.png")
    unfold(page)
    beyond = (
        "[...document.querySelectorAll('main *:not(.hidden, .hidden *, .name, .name *)')].filter(element => "
        f"element.getBoundingClientRect().right > {width} || element.scrollWidth > element.clientWidth + 1 && "
        "element.clientWidth > 0).map(element => element.outerHTML.slice(0, 200))"
    )
    assert page.evaluate(beyond) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if name == "fleet":
        page.screenshot(PICTURES / f"{name}-{width}-{language}-unfolded.png")
    assert page.requests() == [file.as_uri()]
    assert page.console() == []
    assert page.evaluate("typeof window.planted") == "undefined"


def test_the_language_is_switched(page: Page, folder: Path) -> None:
    page.open(folder / "fleet.html", SCREEN)
    unfold(page)
    title = "document.querySelector('h1').innerText.trim()"
    assert page.evaluate(title).endswith("Alerts of 3 clusters may not reach DingTalk")
    assert (visible(page, ".z"), visible(page, ".e") > 100) == (0, True)
    page.evaluate("document.querySelector('label[for=zh]').click()")
    assert page.evaluate(title).endswith("3 个集群的告警可能无法送达钉钉")
    assert (visible(page, ".e"), visible(page, ".z") > 100) == (0, True)
    page.evaluate("document.querySelector('label[for=en]').click()")
    assert visible(page, ".z") == 0


#: filter -> the clusters' rows that are shown; DingTalk's row is healthy.
FILTERS = {"all": 12, "f-error": 3, "f-unknown": 2, "f-warning": 2, "f-ok": 5}


@pytest.mark.parametrize("name", FILTERS)
def test_the_numbers_filter_the_clusters(name: str, page: Page, folder: Path) -> None:
    page.open(folder / "fleet.html", PHONE)
    page.evaluate(f"document.querySelector('label[for={name}]').click()")
    assert visible(page, ".row") == FILTERS[name]


def test_findings_unfold_and_links_lead_to_them(page: Page, folder: Path) -> None:
    page.open(folder / "fleet.html", SCREEN)
    assert visible(page, ".finding") == 0
    page.evaluate("document.querySelector('.row.error > summary').click()")
    assert visible(page, ".finding") == 3
    unfold(page)
    page.evaluate("document.querySelector('.hosts a[href=\"#c3\"]').click()")
    assert page.evaluate("document.querySelector(':target b').innerText") == "lab"


def test_the_worst_come_first_and_the_healthy_are_folded(page: Page, folder: Path) -> None:
    page.open(folder / "large.html", PHONE)
    ranks = page.evaluate("[...document.querySelectorAll('.row')].map(row => row.className.split(' ')[1])")
    assert ranks == ["ok"] + ["error"] * 18 + ["unknown"] * 12 + ["warning"] * 12 + ["ok"] * 464
    assert visible(page, ".row") == 43
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    page.screenshot(PICTURES / f"large-{PHONE}.png")
    page.evaluate("document.querySelector('.rest > summary').click()")
    assert visible(page, ".row") == 507


def test_the_head_of_the_matrix_remains_in_sight(page: Page, folder: Path) -> None:
    page.open(folder / "large.html", PHONE, height=800)
    page.evaluate("scrollTo(0, 2500)")
    assert page.evaluate("document.querySelector('.head').getBoundingClientRect().top") == 0
    assert page.evaluate("document.querySelector('.head').getBoundingClientRect().height") < 130


def test_each_symbol_is_read_out(page: Page, folder: Path) -> None:
    (folder / "one.html").write_text(document(report({"lab": unreachable()})), encoding="utf-8")
    page.open(folder / "one.html", SCREEN)
    cells = page.evaluate(
        f"[...document.querySelectorAll('.row .c')].map(cell => [...cell.querySelectorAll('.e, .same')]"
        f".filter({SHOWN}).map(part => part.innerText).join(' '))"
    )
    assert cells == ["Cluster error", "Rules skipped", "skipped", "Notification Manager skipped", "Egress skipped"]
