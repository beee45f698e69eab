# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of ``run_summary``: results registered on the hosts, including failed ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors, InputError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.texts.wrapping import wrapped_all
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._findings.finding import cited
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.same_clusters import cluster_uids
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._fleet.summary import has_failed
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.registered import (
    APPLY_RESULT,
    BATCH_RESULT,
    FLEET_RESULT,
    LATER_RESULT,
    VERIFY_RESULT,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._action import OperationAction
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import (
    HostVariables,
    listed,
    plain,
    registered,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._printing import print_lines
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._selection import (
    misspelt_tags,
    unselected_clusters,
)
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._unknown_variables import (
    REMEDY,
    Findings,
    mode_of,
)


class RunSummaryAction(OperationAction):
    """Runs ``run_summary`` with the registered results, unless others are given, and prints its lines."""

    on_controller = True
    for_all_hosts = True

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Collect the registered results and summarize them."""
        host = HostVariables(self._templar, variables)
        options = {
            "results": self._results(variables),
            "fleet": host.get(self._name("fleet_from", FLEET_RESULT)) or {},
            "stopped": _stopped_batch(variables, self._name("stopped_from", BATCH_RESULT)),
            "verified": _verified(host, self._name("verified_from", VERIFY_RESULT)),
            **self._task.args,
        }
        result = self._summarize(options)
        result.pop("invocation", None)  # repeats all results
        print_lines(wrapped_all(result.get("lines") or []))
        if not options["results"] and not options["fleet"]:
            result.update(self._check_tags(host, variables) or self._check_registered(options))
        return result

    def _name(self, option: str, default: str) -> str:
        return str(plain(self._task.args.get(option)) or default)

    def _results(self, variables: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        names, hosts = result_names(self._task.args), variables["groups"]["all"]
        if self._task.args.get("results_from") and not self._task.args.get("results"):
            require_results(variables, hosts, names)
        return results_of(variables, hosts, names)

    def _check_registered(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return a warning if there is nothing to summarize, as tasks registered their results under other names."""
        if options["verified"] or options["stopped"]:
            return {}
        message = (
            f"There is nothing to summarize: no task registered a result as {APPLY_RESULT} or {FLEET_RESULT}. If yours "
            "have other names, set results_from to that of cluster_config, and fleet_from to that of fleet_chats."
        )
        return {"warnings": [cited(message, "KD110")]}

    def _summarize(self, options: dict[str, Any]) -> dict[str, Any]:
        """Run the operation. An option ``report`` that is refused does not prevent the summary."""
        task = self.prepare(options, self.operation)
        if isinstance(task, dict) and options.pop("report", None):
            return {**self.finish(self.operation, self.prepare(options, self.operation)), **task}
        return self.finish(self.operation, task)

    def _check_tags(self, host: HostVariables, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return warnings, or an error, if tags are why nothing was done, as in a teardown, which has no other task."""
        found = [*misspelt_tags(variables), *unselected_clusters(variables, self._task.tags, {})]
        findings = Findings()
        findings.add(mode_of(host), [cited(f"{message}, {REMEDY}", "KD104") for message in found])
        if findings.errors:
            return {"failed": True, "msg": InputError(findings.errors).message}
        return {"warnings": findings.warnings} if findings.warnings else {}


class CheckBatchAction(OperationAction):
    """Runs ``check_batch`` with the results registered on the hosts of the current batch."""

    on_controller = True
    for_all_hosts = True

    def run_here(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Find the failed hosts of the batch, and those that no batch has reached yet; print how far the rollout is."""
        batch, hosts = variables["ansible_play_batch"], variables["ansible_play_hosts_all"]
        names = result_names(self._task.args)
        if "failed" not in self._task.args:
            require_results(variables, batch, names)
        results = results_of(variables, hosts, names)
        print_lines(_progress(batch, hosts, results))
        options = {
            "batch": batch,
            "failed": [name for name in batch if has_failed(results.get(name, {}))],
            "not_attempted": [name for name in hosts if name not in {*results, *batch}],
            "cluster_uids": cluster_uids(results),
            **self._task.args,
        }
        return self.finish(self.operation, self.prepare(options, self.operation))


def _progress(batch: Sequence[str], hosts: Sequence[str], results: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield how far a rollout in several batches is."""
    if len(batch) < len(hosts):
        failed = sum(map(has_failed, results.values()))
        yield f"{len({*results, *batch})} of {len(hosts)} clusters done, {failed} failed"


def result_names(options: Mapping[str, Any]) -> list[str]:
    """Return the names under which tasks of ``cluster_config`` registered their results, the later ones last."""
    names = listed(plain(options.get("results_from")) or [APPLY_RESULT, LATER_RESULT])
    with Errors("results_from") as errors:
        if not all(isinstance(name, str) for name in names):
            errors.add("expected a list of names of variables")
    return names


def require_results(variables: Mapping[str, Any], hosts: Iterable[str], names: Sequence[str]) -> None:
    """Raise ``InputError`` if no host has a result with one of these names, not even one of a skipped task."""
    with Errors("results_from") as errors:
        if not any(name in variables["hostvars"].raw_get(host) for host in hosts for name in names):
            errors.add(
                f"no task registered a result as {' or '.join(names)} on these hosts; set it to the name under which "
                "the task of cluster_config registers its result"
            )


def results_of(variables: Mapping[str, Any], hosts: Iterable[str], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return host -> its registered result, of the hosts that have one."""
    hostvars = variables["hostvars"]
    # raw: results contain no templates, and searching them for templates would dominate the cost.
    applied = {name: _merge_results(hostvars.raw_get(name), names) for name in hosts}
    return {name: result for name, result in applied.items() if result}


def _verified(host: HostVariables, name: str) -> dict[str, Any]:
    """Return the result of ``verify``; empty if it did not run."""
    result: dict[str, Any] = plain(registered(host, name))
    return {} if result.get("skipped") else result


def _stopped_batch(variables: Mapping[str, Any], result_name: str) -> dict[str, Any]:
    """Return the result of the batch after which the rollout stopped; empty if it did not stop."""
    found = (variables["hostvars"].raw_get(name).get(result_name) or {} for name in variables["groups"]["all"])
    return next((plain(result) for result in found if result.get("failed")), {})


def _merge_results(host: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the results of a host as one: the later result, changed if either is, with the notes of both."""
    results = [plain(registered(host, name)) for name in names]
    done = [result for result in results if result and not result.get("skipped")]
    changed = any(result.get("changed") for result in done)
    if not done:
        return {}
    notes = list(dict.fromkeys(note for result in done for note in result.get("notes") or []))
    return {name: value for result in done for name, value in result.items()} | {"changed": changed, "notes": notes}
