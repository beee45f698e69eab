# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and templates of roles, for composite tasks, which run outside any role."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core import yaml_text
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.validation import validated
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.verbatim import check_verbatim
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES

FOLDER = Path(__file__).resolve().parents[2] / "roles"
#: The template that renders all manifests of a role, in the order of writing.
MANIFESTS = "manifests.yaml.j2"

_VARIABLE = re.compile(r"^\{\{ *(\w+) *\}\}$")


#: Options of roles with IDs, names and keys, see ``_core/verbatim.py``.
VERBATIM = {
    "dingtalk": frozenset(
        {
            "dingtalk_app_key",
            "dingtalk_app_secret",
            "dingtalk_registry_host",
            "dingtalk_registry_context",
            "dingtalk_forget_intents",
            "dingtalk_recreate_chats",
            "dingtalk_dissolve_chats",
            "dingtalk_adopt_chats.*",
        }
    ),
    "notification": frozenset({"notification_chats", "notification_robot", "notification_cluster_name"}),
}


class RoleOptions:
    """A role's own options, from its argument specs."""

    def __init__(self, name: str) -> None:
        self.name = name
        text = (FOLDER / name / "meta" / "argument_specs.yml").read_bytes()
        options = yaml_text.load(text)["argument_specs"]["main"]["options"]
        own = {option: dict(rules) for option, rules in options.items() if option.startswith(f"{name}_")}
        self._defaults = {option: rules.pop("default", None) for option, rules in own.items()}
        self.options: Mapping[str, Any] = own
        self._spec = ArgumentSpec(options=own)
        self._verbatim = VERBATIM.get(name, frozenset())

    @property
    def names(self) -> list[str]:
        """The names of the options."""
        return list(self._defaults)

    def params(self, errors: Errors, variables: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the role's options with types and defaults, None if they have errors."""
        values = {}
        for name, default in self._defaults.items():
            value = variables.get(name)
            values[name] = _default(default, variables) if value is None else value
        texts = errors.at()
        check_verbatim(texts, self._verbatim, values)
        return None if texts else validated(errors.at(f"role {self.name}"), self._spec, values)


class Role(RoleOptions):
    """A role with its compiled templates.

    The context is plain data, which Jinja never evaluates: responses of clusters and DingTalk remain text.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        environment = Environment(
            loader=FileSystemLoader(FOLDER / name / "templates"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,  # otherwise an include is joined with the following line
            autoescape=False,  # noqa: S701 - YAML, whose values are serialized by to_json
            auto_reload=False,
        )
        environment.filters["to_json"] = _to_json
        templates = {template: environment.get_template(template) for template in environment.list_templates()}
        self._template = templates[MANIFESTS]

    def render(self, context: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Render the role's manifests."""
        text = self._template.render(context)
        return [manifest for manifest in yaml_text.load_all(text) if manifest]


def _default(default: Any, variables: Mapping[str, Any]) -> Any:
    """Return an option's default, resolved if it is only the name of a variable."""
    name = _VARIABLE.match(default) if isinstance(default, str) else None
    return variables.get(name[1]) if name else default


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


#: Read and compiled once, on the import of the action, before workers are forked.
ROLES = {name: Role(name) for name in FEATURES}
DINGTALK = RoleOptions("dingtalk")
VERIFY = RoleOptions("verify")
