# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's validation agrees with that of each version of Alertmanager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.config import SHIPPED, check_document
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.yaml_edit import parse
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from tests.support.input_errors import errors_of
from tests.support.realparts.catalog import ALERTMANAGER_VERSIONS
from tests.system.alertmanager.amtool import Amtool
from tests.system.alertmanager.defaults import DEFAULTS
from tests.system.alertmanager.faults import BASE, CLASSES, LEFT_TO_VALIDATE, Json
from tests.system.alertmanager.generated import configurations
from tests.unit.apply.styles import STYLES

Amtools = Mapping[str, Amtool]

GENERATED, BATCH = 200, 10


def text_of(document: Json) -> str:
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def assert_agreement(amtool: Amtool, texts: Sequence[str]) -> list[bool]:
    """Assert that both give the same verdicts, and return them."""
    verdicts = amtool.accepts(texts)
    for text, accepted in zip(texts, verdicts, strict=True):
        errors = errors_of(check_document, parse(text, "text"), amtool.version)
        message = "; ".join(errors) or "no errors"
        verdict = "accepts" if accepted else "rejects"
        assert accepted is not bool(errors), f"amtool {amtool.version} {verdict}, the collection has {message}:\n{text}"
    return verdicts


def test_versions_match_those_shipped_by_kubesphere() -> None:
    assert SHIPPED == ALERTMANAGER_VERSIONS


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_are_valid_in_their_version(name: str, amtools: Amtools) -> None:
    default = DEFAULTS[name]
    assert assert_agreement(amtools[default.version], [default.text]) == [True]


def test_defaults_in_every_version(amtools: Amtools) -> None:
    texts = [default.text for default in DEFAULTS.values()]
    verdicts = [valid for amtool in amtools.values() for valid in assert_agreement(amtool, texts)]
    assert not all(verdicts), "0.21 does not support matchers"


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_of_fault(name: str, amtools: Amtools) -> None:
    texts = [text_of(document) for document in CLASSES[name]]
    verdicts = {valid for amtool in amtools.values() for valid in assert_agreement(amtool, texts)}
    assert verdicts == {True, False}


def test_number_of_documents_is_sufficient() -> None:
    assert len(DEFAULTS) + sum(map(len, CLASSES.values())) > 600


def test_generated_configurations(amtools: Amtools) -> None:
    seen: list[bool] = []

    @settings(max_examples=GENERATED // BATCH, deadline=None, derandomize=True, database=None)
    @given(st.lists(configurations(), min_size=BATCH, max_size=BATCH))
    def agree(documents: list[Json]) -> None:
        texts = [text_of(document) for document in documents]
        seen.extend(valid for amtool in amtools.values() for valid in assert_agreement(amtool, texts))

    agree()
    assert seen.count(True) > GENERATED // 4
    assert seen.count(False) > GENERATED // 4


@pytest.mark.parametrize("name", CLASSES)
def test_without_a_version_only_errors_of_all_versions_are_reported(name: str, amtools: Amtools) -> None:
    texts = [text_of(document) for document in CLASSES[name]]
    verdicts = zip(*(amtool.accepts(texts) for amtool in amtools.values()), strict=True)
    for text, accepted in zip(texts, verdicts, strict=True):
        errors = errors_of(check_document, parse(text, "text"))
        assert not (errors and any(accepted)), f"{errors}:\n{text}"


def test_without_a_version_fields_of_later_versions_are_accepted() -> None:
    assert errors_of(check_document, {**BASE, "tracing": {}}) == []


@pytest.mark.parametrize("document", LEFT_TO_VALIDATE)
def test_content_of_http_config_intervals_and_templates_is_left_to_validate(document: Json, amtools: Amtools) -> None:
    text = text_of(document)
    amtool = amtools[ALERTMANAGER_VERSIONS["3.4"]]
    assert amtool.accepts([text]) == [False]
    assert errors_of(check_document, parse(text, "text"), amtool.version) == []


@pytest.mark.parametrize("style", STYLES)
def test_documents_in_every_style(style: str, amtools: Amtools) -> None:
    """Alertmanager reads them as the collection does; those with fields of others are rejected by both."""
    for amtool in amtools.values():
        assert_agreement(amtool, [STYLES[style]])


def test_duplicate_keys_are_rejected(amtools: Amtools) -> None:
    texts = (
        "receivers: [{name: a}]\nroute: {receiver: a}\n",
        "receivers: [{name: a}]\nroute: {receiver: a, receiver: a}\n",
        "receivers: [{name: a, 'name': a}]\nroute: {receiver: a}\n",
        "receivers: [{name: a}]\nroute: {receiver: a}\nreceivers: [{name: a}]\n",
        "receivers: [{name: a}]\nroute: {receiver: a, routes: [{match: {a: b, a: c}}]}\n",
        "receivers: [{name: a}]\nroute: {receiver: a, routes: [{&x match: {a: b}}, {*x : {c: d}}]}\n",
    )
    for amtool in amtools.values():
        assert amtool.accepts(texts) == [is_read(text) for text in texts]


def is_read(text: str) -> bool:
    try:
        parse(text, "doc")
    except OperationError:
        return False
    return True
