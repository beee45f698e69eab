# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's options and templates, used without the role: a composite task has no role around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible.plugins.loader import lookup_loader
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.chats import validated

ROLES = Path(__file__).resolve().parents[2] / "roles"
#: The template that renders all manifests of a role, in the order in which they are written.
MANIFESTS = "manifests.yaml.j2"

_VARIABLE = re.compile(r"^\{\{ *(\w+) *\}\}$")


class Role:
    """A role of this collection as its files describe it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._folder = ROLES / name
        specs = yaml.safe_load((self._folder / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        self._options: dict[str, Any] = specs["argument_specs"]["main"]["options"]

    @property
    def variables(self) -> list[str]:
        """The names of the role's own options."""
        return [name for name in self._options if name.startswith(f"{self.name}_")]

    def params(self, variables: Mapping[str, Any], problems: list[str], place: str = "") -> Mapping[str, Any] | None:
        """Return the role's options with types and defaults, or None after adding what is wrong to ``problems``."""
        options = {name: dict(self._options[name]) for name in self.variables}
        values = {}
        for name, option in options.items():
            default = option.pop("default", None)
            value = variables.get(name)
            values[name] = _default(default, variables) if value is None else value
        return validated(ArgumentSpec(options=options), values, place or f"role {self.name}", problems)

    def render(self, templar: Any, loader: Any, context: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Render the role's manifests with ``context``; its values are data and are not evaluated as templates."""
        lookup = lookup_loader.get("ansible.builtin.template", loader=loader, templar=templar)
        path = str(self._folder / "templates" / MANIFESTS)
        text = lookup.run([path], variables={**wrap_var(dict(context)), "ansible_search_path": []})[0]
        return [manifest for manifest in yaml.safe_load_all("".join(str(text))) if manifest]


def _default(default: Any, variables: Mapping[str, Any]) -> Any:
    """Return an option's default; one that is just the name of a variable is looked up."""
    name = _VARIABLE.match(default) if isinstance(default, str) else None
    return variables.get(name[1]) if name else default
