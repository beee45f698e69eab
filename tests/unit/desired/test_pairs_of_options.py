# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that have no effect without another one are refused without it, and the error names both."""

from __future__ import annotations

from typing import Any

import certifi
import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.chats import read_robots
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.auth_checks import (
    REQUIRES,
    check_access,
    check_connection,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import (
    ACCESS_OPTIONS,
    API_OPTIONS,
    kubesphere_api_spec,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import HostVariables
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._inventory import Inventory
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import DINGTALK
from tests.support.inprocess import _HostVars, _NoTemplar
from tests.support.input_errors import errors_of

Json = dict[str, Any]
ACCESS: Json = {"kubesphere_host": "https://192.0.2.1:6443", "kubesphere_api_key": "token"}
WEBHOOK = "https://oapi.dingtalk.com/robot/send?access_token=the-token"
SECRET = f"SEC{'0' * 64}"
ROBOT: Json = {"chat": "ops", "name": "ops"}
CHATS: Json = {"ops": {"name": "ops", "owner": {"userid": "user-1"}}}

#: The half that is set, the one that is missing, and the beginning of the error.
PAIRS: list[tuple[Json, str, str]] = [
    ({"kubesphere_username": "me"}, "kubesphere_password", "kubesphere_username: requires kubesphere_password"),
    ({"kubesphere_password": "s3cret"}, "kubesphere_username", "kubesphere_password: requires kubesphere_username"),
    (
        {"kubesphere_client_key": "PATH"},
        "kubesphere_client_cert",
        "kubesphere_client_key: requires kubesphere_client_cert",
    ),
    (
        {"kubesphere_impersonate_groups": ["a"]},
        "kubesphere_impersonate_user",
        "kubesphere_impersonate_groups: requires kubesphere_impersonate_user",
    ),
    ({"kubesphere_api_ca_cert": "PATH"}, "kubesphere_api_url", "kubesphere_api_ca_cert: requires kubesphere_api_url"),
    (
        {"kubesphere_api_username": "me"},
        "api_password",
        "kubesphere_* variables: parameters are required together: api_",
    ),
    ({"kubesphere_api_password": "s3cret"}, "api_username", "kubesphere_* variables: parameters are required together"),
    ({"dingtalk_app_key": "ding"}, "dingtalk_app_secret", "dingtalk_app_key and dingtalk_app_secret: set both"),
    ({"dingtalk_app_secret": "s3cret"}, "dingtalk_app_key", "dingtalk_app_key and dingtalk_app_secret: set both"),
    (
        {"dingtalk_robots": {"r": {"secret": SECRET}}},
        "dingtalk_robots.r.webhook",
        "dingtalk_robots.r.secret: requires dingtalk_robots.r.webhook",
    ),
    (
        {"dingtalk_robots": {"r": {"robot_code": "ding"}}},
        "type: enterprise",
        "dingtalk_robots.r.robot_code: requires type: enterprise",
    ),
    (
        {"dingtalk_robots": {"r": {"type": "enterprise", "chat": "ops"}}, "dingtalk_chats": CHATS},
        "robot_code",
        "dingtalk_robots.r: type is enterprise but all of the following are missing: robot_code",
    ),
    (
        {"dingtalk_robots": {"r": {"type": "enterprise", "robot_code": "ding"}}},
        "chat",
        "dingtalk_robots.r: type is enterprise but all of the following are missing: chat",
    ),
    (
        {"dingtalk_adopt_chats": {"ops": "chat1"}},
        "dingtalk_registry_host",
        "dingtalk_adopt_chats: no registry to change",
    ),
    (
        {"notification_chats": ["ops"], "dingtalk_chats": CHATS},
        "dingtalk_app_key",
        "dingtalk_app_key: missing; sending",
    ),
    (
        {"alerting_policies": [{"name": "a", "nodes": ["n"], "metric": "cpu.load1m"}]},
        "threshold",
        "alerting_policies[0] (a): ",
    ),
    ({"alerting_policies": [{"name": "a", "nodes": ["n"], "threshold": 1}]}, "metric", "alerting_policies[0] (a): "),
]
#: Options that look like a half of a pair.
ALONE = {
    "kubesphere_impersonate_user": "groups are optional",
    "kubesphere_client_cert": "the file may contain the key; one without it is refused before the first request",
    "kubesphere_no_proxy": "it excludes hosts from the proxy of a kubeconfig or of the environment, too",
    "kubesphere_ca_cert": "for a certificate that is not signed by a public CA",
    "kubesphere_api_token": "it needs no user",
    "kubesphere_api_key": "it needs no user",
    "kubesphere_api_url": "a cluster of KubeSphere 4 without an identity is refused if it has policies",
    "dingtalk_ca_path": "for DingTalk behind a proxy with a CA of its own",
}


def inventory_errors(**variables: Any) -> list[str]:
    """Return the errors of an inventory with one host."""
    values = {"inventory_hostname": "shanghai", **ACCESS, **variables}
    own = HostVariables(_NoTemplar(), values)
    inventory = Inventory(_HostVars({"shanghai": values}), ["shanghai"], own, {})
    inventory.fleet()
    return inventory.errors()


@pytest.mark.parametrize(("given", "missing", "expected"), PAIRS, ids=lambda item: str(item)[:40])
def test_a_half_is_an_error_that_names_both(given: Json, missing: str, expected: str) -> None:
    given = {name: certifi.where() if value == "PATH" else value for name, value in given.items()}
    errors = inventory_errors(**given)
    [error] = [error for error in errors if error.removeprefix("shanghai: ").startswith(expected)]
    assert missing in error
    assert "s3cret" not in "".join(errors)
    assert SECRET not in "".join(errors)


def test_each_required_option_has_a_row() -> None:
    rows = {name for given, _missing, _expected in PAIRS for name in given}
    assert {f"kubesphere_{name}" for name in REQUIRES} <= rows
    assert {f"kubesphere_{name}" for pair in kubesphere_api_spec().required_together for name in pair} <= rows


def test_each_credential_and_certificate_has_a_row_or_a_reason() -> None:
    names = [*(f"kubesphere_{name}" for name in (*ACCESS_OPTIONS, *API_OPTIONS)), *DINGTALK.names]
    parts = ("user", "pass", "key", "secret", "token", "cert", "ca_path", "proxy", "api_url", "imperson")
    halves = {name for name in names if any(part in name for part in parts)}
    rows = {name for given, _missing, _expected in PAIRS for name in given}
    complete = {"kubesphere_validate_certs", "dingtalk_validate_certs", "kubesphere_proxy", "dingtalk_proxy"}
    complete |= {"dingtalk_api_url", "dingtalk_legacy_api_url"}
    assert halves - rows - complete == set(ALONE)


@pytest.mark.parametrize("given", [{"username": "me", "password": "x"}, {"impersonate_user": "me"}, {"username": ""}])
def test_both_or_neither_is_valid(given: Json) -> None:
    assert errors_of(check_connection, "", given) == []


def test_a_key_and_its_certificate_are_valid() -> None:
    paths = dict.fromkeys(("client_cert", "client_key", "ca_cert"), __file__)
    assert errors_of(check_access, "", {"host": "https://192.0.2.1", **paths}) == []


@pytest.mark.parametrize("name", ["webhook", "secret", "keywords"])
def test_an_enterprise_robot_has_no_webhook(name: str) -> None:
    value = {"webhook": WEBHOOK, "secret": SECRET, "keywords": ["alert"]}[name]
    robot = {**ROBOT, "type": "enterprise", "robot_code": "ding", name: value}
    assert errors_of(read_robots, {"r": robot}, CHATS, "https://oapi.dingtalk.com") == [
        f"dingtalk_robots.r.{name}: supported by custom robots only; remove it, or remove type and robot_code"
    ]


def test_an_enterprise_robot_cannot_post_for_kubesphere() -> None:
    robot = {**ROBOT, "type": "enterprise", "robot_code": "ding"}
    more = {"notification_robot": "r", "notification_receivers": {"shop": {"robot": "r", "alert_selector": {}}}}
    errors = inventory_errors(dingtalk_robots={"r": robot}, dingtalk_chats=CHATS, **more)
    found = [error for error in errors if "is an enterprise robot" in error]
    assert [error.partition(": 'r'")[0] for error in found] == [
        "shanghai: notification_robot",
        "shanghai: notification_receivers.shop.robot",
    ]
