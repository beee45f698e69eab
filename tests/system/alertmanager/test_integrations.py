# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The validation of integrations agrees with amtool of each version: their fields, and those that they need."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.config import check_document, number
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.integrations import INTEGRATIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.yaml_edit import parse
from tests.support.closing_lines import closing_lines
from tests.support.input_errors import errors_at, errors_of
from tests.system.alertmanager.faults import BASE
from tests.system.alertmanager.integrations import ALTERNATIVES, COMPLETE, needs, tags, values, with_integration
from tests.system.alertmanager.test_agreement import Amtools, assert_agreement, text_of

of_every_integration = pytest.mark.parametrize("kind", INTEGRATIONS)


def known_to(amtools: Amtools, kind: str) -> Amtools:
    """Return the versions with an integration."""
    since = INTEGRATIONS[kind].since
    return {version: amtool for version, amtool in amtools.items() if number(version) >= since}


def test_every_integration_has_a_row(amtools: Amtools) -> None:
    for version, amtool in amtools.items():
        kinds = sorted(tag for tag in tags(amtool.program) if tag.endswith("_configs") and not tag.startswith("scrape"))
        receivers = [{**BASE, "receivers": [*BASE["receivers"], {"name": "more", kind: []}]} for kind in kinds]
        accepted = amtool.accepts([text_of(document) for document in receivers])
        known = {kind for kind, valid in zip(kinds, accepted, strict=True) if valid}
        assert known == {kind for kind, row in INTEGRATIONS.items() if number(version) >= row.since}
    assert set(INTEGRATIONS) == set(COMPLETE) == set(ALTERNATIVES)


@of_every_integration
def test_every_field_has_a_row(kind: str, amtools: Amtools) -> None:
    for amtool in known_to(amtools, kind).values():
        fields = sorted(tags(amtool.program) - set(COMPLETE[kind]))
        texts = [text_of(with_integration(kind, {**COMPLETE[kind], field: None})) for field in fields]
        assert_agreement(amtool, texts)


@of_every_integration
def test_needs(kind: str, amtools: Amtools) -> None:
    texts = [text_of(document) for document in needs(kind)]
    verdicts = {valid for amtool in known_to(amtools, kind).values() for valid in assert_agreement(amtool, texts)}
    assert verdicts == {True, False}
    closing_lines.count("needs of integrations", *(f"{kind} {number}" for number in range(len(texts))))


@of_every_integration
def test_values_of_every_field(kind: str, amtools: Amtools) -> None:
    for version, amtool in known_to(amtools, kind).items():
        fields = [name for name, field in INTEGRATIONS[kind].fields.items() if field.since <= number(version)]
        unchecked = {"http_config", "tls_config"}
        assert_agreement(
            amtool,
            [text_of(document) for field in fields if field not in unchecked for document in values(kind, field)],
        )


@of_every_integration
def test_without_a_version_only_errors_of_all_versions_are_reported(kind: str, amtools: Amtools) -> None:
    texts = [text_of(document) for document in needs(kind)]
    verdicts = zip(*(amtool.accepts(texts) for amtool in amtools.values()), strict=True)
    for text, accepted in zip(texts, verdicts, strict=True):
        assert not (errors_of(check_document, parse(text, "text")) and any(accepted)), text


@of_every_integration
def test_without_a_version_a_missing_value_is_reported(kind: str, amtools: Amtools) -> None:
    """The configurations have no field that is unknown to some version, so that it is the only error."""
    section = COMPLETE[kind]
    missing = [{key: value for key, value in section.items() if key != name} for name in section if name != "sigv4"]
    for document in [with_integration(kind, rest) for rest in [{}, *missing]]:
        assert not any(amtool.accepts([text_of(document)])[0] for amtool in amtools.values())
        [error] = errors_at("doc", check_document, document)[:1]
        assert error.startswith(f"doc: receivers[2].{kind}[0]: ")
        assert "; set" in error
