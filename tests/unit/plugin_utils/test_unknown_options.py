# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A misspelt key within any option is refused, with the key that it resembles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager import schema
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.config import check_document
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.routes import check_desired
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.validation import validated
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired import chats, receivers
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import DINGTALK, ROLES
from tests.support.input_errors import errors_at, errors_of

Json = dict[str, Any]
FOLDER = Path(__file__).parents[3] / "roles"
ALL_ROLES = {**ROLES, "dingtalk": DINGTALK}
#: Options of roles that are maps, or lists of maps, of which the argument specs do not name the keys.
MAPS_BY_KEY = {
    "alerting_policies.labels": "labels of an alert, of any name",
    "alertmanager_routes.match": "labels of an alert, of any name",
    "alertmanager_routes.match_re": "labels of an alert, of any name",
    "alertmanager_routes.routes": "test_a_misspelt_field_of_a_child_route",
    "alertmanager_global": "test_a_misspelt_field_of_alertmanager",
    "alertmanager_receivers": "test_a_misspelt_field_of_alertmanager",
    "dingtalk_chats": "SPECS",
    "dingtalk_robots": "SPECS",
    "dingtalk_adopt_chats": "keys of dingtalk_chats",
    "notification_receivers": "SPECS",
    "notification_routers": "SPECS",
    "notification_alert_selector": "test_a_misspelt_field_of_a_selector",
}
#: The entries of these maps.
SPECS = {
    "dingtalk_chats": chats.chat_spec(),
    "dingtalk_robots": chats.robot_spec(),
    "notification_receivers": receivers._receiver_spec(),
    "notification_routers": receivers._router_spec(),
}


def misspelt(name: str) -> str:
    """Return a name without one of its letters, or of a short name with one more."""
    middle = len(name) // 2
    return name[:middle] + name[middle + 1 :] if len(name) > 3 else f"{name}{name[-1]}"


def containers(options: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Yield each option that is a map or a list of maps, by its path."""
    for name, rules in options.items():
        if rules.get("type") == "dict" or rules.get("elements") == "dict":
            yield (*path, name), rules
            yield from containers(rules.get("options") or {}, (*path, name))


def value_at(options: Mapping[str, Any], path: tuple[str, ...], below: Json) -> Json:
    """Return options in which ``below`` is at a path."""
    name, *rest = path
    value = value_at(options[name]["options"], tuple(rest), below) if rest else below
    return {name: [value] if options[name]["type"] == "list" else value}


def place_of(options: Mapping[str, Any], path: tuple[str, ...]) -> str:
    name, *rest = path
    here = f"{name}[0]" if options[name]["type"] == "list" else name
    return f"{here}.{place_of(options[name]['options'], tuple(rest))}" if rest else here


def role_options(role: str) -> Json:
    specs = yaml.safe_load((FOLDER / role / "meta" / "argument_specs.yml").read_text())
    options: Json = specs["argument_specs"]["main"]["options"]
    return {name: rules for name, rules in options.items() if name.startswith(f"{role}_")}


ROLE_KEYS = [
    (role, path, key)
    for role in ALL_ROLES
    for path, rules in containers(role_options(role))
    for key in rules.get("options") or {}
]


@pytest.mark.parametrize(("role", "path", "key"), ROLE_KEYS, ids=lambda item: str(item))
def test_a_misspelt_key_of_a_role(role: str, path: tuple[str, ...], key: str) -> None:
    options = role_options(role)
    errors = errors_of(ALL_ROLES[role].params, value_at(options, path, {misspelt(key): "x"}))
    expected = f"role {role}: {place_of(options, path)}.{misspelt(key)}: unknown option (did you mean {key}?); supp"
    assert [error for error in errors if error.startswith(expected)], errors


SPEC_KEYS = [(name, (), key) for name, spec in SPECS.items() for key in spec.options] + [
    (name, path, key)
    for name, spec in SPECS.items()
    for path, rules in containers(spec.options)
    for key in rules.get("options") or {}
]


@pytest.mark.parametrize(("name", "path", "key"), SPEC_KEYS, ids=lambda item: str(item))
def test_a_misspelt_key_of_an_entry(name: str, path: tuple[str, ...], key: str) -> None:
    spec: ArgumentSpec = SPECS[name]
    wrong = {misspelt(key): "x"}
    errors = errors_at(f"{name}.ops", validated, spec, value_at(spec.options, path, wrong) if path else wrong)
    where = f"{place_of(spec.options, path)}." if path else ""
    expected = f"{name}.ops: {where}{misspelt(key)}: unknown option (did you mean {key}?); supported options: "
    assert [error for error in errors if error.startswith(expected)], errors


def test_each_map_of_a_role_names_its_keys_or_has_a_reason() -> None:
    free = {
        ".".join(path)
        for role in ALL_ROLES
        for path, rules in containers(role_options(role))
        if not rules.get("options")
    }
    assert free == set(MAPS_BY_KEY)


@pytest.mark.parametrize("key", schema.ROUTE)
def test_a_misspelt_field_of_a_child_route(key: str) -> None:
    route = {"match": {"a": "b"}, "routes": [{"match": {"a": "c"}, misspelt(key): "x"}]}
    errors = errors_at("alertmanager_routes", check_desired, [route], 4)
    expected = f"alertmanager_routes[0].routes[0].{misspelt(key)}: unknown field in Alertmanager "
    [error] = [error for error in errors if error.startswith(expected)]
    assert error.endswith(f" (did you mean {key}?); correct its name or remove it")


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (
            {"global": {"resolve_timout": "5m"}},
            "global.resolve_timout: unknown field in Alertmanager 0.23 (did you",
        ),
        (
            {"receivers": [{"name": "default", "webhook_config": []}]},
            "receivers[0].webhook_config: unknown field in Alertmanager 0.23 (did you mean webhook_configs?)",
        ),
        (
            {"receivers": [{"name": "default", "webhook_configs": [{"url": "http://a", "send_resolve": True}]}]},
            "send_resolve: unknown field in Alertmanager 0.23 (did you mean send_resolved?)",
        ),
        (
            {"route": {"receiver": "default", "routes": [{"active_time_intervals": ["a"]}]}},
            "active_time_intervals: unknown field in Alertmanager 0.23; correct its name or remove it",
        ),
    ],
)
def test_a_misspelt_field_of_alertmanager(section: Json, expected: str) -> None:
    document = {"route": {"receiver": "default"}, "receivers": [{"name": "default"}], **section}
    errors = errors_of(check_document, document, version="0.23.0")
    assert [error for error in errors if expected in error], errors


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"matchLabel": {"a": "b"}}, "s.matchLabel: unknown field (did you mean matchLabels?); supported fields: "),
        ({"match_expressions": []}, "s.match_expressions: unknown field (did you mean matchExpressions?)"),
        ({"matchExpressions": [{"ky": "a", "operator": "Exists"}]}, "s.matchExpressions[0].ky: unknown field (did you"),
        (
            {"matchExpressions": [{"key": "a", "operator": "Exists", "value": "b"}]},
            "s.matchExpressions[0].value: unknown field (did you mean values?)",
        ),
    ],
)
def test_a_misspelt_field_of_a_selector(selector: Json, expected: str) -> None:
    [error] = errors_at("s", receivers.check_selector, selector)
    assert error.startswith(expected)


@pytest.mark.parametrize("alias", ["cert_file", "verify_ssl"])
def test_an_alias_is_not_an_unknown_option(alias: str) -> None:
    options = {
        "client_cert": {"type": "str", "aliases": ["cert_file"]},
        "v": {"type": "bool", "aliases": ["verify_ssl"]},
    }
    assert errors_of(validated, ArgumentSpec(options=options), {alias: "true"}) == []


def test_unknown_options_do_not_hide_other_errors() -> None:
    variables = {"alertmanager_route": {"group_wiat": 1}, "alertmanager_global": "text"}
    assert len(errors_of(ROLES["alertmanager"].params, variables)) == 2
