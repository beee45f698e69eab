# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of an API server and of KubeSphere: finding -> one that raises it, and one that does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply import yaml_edit
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.deletion import raise_for_terminating
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.last_applied import VERSION
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.last_applied import (
    _parse as parse_last_applied,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import (
    ClusterError,
    gave_up,
    refusal,
    unreadable,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.alerting_extension import (
    EXTENSION,
    PLAN,
    read_extension,
    with_alerting,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.api import KubeSphereApi
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.facts import require_supported
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.installplans import failure_warnings
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.applying import _warnings
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import warn_of_assumptions
from tests.unit.kubesphere.test_api import Refusing

State = Callable[[], Any]

UNTRUSTED = 'failed calling webhook "one.example.org": Post: x509: certificate signed by unknown authority'
MAP = ObjectRef("v1", "ConfigMap", "one", "two")
INSTALL_PLAN = ObjectRef("kubesphere.io/v1alpha1", "InstallPlan", "whizard-notification")
TERMINATING = {"metadata": {"deletionTimestamp": "2026-01-05T08:00:00Z", "finalizers": ["a/b"]}}


def refused(status: int, message: str = "no") -> State:
    """Return the state of an API server that refuses a request."""
    body = json.dumps({"kind": "Status", "status": "Failure", "message": message, "code": status})
    return lambda: refusal("get", "/api/v1/pods", status, body, Secrets())


def _refused_by_kubesphere(status: int) -> State:
    api = KubeSphereApi(Refusing(status, "no"), {"api_token": "the-token"}, Secrets())
    return lambda: api.request("get", "/proxy/alerting.kubesphere.io/v2beta1/globalrulegroups/one")


def _plan(**fields: Any) -> Any:
    defaults = {"reference": MAP, "action": "unchanged", "applied_after": SimpleNamespace(values={}), "before": {}}
    more: dict[str, Any] = {"after": {}, "not_removed": {}, "warnings": (), "retained_for": (), "overruled": {}}
    return SimpleNamespace(**{**defaults, **more, **fields})


def _installed(state: str) -> State:
    before = {"status": {"state": state, "conditions": []}}
    return lambda: failure_warnings([_plan(reference=INSTALL_PLAN, before=before)])


def _cluster(**objects: Any) -> Any:
    return SimpleNamespace(get=lambda path, fresh=False: objects.get(path))


def _named(**objects: Any) -> Any:
    annotations = {"cluster.kubesphere.io/name": "host"}
    return _cluster(**{"/api/v1/namespaces/kubesphere-system": {"metadata": {"annotations": annotations}}, **objects})


def _recommended(version: str) -> State:
    cluster = _named(**{EXTENSION: {"status": {"recommendedVersion": version}}, PLAN: None})
    facts: Any = SimpleNamespace(role="host")

    def state() -> None:
        with suppress(TypeError):  # the facts are no dataclass: the version was accepted
            with_alerting(cluster, facts, None, installs=True)

    return state


def _assumed(text: str) -> State:
    def state() -> list[str]:
        task, facts = Task({}), SimpleNamespace(assumed_release=text)
        warn_of_assumptions(task, facts)  # type: ignore[arg-type]
        return task.warnings

    return state


def _served(release: str, version: str = "") -> State:
    known = {"notification_api_version": "v2beta2", "is_kubesphere_4_member": False, "as_dict": dict}
    facts: Any = SimpleNamespace(release=release, version=version, **known)
    return lambda: require_supported(facts)


def _reached(url: str) -> State:
    options = {"host": url, "api_key": "token"}
    return lambda: Cluster.connect(options, Secrets()).get("/api/v1/namespaces/a")


STATES: dict[str, tuple[State, State]] = {
    "KD301": (_reached("http://127.0.0.1:1"), refused(401)),
    "KD302": (refused(401), refused(403)),
    "KD303": (refused(403, 'pods "a" is forbidden'), refused(401)),
    "KD306": (refused(403, "license has expired"), refused(403, 'pods "a" is forbidden')),
    "KD307": (_installed("InstallFailed"), _installed("Installed")),
    "KD311": (refused(422), refused(409)),
    "KD312": (lambda: gave_up("a", 3, ClusterError("later", 409)), refused(429)),
    "KD313": (refused(503), refused(422)),
    "KD314": (refused(500, UNTRUSTED), refused(500, "reading from etcd")),
    "KD315": (lambda: unreadable("get", "/api", "a page"), refused(404)),
    "KD316": (refused(404, 'namespaces "shop" not found'), refused(404, 'namespaces "kubesphere-system" not found')),
    "KD317": (
        lambda: raise_for_terminating(_plan(before=TERMINATING)),
        lambda: raise_for_terminating(_plan(before={"metadata": {}})),
    ),
    "KD304": (_served("", "3.0.0"), _served("", "")),
    "KD318": (_served(""), _served("3.4")),
    "KD319": (
        lambda: parse_last_applied("version: 0"),
        lambda: parse_last_applied(f"{{version: {VERSION}, apply_sets: {{}}}}"),
    ),
    "KD320": (lambda: yaml_edit.parse("- a", "here"), lambda: yaml_edit.parse("a: 1", "here")),
    "KD321": (
        lambda: read_extension(_cluster(), is_member=False),
        lambda: read_extension(_named(), is_member=False),
    ),
    "KD322": (_assumed("KubeSphere 3.5 is handled like 3.4."), _assumed("")),
    "KD324": (lambda: list(_warnings(_plan(not_removed={"a": "changed"}))), lambda: list(_warnings(_plan()))),
    "KD112": (lambda: list(_warnings(_plan(retained_for=("lab",)))), lambda: list(_warnings(_plan()))),
    "KD328": (_refused_by_kubesphere(401), _refused_by_kubesphere(409)),
    "KD409": (_recommended(""), _recommended("1.0.0")),
}
