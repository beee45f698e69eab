# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates that are looked up instead of compiled give what Ansible's own engine makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.template import Templar, trust_as_template

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import HostVariables, plain

KNOWN: dict[str, Any] = {
    "server": "one",
    "folder": "/etc/kube",
    "port": 6443,
    "nothing": None,
    "listed": ["a", "b"],
    "brackets": "[1, 2]",
    "vault_secret": "s3cret",
    "of_another": "{{ server }}",
    "from_a_task": "{{ 1 + 1 }}",
}
LOOKED_UP = [
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
    "{{ of_another }}",
    "{{ of_another }}/{{ server }}",
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
    """Stands in for Ansible's engine where it must not be needed."""

    def template(self, value: object) -> object:
        raise AssertionError(f"compiled: {value!r}")


def _variables(template: str) -> dict[str, Any]:
    trusted = {name: trust_as_template(value) if name == "of_another" else value for name, value in KNOWN.items()}
    return {**trusted, "wished": trust_as_template(template)}


@pytest.mark.parametrize("template", [*LOOKED_UP, *COMPILED])
def test_a_template_gives_what_the_engine_gives(template: str) -> None:
    variables = _variables(template)
    engine = Templar(DataLoader(), variables)
    assert HostVariables(engine, variables)["wished"] == engine.template(variables["wished"])


@pytest.mark.parametrize("template", [item for item in LOOKED_UP if item != "{{ listed }}"])
def test_the_everyday_ones_are_not_compiled(template: str) -> None:
    variables = _variables(template)
    assert HostVariables(_NoEngine(), variables)["wished"] is not variables["wished"]


@pytest.mark.parametrize("template", ["{{ missing }}", "{{ folder }}/{{ missing }}"])
def test_a_variable_that_is_missing_is_named_with_the_one_that_needs_it(template: str) -> None:
    variables = _variables(template)
    with pytest.raises(OperationError, match=r"wished: .*missing"):
        _ = HostVariables(Templar(DataLoader(), variables), variables)["wished"]


def test_what_a_task_returned_is_no_template_wherever_it_is_put() -> None:
    variables = _variables("{{ folder }}/{{ from_a_task }}")
    engine = Templar(DataLoader(), variables)
    assert HostVariables(engine, variables)["from_a_task"] == "{{ 1 + 1 }}"
    assert HostVariables(engine, variables)["wished"] == "/etc/kube/{{ 1 + 1 }}"


@pytest.mark.parametrize("text", ["{{ $labels.node }}", "at {{.Labels.node}}", "{{- $value }}"])
def test_braces_of_prometheus_are_named_as_such(text: str) -> None:
    variables = {"wished": [{"message": trust_as_template(text)}]}
    with pytest.raises(OperationError, match="need !unsafe before the text"):
        _ = HostVariables(Templar(DataLoader(), variables), variables)["wished"]


def test_a_template_that_is_only_wrong_is_not_taken_for_one_of_prometheus() -> None:
    variables = {"wished": trust_as_template("{{ 1 + }}")}
    with pytest.raises(OperationError) as refused:
        _ = HostVariables(Templar(DataLoader(), variables), variables)["wished"]
    assert "unsafe" not in refused.value.message


@pytest.mark.parametrize("name", ["whole", "nested"])
def test_what_cannot_be_decrypted_is_named_with_the_way_out(name: str) -> None:
    secret = VaultLib([("default", VaultSecret(b"a password"))]).encrypt("s3cret").decode().replace("\n", "\n    ")
    text = f"whole: !vault |\n    {secret}\nnested:\n  one:\n  - !vault |\n    {secret}\n"
    variables = DataLoader().load(text)
    with pytest.raises(OperationError, match=f"{name}: cannot be decrypted; give the vault's password"):
        _ = HostVariables(Templar(DataLoader(), variables), variables)[name]


def test_what_is_plain_has_nothing_of_ansibles_types() -> None:
    class Marked(str):
        """As texts of ansible-core before 2.19, whose methods give such texts again."""

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
