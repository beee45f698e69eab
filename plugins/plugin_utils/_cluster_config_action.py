# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of ``cluster_config``: options of features come from host variables, manifests from roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import (
    Errors,
    OperationError,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.task import Operation, Task
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import cited
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.auth_checks import check_access
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import ACCESS_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.alerting_component import (
    INSTALLING,
    Component,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.facts import Facts, require_supported
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.missing_permissions import (
    FORBIDDEN,
    first_refusal,
    lacking,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.permissions import names_for
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import (
    Manifests,
    missing_components,
    run_features,
    warn_of_assumptions,
    without_dependents,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.registered import FLEET_RESULT
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._action import OperationAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    HostVariables,
    access_options,
    api_options,
    plain,
    read_features,
    registered,
    selected_features,
    task_options,
    with_fleet,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._renderer import Renderer
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._selection import (
    EMPTY_FEATURES,
    misspelt_tags,
    tagged_features,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._unknown_variables import (
    REMEDY,
    check_mode,
    check_names,
    mode_of,
    project_folders,
)


class ClusterConfigAction(OperationAction):
    """Runs ``cluster_config``; with ``features``, missing options are read from the host's variables."""

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Apply in this process."""
        if not self._task.args.get("features"):
            return super().run_here(variables)
        variables = with_fleet(variables, self._task.args)
        host = HostVariables(self._templar, variables)
        errors = Errors()
        access: dict[str, Any] = {}
        with errors.collecting():
            access = access_options(host)
        is_access_known = not errors
        options = {**access, **self._options(errors, host, variables)}
        task = self.prepare(options, self.operation)

        def apply(task: Task) -> dict[str, Any]:
            with errors.collecting():
                self._check_names(task, host, variables)
            if is_access_known:
                check_access(errors, "kubesphere_", task.params)
            return run_features(task, Renderer(task, host, errors, variables.get("hostvars")))

        return self.finish(Operation(self.operation.spec, apply), task)

    def run_remotely(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Read the cluster's facts on the host, render on the controller, apply on the host."""
        if not self._task.args.get("features"):
            return super().run_remotely(variables)
        variables = with_fleet(variables, self._task.args)
        host = HostVariables(self._templar, variables)
        # The host has its own environment variables, so only explicit options are passed to it.
        given = {name: self._task.args[name] for name in ACCESS_OPTIONS if name in self._task.args}
        errors = Errors()
        access: dict[str, Any] = {}
        with errors.collecting():
            access = {**access_options(host), **plain(given)}
        task = self.prepare({**access, **self._options(errors, host, variables)}, self.operation)
        flow = Operation(self.operation.spec, lambda task: self._apply_remotely(task, host, access, variables, errors))
        return self.finish(flow, task)

    def _options(self, errors: Errors, host: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options apart from the access options.

        The features are those selected by ``kubesphere_features`` and ``--tags``.
        """
        with Errors("features") as unknown:
            features = read_features(unknown, plain(self._task.args["features"]))
        options: dict[str, Any] = {}
        for read in (api_options, task_options):
            with errors.collecting():
                options |= read(host)
        with errors.collecting():
            selected = selected_features(host)
            features = [name for name in features if name in selected]
        return {**options, **self._task.args, "features": tagged_features(features, variables)}

    def _check_names(self, task: Task, own: HostVariables, variables: Mapping[str, Any]) -> None:
        """Warn of misspelt variables and tags, or raise ``InputError``, unless ``fleet_chats`` has reported them.

        The first host of a batch warns for all hosts of the play, so that a variable of a group is one warning.
        """
        name, fleet = str(own["inventory_hostname"]), registered(own, FLEET_RESULT)
        is_reported = "unknown_variables" in fleet
        batch = variables.get("ansible_play_batch") or [name]
        hosts = {name: own}
        if not is_reported and batch[0] == name:
            everyone = variables.get("ansible_play_hosts_all") or [name]
            others = {host: own.for_host(variables["hostvars"], host) for host in everyone if host != name}
            # A host that fails because of such a name says so itself.
            hosts |= {host: other for host, other in others.items() if mode_of(other) != "fail"}
        findings = check_names(hosts, project_folders(variables), fleet.get("unknown_variables") or [])
        if not is_reported:
            features = [] if selected_features(own) else [f"{name}: {EMPTY_FEATURES}"]
            findings.add(
                mode_of(own),
                [cited(f"{message}, {REMEDY}", "KD104") for message in [*features, *misspelt_tags(variables)]],
            )
        for warning in findings.warnings if batch[0] == name else []:
            task.warn(warning)
        with Errors() as errors:
            check_mode(errors, own)
            errors.extend(findings.errors)

    def _apply_remotely(
        self,
        task: Task,
        host: HostVariables,
        access: dict[str, Any],
        variables: dict[str, Any],
        errors: Errors,
    ) -> dict[str, Any]:
        with errors.collecting():
            self._check_names(task, host, variables)
        render = Renderer(task, host, errors, variables.get("hostvars"))
        facts: Facts | None = None
        info: dict[str, Any] = {}
        manifests: Manifests = {feature: [] for feature in task.params["features"]}
        installing: list[str] = []
        if task.params["state"] == "present":
            info = self.execute_module("kubesphere.dingtalk.cluster_info", access, variables)
            if _is_failed(info):
                return self._with_missing_roles(task, info, None, access, variables)
            facts = Facts(**info["kubesphere_cluster"])
            require_supported(facts)
            warn_of_assumptions(task, facts)
            unchanged = _check_alerting(task, facts, render)
            manifests = {feature: render(feature, facts) for feature in manifests if feature not in unchanged}
            installing = missing_components(task, manifests, facts, lambda: Component(INSTALLING))
        results = []
        for feature, rendered in without_dependents(task, manifests, installing).items():
            options = {**access, "manifests": rendered, "name": feature, "state": task.params["state"]}
            options["wait_timeout"] = task.params["wait_timeout"]
            options["contributors"] = render.contributor_options()
            if feature in installing:
                # Without a name, nothing is pruned: these are not all manifests of the feature.
                del options["name"]
            results.append(self.execute_module("kubesphere.dingtalk.cluster_config", options, variables))
            if _is_failed(results[-1]):
                return self._with_missing_roles(task, results[-1], facts, access, variables)
        more = {"installing": installing, "notes": render.notes} if info else {}
        return {**_merge_results(results, info), **more}

    def _with_missing_roles(
        self,
        task: Task,
        failed: dict[str, Any],
        facts: Facts | None,
        access: dict[str, Any],
        variables: dict[str, Any],
    ) -> dict[str, Any]:
        """Return a module's failed result with everything that the account lacks, if it lacks a permission."""
        if failed.get("finding") != FORBIDDEN:
            return failed
        features = names_for(task.params["state"], task.params["features"], facts)
        options = {**access, "check_permissions": True, "features": features}
        asked = self.execute_module("kubesphere.dingtalk.cluster_info", options, variables)
        if _is_failed(asked):
            return asked if "missing_roles" in asked else failed
        error = lacking(first_refusal(failed["msg"]), asked["missing_permissions"])
        return {**failed, **error.as_result()} if error else failed


def _check_alerting(task: Task, facts: Facts, render: Renderer) -> list[str]:
    """Return the features of KubeSphere 4 that are left unchanged, as only the controller applies them."""
    if not facts.is_kubesphere_4:
        return []
    if render.has_alerting:
        raise OperationError(
            "alerting_policies: written from the controller on KubeSphere 4; set ansible_connection: local and a "
            "kubeconfig for this host, or remove them. Nothing was changed.",
            finding="KD109",
        )
    if facts.role != "host" or not render.has_destination:
        return []
    task.warn(
        cited(
            "Whether KubeSphere's extension whizard-alerting sends alerts to the destinations of this cluster is only "
            "checked from the controller; set ansible_connection: local and a kubeconfig for this host.",
            "KD323",
        )
    )
    return ["alerting"]


def _is_failed(result: Mapping[str, Any]) -> bool:
    return bool(result.get("failed") or result.get("unreachable"))


def _merge_results(results: list[dict[str, Any]], info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the results of several tasks as that of a composite task, with the facts of ``cluster_info``."""

    def concatenated(name: str) -> list[Any]:
        return [item for result in results for item in result.get(name) or []]

    values = {name: value for result in (*results, info) for name, value in result.items()}
    facts: dict[str, Any] = {
        name: values[name] for name in ("chats_left", "kubesphere_cluster", "built_in_alerts") if name in values
    }
    return {
        "changed": any(result["changed"] for result in results),
        "objects": concatenated("objects"),
        "diff": concatenated("diff"),
        "warnings": concatenated("warnings"),
        **facts,
    }
