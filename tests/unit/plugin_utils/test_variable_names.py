# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt names of variables are found, and names of other things are not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._variable_names import (
    KNOWN,
    REGISTERED,
    meant_variable,
)

ROOT = Path(__file__).parents[3]

#: What may be written -> what is meant.
MISSPELT = {
    # singular and plural
    "notification_chat": "notification_chats",
    "notification_robots": "notification_robot",
    "alerting_policy": "alerting_policies",
    "dingtalk_chat": "dingtalk_chats",
    "kubesphere_retired_host": "kubesphere_retired_hosts",
    "kubesphere_hosts": "kubesphere_host",
    "kubesphere_feature": "kubesphere_features",
    "alertmanager_receiver": "alertmanager_receivers",
    # a missing, additional, wrong or transposed letter
    "kubesphere_kubeconfg": "kubesphere_kubeconfig",
    "kubesphere_kubconfig": "kubesphere_kubeconfig",
    "kubesphere_contxt": "kubesphere_context",
    "kubesphere_hsot": "kubesphere_host",
    "kubesphere_validate_cert": "kubesphere_validate_certs",
    "kubesphere_undeliverd": "kubesphere_undelivered",
    "kubesphere_serail": "kubesphere_serial",
    "kubesphere_max_fail_percantage": "kubesphere_max_fail_percentage",
    "kubesphere_unknown_variabels": "kubesphere_unknown_variables",
    "alerting_polices": "alerting_policies",
    "alerting_enbaled": "alerting_enabled",
    "notification_recievers": "notification_receivers",
    "notification_sate": "notification_state",
    "dingtalk_app_secert": "dingtalk_app_secret",
    "dingtalk_registry_hst": "dingtalk_registry_host",
    # a misspelt prefix
    "alertmanger_route": "alertmanager_route",
    "kubesphre_kubeconfig": "kubesphere_kubeconfig",
    "dingtalks_chats": "dingtalk_chats",
    "notifcation_chats": "notification_chats",
    "altering_policies": "alerting_policies",
    "notifications_chats": "notification_chats",
    # other separators
    "notification-chats": "notification_chats",
    "kubesphere_kube_config": "kubesphere_kubeconfig",
    "kubesphere_user_name": "kubesphere_username",
    "dingtalk_appkey": "dingtalk_app_key",
    "dingtalkAppSecret": "dingtalk_app_secret",
    "ding_talk_robots": "dingtalk_robots",
    "alert_manager_routes": "alertmanager_routes",
    "Notification_Chats": "notification_chats",
    "alertmanager.route": "alertmanager_route",
    # an option of a variable that is a map
    "alertmanager_repeat_interval": "alertmanager_route.repeat_interval",
    "alertmanager_repeat-intervals": "alertmanager_route.repeat_interval",
    "alertmanager_route_group_by": "alertmanager_route.group_by",
    "alertmanager_mute_time_intervals": "alertmanager_routes[].mute_time_intervals",
    "alerting_severity": "alerting_policies[].severity",
    "dingtalk_chat_owner": "dingtalk_chats.KEY.owner",
    "dingtalk_robot_webhook": "dingtalk_robots.KEY.webhook",
    "dingtalk_webhook": "dingtalk_robots.KEY.webhook",
    # a shorter or longer name
    "notification_selector": "notification_alert_selector",
    "dingtalk_secret": "dingtalk_app_secret",
    "dingtalk_timeout": "dingtalk_request_timeout",
    "dingtalk_registry": "dingtalk_registry_host",
    "kubesphere_token": "kubesphere_api_token",
    "kubesphere_user": "kubesphere_username",
    "kubesphere_kubeconfig_path": "kubesphere_kubeconfig",
    "kubesphere_kubeconfig_file": "kubesphere_kubeconfig",
    "kubesphere_proxy_url": "kubesphere_proxy",
    "alerting_policies_list": "alerting_policies",
    "dingtalk_cache_dir": "dingtalk_cache_path",
    "dingtalk_ca_file": "dingtalk_ca_path",
    # the same in kubernetes.core, in DingTalk's console, or for kubectl
    "kubesphere_verify_ssl": "kubesphere_validate_certs",
    "kubesphere_ssl_ca_cert": "kubesphere_ca_cert",
    "dingtalk_client_id": "dingtalk_app_key",
    "kubesphere_config": "kubesphere_kubeconfig",
}
#: Names of a user's own variables, of other roles, and of Ansible.
OTHERS = [
    "dingtalk_team_url",
    "dingtalk_app_name",
    "dingtalk_corp_id",
    "dingtalk_enabled",
    "dingtalk_namespace",
    "dingtalk_api_version",
    "dingtalk_name",
    "kubesphere_version",
    "kubesphere_release",
    "kubesphere_namespace",
    "kubesphere_region",
    "kubesphere_cluster_zone",
    "kubesphere_cluster_role",
    "kubesphere_cluster_id",
    "kubesphere_clusters",
    "kubesphere_admin_password",
    "kubesphere_console_url",
    "kubesphere_host_ip",
    "kubesphere_name",
    "kubesphere_url",
    "kubesphere_enabled",
    "notification_email",
    "notification_email_enabled",
    "notification_slack_channel",
    "notification_policies",
    "alerting_slack_enabled",
    "alerting_contact_points",
    "alertmanager_version",
    "alertmanager_host",
    "alertmanager_config_dir",
    "alertmanager_web_listen_address",
    "alertmanager_storage_path",
    "alertmanager_template_files",
    "alertmanager_url",
    "kubernetes_host",
    "kubectl_context",
    "k8s_host",
    "vault_dingtalk_app_secret",
    "vault_ops_robot_webhook",
    "prometheus_receivers",
    "alert_rules",
    "alerts_enabled",
    "notifier_chats",
    "notify_chats",
    "ansible_host",
    "ansible_connection",
    "inventory_hostname",
    "group_names",
    "host",
    "dingtalk",
    "dingtalk_",
    "_",
    "",
    "告警",
]


@pytest.mark.parametrize(("name", "meant"), MISSPELT.items())
def test_a_misspelt_name_is_found(name: str, meant: str) -> None:
    assert meant_variable(name) == meant


@pytest.mark.parametrize("name", OTHERS)
def test_another_name_is_not(name: str) -> None:
    assert meant_variable(name) is None


@pytest.mark.parametrize("name", sorted(KNOWN | REGISTERED))
def test_a_known_name_is_not(name: str) -> None:
    assert meant_variable(name) is None


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_each_name_without_one_of_its_letters_is_found(name: str) -> None:
    longest = max(name.split("_")[1:], key=len)
    middle = len(longest) // 2
    assert meant_variable(name.replace(longest, longest[:middle] + longest[middle + 1 :])) == name


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_each_name_with_a_misspelt_prefix_is_found(name: str) -> None:
    assert meant_variable(name[:4] + name[5:]) == name


def test_the_known_names_are_those_that_the_documentation_lists() -> None:
    pages = {"variables": "reference.md", "playbook-variables": "operation.md"}
    texts = [(ROOT / "docs" / page).read_text().split(f"<!-- {marker} -->")[1] for marker, page in pages.items()]
    tables = [text.partition("\n#")[0] for text in texts]
    assert set(re.findall(r"^\| `(\w+)`", "\n".join(tables), re.MULTILINE)) == KNOWN


def test_the_registered_names_are_those_of_the_playbooks_and_roles() -> None:
    files = [*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "roles").glob("*/tasks/*.yml")]
    found = {name for file in files for name in re.findall(r"register: (\w+)", file.read_text())}
    assert found <= REGISTERED
    assert REGISTERED - found == {"kubesphere_cluster"}
