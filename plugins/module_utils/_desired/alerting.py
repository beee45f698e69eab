# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired state of role ``alerting``: validation and template context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._core.errors import Errors
from .._core.secrets.kinds import PROXY
from .._core.secrets.options import find_secrets
from .._core.text import few
from .._findings.finding import cited
from .._kubernetes.options import API_OPTIONS, kubesphere_api_spec
from .._kubesphere import ruler_urls
from .._kubesphere.facts import Facts
from .._kubesphere.releases import BEFORE_3_4
from .feature import DesiredFeature
from .policies import effects
from .policies.checks import MAX_RULES_BEFORE_3_4, check_policies, check_sizes
from .policies.policy import Policy
from .policies.rules import groups

#: Further variables that the feature reads: access to KubeSphere's own API and the cluster's name.
VARIABLES: tuple[str, ...] = (
    *(f"kubesphere_{name}" for name in API_OPTIONS),
    "notification_cluster_name",
    "inventory_hostname",
)
#: What to set on a member.
MEMBER_URL_HINT = (
    "the address of a node of the host with the port of its alertmanager-proxy, such as http://192.0.2.10:31093"
)


def read(errors: Errors, params: Mapping[str, Any], variables: Mapping[str, Any]) -> DesiredFeature:
    """Return the desired state, checked."""
    check_policies(errors, params["alerting_policies"])
    if list(PROXY.find(params["alerting_alertmanager_url"])):
        errors.at("alerting_alertmanager_url").add(
            "contains a password or a token, which the values of an extension would show; use an address that needs "
            "none"
        )
    return DesiredFeature(params, variables)


def settings(desired: DesiredFeature, chat_ids: Mapping[str, str]) -> dict[str, Any]:
    """Return ``alerting`` of the template context."""
    params, variables = desired.params, desired.variables
    policies = [Policy(policy) for policy in params["alerting_policies"]]
    return {
        "enabled": is_enabled(params),
        "url": ruler_urls.HOST_URL,
        "members": [],
        "is_destination": False,
        "has_identity": bool(variables.get("kubesphere_api_token") or variables.get("kubesphere_api_username")),
        "has_api_url": bool(variables.get("kubesphere_api_url")),
        "groups": groups(policies),
        "policies": params["alerting_policies"],
        "cluster_name": variables.get("notification_cluster_name") or variables.get("inventory_hostname"),
    }


def is_enabled(params: Mapping[str, Any]) -> bool:
    """Return whether to enable the component."""
    enabled = params["alerting_enabled"]
    return bool(params["alerting_policies"]) if enabled is None else bool(enabled)


def member_of(host: str, name: str, params: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """Return a member in the template context of its KubeSphere 4 host.

    ``host``: its inventory host. ``name``: KubeSphere's name of the cluster. ``facts``: those of the host.
    """
    url = params["alerting_alertmanager_url"]
    others = [other for other in facts.alerting_urls.get(name, []) if other != url]
    # What is copied to the override of a cluster is recorded, so it must contain no password.
    is_secret = any(credential for other in others for credential in PROXY.find(other))
    return {
        "host": host,
        "name": name,
        "enabled": is_enabled(params),
        "is_placed": name in facts.alerting_urls,
        "url": url or "",
        "alertmanager_urls": [*others, url] if url and not is_secret else [],
        "is_secret": is_secret,
        "sends": not all(map(ruler_urls.is_on_host_only, filter(None, [url, *others]))),
    }


def check_member(errors: Errors, member: Mapping[str, Any]) -> None:
    """Check a KubeSphere 4 member on which the host installs the component."""
    if member["enabled"] and not member["url"]:
        errors.at("alerting_alertmanager_url").add(
            f"missing on {member['host']}; a member sends alerts to its host, so set {MEMBER_URL_HINT}"
        )


def warn_of_member(member: Mapping[str, Any]) -> str:
    """Return the warning about a member whose rulers do not send alerts to the host; empty if they do, or has none."""
    if member["url"] and member["is_secret"]:
        return cited(
            f"alerting_alertmanager_url: not added for {member['host']}, because the other Alertmanager URLs of "
            "whizard-alerting on this member contain a password, which is not copied. Add the URL to its override in "
            "KubeSphere's extension center",
            "KD413",
        )
    if member["sends"] or not member["is_placed"]:
        return ""
    return cited(
        f"alerting_alertmanager_url: missing on {member['host']}; the extension whizard-alerting on this member sends "
        f"no alerts, as its Alertmanager URLs are empty or name Services of the host. Set {MEMBER_URL_HINT}",
        "KD413",
    )


def not_installed_note(clusters: Sequence[str]) -> str:
    """Return the note for the result of a KubeSphere 4 host, about clusters without the extension."""
    return (
        f"KubeSphere's extension whizard-alerting is not installed on {few(clusters)}, so none of KubeSphere's "
        "built-in alerts are sent from there. To install it, set alerting_enabled: true."
    )


def check_release(errors: Errors, settings: Mapping[str, Any], release: str) -> None:
    """Check that this release supports groups of this size."""
    if release in BEFORE_3_4:
        check_sizes(errors, [Policy(policy) for policy in settings["policies"]], MAX_RULES_BEFORE_3_4)


def warnings(settings: Mapping[str, Any], release: str) -> list[str]:
    """Return the warnings about policies that have another effect on this release than they say."""
    return effects.warnings([Policy(policy) for policy in settings["policies"]], release)


def check_api(errors: Errors, settings: Mapping[str, Any], role: str) -> None:
    """Check the options of KubeSphere's own API, which serves policies in KubeSphere 4."""
    if settings["groups"] and not settings["has_identity"]:
        errors.at("kubesphere_api_username and kubesphere_api_password, or kubesphere_api_token").add(
            "missing; KubeSphere 4 serves policies through its own API, so set the credentials of a KubeSphere user"
        )
    if settings["groups"] and role == "member" and not settings["has_api_url"]:
        errors.at("kubesphere_api_url").add(
            "missing; the policies of a member of KubeSphere 4 are written through its host, so set the URL of the "
            "host's ks-apiserver"
        )


def secrets(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return the values to mask, which need not be valid."""
    options = {name: variables.get(f"kubesphere_{name}") for name in API_OPTIONS}
    alertmanager_url = PROXY.find(params.get("alerting_alertmanager_url"))
    return [*find_secrets(kubesphere_api_spec(), options), *alertmanager_url]
