# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether KubeSphere 4's Alertmanager runs with what was written, as it keeps the earlier configuration if it refuses.

Sources: Alertmanager's ``GET /api/v2/status``; the Service of extension whizard-notification's chart. Of several
replicas, any one answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._alertmanager import config as alertmanager
from .._alertmanager.item_kinds import field_paths
from .._alertmanager.loaded import differing
from .._apply import yaml_edit
from .._apply.document_rules import document_kind
from .._apply.embedded_document import document_path
from .._apply.last_applied import AppliedObject
from .._apply.plan import Plan
from .._core import yaml_text
from .._core.clock import Deadline
from .._core.errors import OperationError
from .._core.field_paths import ABSENT, Path
from .._kubernetes.client import Cluster
from .._kubernetes.errors import ClusterError, ClusterUnreachable

#: The Service as the service proxy names it; so do rules of RBAC.
SERVICE = f"{alertmanager.EXTENSION_CONFIG_MAP}:http"
STATUS = f"/api/v1/namespaces/{{namespace}}/services/{SERVICE}/proxy/api/v2/status"
#: The field of an InstallPlan whose values hold the configuration.
FIELD: Path = ("spec", "config")


@dataclass(frozen=True)
class _Poll:
    """What one look at Alertmanager told: where it differs, or why that cannot be told."""

    differing: list[Path] = field(default_factory=list)
    error: OperationError | None = None

    @property
    def is_final(self) -> bool:
        """Tell whether another look would say the same. An Alertmanager that starts anew is away for a moment."""
        if self.error is None:
            return not self.differing
        is_away = isinstance(self.error, ClusterError) and self.error.status >= 500
        return not is_away and not isinstance(self.error, ClusterUnreachable)


def await_loaded(cluster: Cluster, plan: Plan, deadline: Deadline) -> str:
    """Wait until Alertmanager runs with what is ours in a plan; return why that cannot be told, or an empty text.

    Raises ``OperationError`` when the deadline passes before.
    """
    paths = _ours(plan)
    if not paths:
        return ""
    place = STATUS.format(namespace=_namespace(plan))
    written = _configuration(plan)
    seen = _poll(cluster, place, written, paths)
    while not seen.is_final and deadline.wait():
        seen = _poll(cluster, place, written, paths)
    if seen.error:
        return _not_compared(plan, seen.error)
    if seen.differing:
        raise OperationError(_refused(plan, seen.differing, deadline.timeout))
    return ""


def _ours(plan: Plan) -> list[Path]:
    """Return the paths of what is ours in the configuration, and of what was; none once all of it is taken back."""
    now = _paths(plan, plan.applied_after)
    return list(dict.fromkeys([*now, *_paths(plan, plan.applied_before)])) if now else []


def _paths(plan: Plan, applied: AppliedObject | None) -> list[Path]:
    inside = f"{document_path(FIELD, field_paths.render(document_kind(plan.reference, FIELD).inside))}/"
    values = applied.values if applied else {}
    return [field_paths.parse(f"/{text.removeprefix(inside)}") for text in values if text.startswith(inside)]


def _configuration(plan: Plan) -> Mapping[str, Any]:
    values = yaml_edit.parse(
        field_paths.get(plan.after, FIELD) or "", f"spec.config in {plan.reference}", optional=True
    )
    found = field_paths.get(values, document_kind(plan.reference, FIELD).inside)
    return {} if found is ABSENT else found


def _namespace(plan: Plan) -> str:
    return alertmanager.extension_namespace(plan.after or {})


def _poll(cluster: Cluster, place: str, written: Mapping[str, Any], paths: list[Path]) -> _Poll:
    try:
        return _Poll(differing(written, _loaded(cluster, place), paths))
    except OperationError as error:
        return _Poll(error=error)


def _loaded(cluster: Cluster, place: str) -> Mapping[str, Any]:
    text = field_paths.get(cluster.request("get", place), ("config", "original"))
    found = yaml_text.load(text) if isinstance(text, str) else None
    if not isinstance(found, Mapping):
        raise OperationError(f"GET {place} was answered with something that is no status of Alertmanager's.")
    return found


def _not_compared(plan: Plan, error: OperationError) -> str:
    text = f"{plan.reference}: whether Alertmanager runs with what was written was not compared: {error.message}"
    if isinstance(error, ClusterError) and error.status == 403:
        text += (
            f" Let the account get services/proxy {SERVICE} in namespace {_namespace(plan)}, by a Role with the "
            "name as it is here, port included."
        )
    return text


def _refused(plan: Plan, paths: list[Path], timeout: int) -> str:
    return (
        f"{plan.reference}: KubeSphere has carried the change out. The change is written, but Alertmanager still runs "
        f"with the earlier configuration after {timeout} s (wait_timeout): it differs at "
        f"{', '.join(map(field_paths.render, paths))}. If Alertmanager refuses the new one, its log says why: in the "
        "console, Cluster Management > Application Workloads > Pods (集群管理 > 应用负载 > 容器组), project "
        f"{_namespace(plan)}, pods {alertmanager.EXTENSION_CONFIG_MAP}-*, container alertmanager. Correct what "
        f"it names and run again. If it is only late, the change takes effect by itself.{_other_version(plan)}"
    )


def _other_version(plan: Plan) -> str:
    """Return what may be the matter with a chart that nobody has read."""
    version = field_paths.get(plan.after, ("spec", "extension", "version"))
    if version in (ABSENT, alertmanager.EXTENSION_VERSION):
        return ""
    return (
        f" If neither, version {version} of the extension may take other values than {alertmanager.EXTENSION_VERSION}, "
        "which is the one known here: compare spec.config of the InstallPlan with the values of its chart."
    )
