# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that an amtool rejects is accepted by the collection, and nothing that it accepts is rejected."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager import go_regexp
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.config import check_document
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.matchers import Matcher
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.yaml_edit import parse
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from tests.support.closing_lines import closing_lines
from tests.support.testbed.fixtures import needing_real_parts
from tests.system.alertmanager.amtool import Amtool
from tests.system.alertmanager.corpus import sources, texts
from tests.system.alertmanager.corpus.patterns import patterns
from tests.system.alertmanager.corpus.receivers import receivers
from tests.system.alertmanager.corpus.texts import different
from tests.system.alertmanager.faults import Json, child, inhibit, root, settings, webhook
from tests.system.alertmanager.integrations import tags, with_integration
from tests.system.alertmanager.test_agreement import text_of

Amtools = Mapping[str, Amtool]
#: Makes texts, of which `document` makes configurations.
Source = Callable[[], Iterable[str]]
SEED = 1

#: Values for which expressions are evaluated.
VALUES = (
    "",
    "a",
    "b",
    "é",
    "É",
    "界",
    "A",
    "ab",
    "aa",
    "z-",
    "1",
    "٣",
    "_",
    " ",
    "a b",
    "[",
    "]",
    "^",
    "(*",
    "b" * 10,
)

#: Syntax that Go has from 1.22 or 1.25 on, and properties that it does not have any more. Alertmanager is built with
#: Go 1.21 or older up to 0.27; the amtool of the tests is not.
OTHER_GO = re.compile(r"\(\?<\w+>|\\[pP]\{\^?(?:Assigned|Cn|Ascii|Letter|(?![A-Z][a-z]*\})[\w -]{2,})\}", re.ASCII)


def valid_in_any_go(listed: Iterable[str]) -> list[str]:
    return [text for text in listed if not OTHER_GO.search(text)]


def retry(text: str) -> Json:
    return with_integration("pushover_configs", {"user_key": "key", "token": "token", "retry": text})


CORPORA: dict[str, tuple[Source, Callable[[str], Json]]] = {
    "patterns": (
        lambda: valid_in_any_go(patterns(SEED, 3000)),
        lambda text: child(receiver="hook", match_re={"a": text}),
    ),
    "patterns of Go's tests": (
        lambda: valid_in_any_go(sources.go_texts("regexp")),
        lambda text: inhibit(source_match_re={"a": text}),
    ),
    "matchers": (
        lambda: different(SEED, 1500, texts.matcher, texts.MATCHER_CHARACTERS),
        lambda text: child(receiver="hook", matchers=[text]),
    ),
    "patterns in matchers": (
        lambda: valid_in_any_go(patterns(SEED + 1, 1000)),
        lambda text: inhibit(source_matchers=[f"a=~{text}"]),
    ),
    "texts of Alertmanager's tests": (sources.matcher_texts, lambda text: inhibit(target_matchers=[text])),
    "secret URLs": (
        lambda: different(SEED, 1500, texts.url, texts.URL_CHARACTERS),
        lambda text: webhook(url=text),
    ),
    "URLs": (
        lambda: different(SEED + 1, 1000, texts.url, texts.URL_CHARACTERS),
        lambda text: settings(pagerduty_url=text),
    ),
    "URLs of Go's tests": (lambda: sources.go_texts("net/url"), lambda text: settings(slack_api_url=text)),
    "addresses": (lambda: different(SEED, 400, texts.address), lambda text: settings(smtp_smarthost=text)),
    "durations": (
        lambda: different(SEED, 1000, texts.duration, texts.DURATION_CHARACTERS),
        lambda text: root(repeat_interval=text),
    ),
    "durations of Go": (lambda: different(SEED, 1000, texts.go_duration, texts.DURATION_CHARACTERS), retry),
    "labels to match": (
        lambda: different(SEED, 400, texts.label, texts.LABEL_CHARACTERS),
        lambda text: child(receiver="hook", match={text: "x"}),
    ),
    "labels to group by": (
        lambda: different(SEED, 400, texts.label, texts.LABEL_CHARACTERS),
        lambda text: root(group_by=[text]),
    ),
    "equal labels": (
        lambda: different(SEED, 400, texts.label, texts.LABEL_CHARACTERS),
        lambda text: inhibit(equal=[text]),
    ),
}


def differences(amtool: Amtool, documents: Sequence[str]) -> list[str]:
    """Return the configurations for which the verdicts differ, with that of amtool."""
    verdicts = amtool.accepts(documents)
    return [
        f"{amtool.version} {'accepts' if accepted else 'rejects'}:\n{text}"
        for text, accepted in zip(documents, verdicts, strict=True)
        if accepted is not is_accepted(text, amtool.version)
    ]


def is_accepted(text: str, version: str) -> bool:
    errors = Errors()
    with errors.collecting():
        check_document(errors, parse(text, "text"), version)
    return not errors


def count(what: str, documents: Sequence[str]) -> None:
    closing_lines.count("configurations compared with amtool", *(f"{what} {index}" for index in range(len(documents))))


@pytest.mark.parametrize("name", CORPORA)
def test_texts(name: str, amtools: Amtools) -> None:
    source, document = CORPORA[name]
    with needing_real_parts():
        documents = [text_of(document(text)) for text in source()]
    assert not [difference for amtool in amtools.values() for difference in differences(amtool, documents)]
    assert 20 < sum(is_accepted(text, "0.27.0") for text in documents) < len(documents)
    count(name, documents)


def test_receivers(amtools: Amtools) -> None:
    fields = set().union(*(tags(amtool.program) for amtool in amtools.values()))
    documents = [text_of(document) for document in receivers(SEED, 2000, fields)]
    assert not [difference for amtool in amtools.values() for difference in differences(amtool, documents)]
    assert 200 < sum(is_accepted(text, "0.21.0") for text in documents) < 1800
    count("receivers", documents)


def test_configurations_of_alertmanager(amtools: Amtools) -> None:
    with needing_real_parts():
        found = sources.configurations()
    # The content of http_config is not checked.
    checked = [text for name, text in found.items() if "http" not in name]
    assert not [difference for amtool in amtools.values() for difference in differences(amtool, checked)]
    assert sum(is_accepted(text, "0.27.0") for text in checked) > 20
    count("configurations of Alertmanager", checked)


def test_properties_of_unicode(amtools: Amtools) -> None:
    names = valid_in_any_go(rf"\p{{{name}}}" for name in go_regexp.PROPERTIES.split())
    assert len(names) > 100
    for amtool in amtools.values():
        assert all(amtool.accepts([text_of(root(routes=[{"match_re": {"a": name}}])) for name in names]))


def test_meaning_of_patterns(amtools: Amtools) -> None:
    valid = [text for text in valid_in_any_go(patterns(SEED + 2, 2500)) if not go_regexp.fault(text)]
    # Python needs ages for nested repetitions.
    plain = [text for text in valid if not re.search(r"\{[0-9]{1,4}[,}]|[*+].*[*+]", text, re.DOTALL)]
    known = [text for text in plain if go_regexp.compiled(text)]
    assert len(known) > 200
    routes = [{"match_re": {"a": text}, "receiver": f"r{index}", "continue": True} for index, text in enumerate(known)]
    names = ["none", *(f"r{index}" for index in range(len(known)))]
    document = text_of(
        {"route": {"receiver": "none", "routes": routes}, "receivers": [{"name": name} for name in names]}
    )
    matched: set[str] = set()
    for value in VALUES:
        expected = {f"r{index}" for index, text in enumerate(known) if Matcher("a", "=~", text).accepts({"a": value})}
        matched |= expected
        for amtool in amtools.values():
            found = set(amtool.receivers(document, {"a": json.dumps(value, ensure_ascii=False)})) - {"none"}
            assert not {known[int(name[1:])] for name in found ^ expected}, f"{amtool.version}, value {value!r}"
    assert len(matched) > 100


@pytest.mark.parametrize("text", ["(?<n>x)", r"\p{greek}", r"\p{Letter}", r"\p{Assigned}", r"\p{LC}"])
def test_syntax_of_a_newer_go_is_rejected(text: str) -> None:
    assert not valid_in_any_go([text])
    assert go_regexp.fault(text)


@pytest.mark.parametrize("text", [r"\p{Old_Italic}", r"\p{SignWriting}"])
def test_properties_of_an_older_go_are_accepted(text: str) -> None:
    assert not valid_in_any_go([text])
    assert not go_regexp.fault(text)
