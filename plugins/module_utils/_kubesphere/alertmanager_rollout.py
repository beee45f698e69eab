# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollout of a configuration to KubeSphere 4's Alertmanager, which continues with the old one if it rejects it.

Sources: Alertmanager's ``GET /api/v2/status``; the Service in the chart of extension whizard-notification. With several
replicas, any of them answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._alertmanager import config as alertmanager
from .._alertmanager.item_kinds import field_paths
from .._alertmanager.loaded import differing
from .._apply import yaml_edit
from .._apply.document_rules import document_rules
from .._apply.embedded_document import document_path
from .._apply.last_applied import AppliedObject
from .._apply.plan import Plan
from .._core import yaml_text
from .._core.clock import Deadline
from .._core.errors import OperationError
from .._core.field_paths import ABSENT, Path
from .._findings.finding import cited
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError, ClusterUnreachable

#: The Service in the notation of the service proxy and of RBAC rules.
SERVICE = f"{alertmanager.EXTENSION_CONFIG_MAP}:http"
STATUS = f"/api/v1/namespaces/{{namespace}}/services/{SERVICE}/proxy/api/v2/status"
#: The field of an InstallPlan with the values that contain the configuration.
FIELD: Path = ("spec", "config")


@dataclass(frozen=True)
class _Poll:
    """The result of one poll of Alertmanager: the paths that differ, or the error that prevented the comparison."""

    differing: list[Path] = field(default_factory=list)
    error: OperationError | None = None

    @property
    def is_final(self) -> bool:
        """Whether another poll would have the same result. Alertmanager is briefly unavailable while it restarts."""
        if self.error is None:
            return not self.differing
        is_unavailable = isinstance(self.error, ClusterError) and self.error.status >= 500
        return not is_unavailable and not isinstance(self.error, ClusterUnreachable)


def await_loaded(cluster: Cluster, plan: Plan, deadline: Deadline) -> str:
    """Wait until Alertmanager has loaded the managed fields of a plan; return a warning if it cannot be checked.

    Raises ``OperationError`` if the deadline passes first.
    """
    paths = _managed_paths(plan)
    if not paths:
        return ""
    url_path = STATUS.format(namespace=_namespace(plan))
    written = _configuration(plan)
    result = _poll(cluster, url_path, written, paths)
    while not result.is_final and deadline.wait():
        result = _poll(cluster, url_path, written, paths)
    if result.error:
        return _not_compared(plan, result.error)
    if result.differing:
        raise OperationError(_not_loaded(plan, result.differing, deadline.timeout), finding="KD502")
    return ""


def _managed_paths(plan: Plan) -> list[Path]:
    """Return the managed paths in the configuration, current and former ones; none if all of them were removed."""
    current = _paths(plan, plan.applied_after)
    return list(dict.fromkeys([*current, *_paths(plan, plan.applied_before)])) if current else []


def _paths(plan: Plan, applied: AppliedObject | None) -> list[Path]:
    inside = f"{document_path(FIELD, field_paths.render(document_rules(plan.reference, FIELD).inside))}/"
    values = applied.values if applied else {}
    return [field_paths.parse(f"/{text.removeprefix(inside)}") for text in values if text.startswith(inside)]


def _configuration(plan: Plan) -> Mapping[str, Any]:
    values = yaml_edit.parse(
        field_paths.get(plan.after, FIELD) or "", f"spec.config in {plan.reference}", optional=True
    )
    found = field_paths.get(values, document_rules(plan.reference, FIELD).inside)
    return {} if found is ABSENT else found


def _namespace(plan: Plan) -> str:
    return alertmanager.extension_namespace(plan.after or {})


def _poll(cluster: Cluster, url_path: str, written: Mapping[str, Any], paths: list[Path]) -> _Poll:
    try:
        return _Poll(differing(written, _loaded(cluster, url_path), paths))
    except OperationError as error:
        return _Poll(error=error)


def _loaded(cluster: Cluster, url_path: str) -> Mapping[str, Any]:
    text = field_paths.get(cluster.request("get", url_path), ("config", "original"))
    found = yaml_text.load(text) if isinstance(text, str) else None
    if not isinstance(found, Mapping):
        raise OperationError(f"GET {url_path}: the response is not a status of Alertmanager.", finding="KD504")
    return found


def _not_compared(plan: Plan, error: OperationError) -> str:
    text = f"{plan.reference}: could not check whether Alertmanager has loaded the configuration: {error.message}"
    if isinstance(error, ClusterError) and error.status == 403:
        text += (
            f" Grant the account get on services/proxy {SERVICE} in namespace {_namespace(plan)}, in a Role with "
            "exactly this name, including the port."
        )
    return cited(text, error.finding)


def _not_loaded(plan: Plan, paths: list[Path], timeout: int) -> str:
    return (
        f"{plan.reference}: the change is stored and KubeSphere has applied it, but after {timeout} s (wait_timeout) "
        "Alertmanager is still running with the old configuration, which differs at "
        f"{', '.join(map(field_paths.render, paths))}. If Alertmanager rejects the new one, its log has the reason: in "
        "the console, Cluster Management > Application Workloads > Pods (集群管理 > 应用负载 > 容器组), project "
        f"{_namespace(plan)}, pods {alertmanager.EXTENSION_CONFIG_MAP}-*, container alertmanager. Correct the cause "
        f"and run again. If it is only slow, the change takes effect without another run.{_other_version(plan)}"
    )


def _other_version(plan: Plan) -> str:
    """Return a hint if the version of the chart is not the known one."""
    version = field_paths.get(plan.after, ("spec", "extension", "version"))
    if version in (ABSENT, *alertmanager.EXTENSION_VERSIONS):
        return ""
    supported = " and ".join(alertmanager.EXTENSION_VERSIONS)
    return (
        f" Otherwise, version {version} of the extension may expect other values than the supported versions "
        f"{supported}: compare spec.config of the InstallPlan with the values of its chart."
    )
