# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets in the options of a task, and the options without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import Errors
from ..specs import ArgumentSpec
from .kinds import OTHER, PATH, UNKNOWN, WHOLE, SecretKind, is_secret_name


def find_secrets(spec: ArgumentSpec, values: Mapping[Any, Any]) -> Iterator[str]:
    """Yield the secret texts in options of any type, validated or not, known or not."""
    for name, value in values.items():
        for kind, item in _parts(spec, str(name), value):
            yield from kind.find(item)


def check_secrets(errors: Errors, spec: ArgumentSpec, values: Mapping[Any, Any], prefix: str = "") -> None:
    """Check that options hold a secret only where one belongs. ``prefix``: that of their names."""
    for name, value in values.items():
        check_secret(errors.at(f"{prefix}{name}"), spec, str(name), value)


def check_secret(errors: Errors, spec: ArgumentSpec, name: str, value: Any) -> None:
    """Check that an option holds a secret only where one belongs."""
    for kind, item in _parts(spec, name, value) if value is not None else ():
        kind.check(errors, item)


def hide_secrets(spec: ArgumentSpec, values: Mapping[Any, Any]) -> dict[str, Any]:
    """Return options as they may be shown, at the same places."""
    return {str(name): _hidden(spec, str(name), value) for name, value in values.items()}


def _parts(spec: ArgumentSpec, name: str, value: Any) -> Iterator[tuple[SecretKind, Any]]:
    """Yield an option's kind and value, or those of its suboptions."""
    nested = _nested(spec, name)
    for item in value if nested and isinstance(value, list | tuple) else [value]:
        if nested and isinstance(item, Mapping):
            for key, inner in item.items():
                yield from _parts(nested, str(key), inner)
        else:
            yield _kind(spec, name, item), item


def _hidden(spec: ArgumentSpec, name: str, value: Any) -> Any:
    nested = _nested(spec, name)
    if nested and isinstance(value, list | tuple):
        return [_hidden(spec, name, item) for item in value]
    if nested and isinstance(value, Mapping):
        return hide_secrets(nested, value)
    return _kind(spec, name, value).hide(value)


def _kind(spec: ArgumentSpec, name: str, value: Any) -> SecretKind:
    name, rules = _option(spec, name)
    if name in spec.secrets:
        return spec.secrets[name]
    if rules is None:
        return WHOLE if is_secret_name(name) else UNKNOWN
    if rules.get("no_log"):
        return WHOLE
    if rules.get("type") == "path":
        return PATH
    return WHOLE if _is_misplaced(rules, value) else OTHER


def _is_misplaced(rules: Mapping[str, Any], value: Any) -> bool:
    """Return whether a value is of another type than that of its option, so that nothing is known of its content."""
    is_nested = isinstance(value, Mapping | list | tuple)
    if rules.get("type", "str") in ("dict", "list"):
        return bool(rules.get("options")) and not is_nested
    return is_nested and rules.get("type") != "raw"


def _nested(spec: ArgumentSpec, name: str) -> ArgumentSpec | None:
    """Return the spec of the suboptions, None without any."""
    name, rules = _option(spec, name)
    if not rules or not rules.get("options"):
        return None
    prefix = f"{name}."
    below = {key.removeprefix(prefix): kind for key, kind in spec.secrets.items() if key.startswith(prefix)}
    return ArgumentSpec(options=rules["options"], secrets=below)


def _option(spec: ArgumentSpec, name: str) -> tuple[str, Mapping[str, Any] | None]:
    """Return an option's name and rules, also by an alias; no rules if it is unknown."""
    if name in spec.options:
        return name, spec.options[name]
    for canonical, rules in spec.options.items():
        if name in (rules.get("aliases") or ()):
            return canonical, rules
    return name, None
