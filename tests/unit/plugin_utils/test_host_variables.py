# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates that are resolved without compilation have the same result as in Ansible's own engine; features."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.template import Templar, trust_as_template

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import InputError, OperationError
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    HostVariables,
    plain,
    selected_features,
)

KNOWN: dict[str, Any] = {
    "server": "one",
    "folder": "/etc/kube",
    "port": 6443,
    "nothing": None,
    "listed": ["a", "b"],
    "brackets": "[1, 2]",
    "vault_secret": "s3cret",
    "from_another": "{{ server }}",
    "from_task": "{{ 1 + 1 }}",
}
RESOLVED = [
    "{{ server }}",
    "{{server}}",
    "{{ folder }}/configs/{{ server }}",
    "{{ folder }}/{{ server }}/{{ server }}.yml\n",
    "{{ vault_secret | default('') }}",
    "{{ vault_missing | default('') }}",
    "{{ vault_missing|default( 'x' ) }}",
    "{{ port }}",
    "{{ nothing }}",
    "{{ listed }}",
    "{{ folder }}/{{ vault_missing | default('other') }}",
]
COMPILED = [
    "{{ from_another }}",
    "{{ from_another }}/{{ server }}",
    "{{ server }}:{{ port }}",
    "{{ server | upper }}",
    "{{ server if port else folder }}",
    "{% if port %}{{ server }}{% endif %}",
    "{# nothing #}{{ server }}",
    "[{{ port }}, {{ server }}]",
    "{{ '{{' }}{{ server }}",
    "{{ omitted | default(server) }}",
    "{{ true }}",
]


class _NoEngine:
    """Replaces Ansible's engine where it must not be used."""

    def template(self, value: object) -> object:
        raise AssertionError(f"compiled: {value!r}")


def _variables(template: str) -> dict[str, Any]:
    trusted = {name: trust_as_template(value) if name == "from_another" else value for name, value in KNOWN.items()}
    return {**trusted, "desired": trust_as_template(template)}


@pytest.mark.parametrize("template", [*RESOLVED, *COMPILED])
def test_result_matches_the_engine(template: str) -> None:
    variables = _variables(template)
    engine = Templar(DataLoader(), variables)
    assert HostVariables(engine, variables)["desired"] == engine.template(variables["desired"])


@pytest.mark.parametrize("template", [item for item in RESOLVED if item != "{{ listed }}"])
def test_simple_templates_are_not_compiled(template: str) -> None:
    variables = _variables(template)
    assert HostVariables(_NoEngine(), variables)["desired"] is not variables["desired"]


@pytest.mark.parametrize("template", ["{{ missing }}", "{{ folder }}/{{ missing }}"])
def test_undefined_variable_is_reported_with_the_variable_that_uses_it(template: str) -> None:
    variables = _variables(template)
    with pytest.raises(OperationError, match=r"desired: .*missing"):
        _ = HostVariables(Templar(DataLoader(), variables), variables)["desired"]


def test_task_results_are_never_templated() -> None:
    variables = _variables("{{ folder }}/{{ from_task }}")
    engine = Templar(DataLoader(), variables)
    assert HostVariables(engine, variables)["from_task"] == "{{ 1 + 1 }}"
    assert HostVariables(engine, variables)["desired"] == "/etc/kube/{{ 1 + 1 }}"


@pytest.mark.parametrize("text", ["{{ $labels.node }}", "at {{.Labels.node}}", "{{- $value }}"])
def test_braces_of_prometheus_are_reported_with_a_hint(text: str) -> None:
    variables = {"desired": [{"message": trust_as_template(text)}]}
    with pytest.raises(OperationError, match="put !unsafe before text"):
        _ = HostVariables(Templar(DataLoader(), variables), variables)["desired"]


def test_invalid_template_is_not_mistaken_for_one_of_prometheus() -> None:
    variables = {"desired": trust_as_template("{{ 1 + }}")}
    with pytest.raises(OperationError) as raised:
        _ = HostVariables(Templar(DataLoader(), variables), variables)["desired"]
    assert "unsafe" not in raised.value.message


@pytest.mark.parametrize("name", ["whole", "nested"])
def test_values_that_cannot_be_decrypted_are_reported_with_a_hint(name: str) -> None:
    secret = VaultLib([("default", VaultSecret(b"a password"))]).encrypt("s3cret").decode().replace("\n", "\n    ")
    text = f"whole: !vault |\n    {secret}\nnested:\n  one:\n  - !vault |\n    {secret}\n"
    variables = DataLoader().load(text)
    with pytest.raises(OperationError, match=f"{name}: cannot be decrypted; provide the vault password"):
        _ = HostVariables(Templar(DataLoader(), variables), variables)[name]


def test_plain_values_have_builtin_types_only() -> None:
    class Marked(str):
        """A string as in ansible-core before 2.19, whose methods return strings of the same type."""

        __slots__ = ()

        def __str__(self) -> str:
            return self

        def encode(self, *_arguments: str) -> MarkedBytes:
            return MarkedBytes(super().encode())

    class MarkedBytes(bytes):
        def decode(self, *_arguments: str) -> str:
            return Marked(super().decode())

    [(key, value)] = plain({Marked("key"): [Marked("\udcff")]}).items()
    assert (type(key), type(value[0]), value[0]) == (str, str, "\udcff")


@pytest.mark.parametrize("value", [{"a": 1}, [["alerting"]], 5, "alarm"])
def test_features_of_another_type_are_unknown(value: Any) -> None:
    with pytest.raises(InputError) as raised:
        selected_features({"kubesphere_features": value})
    assert "- kubesphere_features: unknown feature " in raised.value.message
