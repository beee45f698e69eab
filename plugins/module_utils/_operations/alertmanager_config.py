# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager's configuration: fields of routes, global settings, receivers by name."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from datetime import UTC, datetime
from typing import Any

from .._alertmanager import config as alertmanager
from .._alertmanager.secret_fields import SECTION
from .._apply.apply import ApplyOptions
from .._apply.embedded_document import Document, MergeContext, encode
from .._apply.plan import DesiredObject, Plan
from .._core.errors import Errors, OperationError
from .._core.field_paths import Path
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._desired.alertmanager import check_fields, document
from .._kubernetes.client import Cluster
from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .._kubernetes.object_ref import ObjectRef
from .._kubernetes.options import cluster_spec
from .._kubernetes.router import ObjectRouter
from .._kubesphere.facts import read_facts
from .applying import apply_desired

#: The apply set of this module.
APPLY_SET = "alertmanager_config"

#: The object with the configuration in KubeSphere 4.
EXTENSION = ObjectRef("kubesphere.io/v1alpha1", "InstallPlan", alertmanager.EXTENSION)

ROUTE_OPTIONS: dict[str, Any] = {
    "repeat_interval": {"type": "str"},
    "group_wait": {"type": "str"},
    "group_interval": {"type": "str"},
    "group_by": {"type": "list", "elements": "str"},
}
#: A child route: identified by its matchers, in any form, or added.
CHILD_OPTIONS: dict[str, Any] = {
    "matchers": {"type": "list", "elements": "str"},
    "match": {"type": "dict"},
    "match_re": {"type": "dict"},
    "receiver": {"type": "str"},
    "continue": {"type": "bool"},
    **ROUTE_OPTIONS,
    "mute_time_intervals": {"type": "list", "elements": "str"},
    "active_time_intervals": {"type": "list", "elements": "str"},
    "routes": {"type": "list", "elements": "dict"},
}

SPEC = cluster_spec().merge(
    ArgumentSpec(
        options={
            "route": {"type": "dict", "options": ROUTE_OPTIONS},
            "routes": {"type": "list", "elements": "dict", "options": CHILD_OPTIONS},
            "global": {"type": "dict"},
            "receivers": {"type": "list", "elements": "dict"},
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "namespace": {"type": "str", "default": MONITORING_NAMESPACE},
            "secret": {"type": "str", "default": alertmanager.SECRET, "no_log": False},
            "validate": {"type": "str"},
            "backup": {"type": "bool", "default": False},
            "wait_timeout": {"type": "int", "default": 300},
        },
        required_if=[("state", "present", ("route", "routes", "global", "receivers"), True)],
        secrets={"global": SECTION, "receivers": SECTION},
    )
)


def _run(task: Task) -> dict[str, Any]:
    params = task.params
    with Errors() as errors:
        check_fields(errors, params)
        _check_command(errors.at("validate"), params["validate"] or "")
    cluster = Cluster.connect(params, task.secrets)
    reference, release = _reference(cluster, params)
    backups: list[str] = []

    def check(plan: Plan) -> None:
        if params["validate"]:
            validate(params["validate"], _document(cluster, plan.reference, plan.after).rendered())
        if params["backup"] and not task.check_mode:
            backups.append(_back_up(cluster, plan, task.clock.time()))

    options = ApplyOptions(prune=params["state"] == "absent", release=release)
    desired = _desired(reference, params)
    result = apply_desired(task, ObjectRouter(cluster), {APPLY_SET: [desired]}, options, check)
    # After a conflict there are several backups; the last one has the replaced text.
    return {**result, **({"backup_secret": backups[-1]} if backups else {})}


def _check_command(errors: Errors, command: str) -> None:
    if command and "%s" not in command:
        errors.add("must contain %s, the placeholder of the file's path, as in 'amtool check-config %s'")
    try:
        shlex.split(command)
    except ValueError as error:
        errors.add(f"invalid command ({error}); correct its quotes")


def _reference(cluster: Cluster, params: Any) -> tuple[ObjectRef, str]:
    """Return the object with the configuration and KubeSphere's release line, which is empty for any other Secret."""
    secret = ObjectRef("v1", "Secret", params["secret"], params["namespace"])
    if (secret.namespace, secret.name) != (MONITORING_NAMESPACE, alertmanager.SECRET):
        return secret, ""
    facts = read_facts(cluster)
    if not facts.alertmanager_in and params["state"] == "present":
        raise OperationError(
            "This cluster is a member of KubeSphere 4, whose alerts go through the Alertmanager of its host. Run this "
            "task on the host cluster. Nothing was changed.",
            finding="KD520",
        )
    return (EXTENSION if facts.alertmanager_in == EXTENSION.kind else secret), facts.release


def _desired(reference: ObjectRef, params: Any) -> DesiredObject:
    if params["state"] == "absent":
        return DesiredObject(reference, None)
    if reference == EXTENSION:
        return DesiredObject(reference, {"spec": {"config": {"alertmanager": {"config": document(params)}}}})
    return DesiredObject(reference, {"stringData": {alertmanager.KEY: document(params)}})


def _field(reference: ObjectRef) -> Path:
    """Return the path of the configuration in the object."""
    return ("spec", "config") if reference == EXTENSION else ("data", alertmanager.KEY)


def _document(cluster: Cluster, reference: ObjectRef, manifest: Any) -> Document:
    return Document(reference, _field(reference), dict(manifest), MergeContext("", read=cluster.get))


def validate(command: str, text: str) -> None:
    """Run a command such as ``amtool check-config %s`` on the text; raises ``OperationError`` if it fails.

    Its output is masked like all other output; the file is readable by this user only and removed afterwards.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        words = [word.replace("%s", file.name) for word in shlex.split(command)]
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
        except OSError as error:
            raise OperationError(
                f"validate: {words[0]} cannot be run: {error.strerror}; nothing was changed", finding="KD519"
            ) from None
    if done.returncode:
        message = (done.stderr or done.stdout).strip()
        raise OperationError(
            f"validate: {words[0]} rejected the configuration, nothing was changed: {message}", finding="KD519"
        )


def _back_up(cluster: Cluster, plan: Plan, now: float) -> str:
    """Save the replaced text, which may contain secrets, in a Secret and return its name.

    The Secret is in the namespace of the object, or in Alertmanager's for an InstallPlan.
    """
    reference = plan.reference
    namespace = reference.namespace or MONITORING_NAMESPACE
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dt%H%M%Sz")
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "generateName": f"{reference.name}-backup-{stamp}-",
            "namespace": namespace,
            "labels": {"kubesphere.dingtalk/backup-of": reference.name},
        },
        "type": "Opaque",
        "data": {_field(reference)[-1]: encode(_document(cluster, reference, plan.before).text)},
    }
    backups = ObjectRouter(cluster).collection(ObjectRef("v1", "Secret", "", namespace))
    name: str = cluster.write("post", backups, body)["metadata"]["name"]
    return name


OPERATION = Operation(spec=SPEC, run=_run)
