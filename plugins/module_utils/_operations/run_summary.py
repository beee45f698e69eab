# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Summary of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.bounded.shapes import Shape, mismatch
from .._core.errors import Errors, InputError
from .._core.secrets.options import check_secrets
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._fleet.run_report import run_report
from .._fleet.same_clusters import cluster_uids, same_cluster, with_same_uid
from .._fleet.summary import RunResults, forecast_of, lines
from .._report.files import OPTION, report_paths, write_report
from .registered import BATCH_RESULT, FLEET_FROM, RESULTS_FROM, VERIFY_RESULT

SPEC = ArgumentSpec(
    options={
        "results": {"type": "dict", "default": {}},
        "fleet": {"type": "dict", "default": {}},
        "stopped": {"type": "dict", "default": {}},
        "verified": {"type": "dict", "default": {}},
        **FLEET_FROM,
        "stopped_from": {"type": "str", "default": BATCH_RESULT},
        "verified_from": {"type": "str", "default": VERIFY_RESULT},
        **RESULTS_FROM,
        "report": OPTION,
    }
)

_CHAT: Shape = {"chat!": object, "name!": object, "chat_id!": object}
_LISTED: Shape = {
    **dict.fromkeys(("key!", "name!", "chat_id!", "state!", "source!", "in_inventory!"), object),
    "orphaned_chats!": [object],
}
_ALERT: Shape = dict.fromkeys(("route!", "severity!", "receiver!", "effective_interval!"), object)
_OUTCOME: Shape = {
    **{"alerts!": [str], "receiver!": str, "result!": str, "chats!": [str], "robot!": str},
    **{"repeat_interval!": int, "cause!": str, "cure!": str},
}
RESULTS: Shape = {
    "*": {
        **{"notes": [str], "chats_left": [_CHAT], "built_in_alerts": [_ALERT], "delivery": [_OUTCOME]},
        "kubesphere_cluster": {"cluster_uid": str},
    }
}
_VERDICT: Shape = dict.fromkeys(("result!", "cause!", "cure!", "finding!"), str)
VERIFIED: Shape = {
    "clusters": {
        "*": {
            "alert!": {**_VERDICT, "receivers!": [str], "second_message!": str},
            "history": {**_VERDICT, "time!": str},
            "targets!": [{**_VERDICT, "kind!": str, "key!": str}],
        }
    },
    "calls": {"counted!": int, "free!": int},
}
FLEET: Shape = {
    "chats": {"*": {"name!": object, "chat_id!": object}},
    "chat_list": [_LISTED],
    "notices": [object],
    "slice": bool,
    "calls": {"counted!": int, "free!": int},
    "forecast": {"calls!": int, "webhook_messages!": int},
    "manual_steps": [{"robot!": object, "chat!": object, "steps!": [object]}],
}


def run(task: Task) -> dict[str, Any]:
    """Return the summary as ``lines``, which the action prints."""
    with Errors() as errors:
        check_secrets(errors, SPEC, task.params)
        for name, shape in (("results", RESULTS), ("fleet", FLEET), ("verified", VERIFIED)):
            if error := mismatch(task.params[name], shape):
                errors.at(name).add(f"{error}; set what the tasks of the playbooks return")
    results, fleet = task.params["results"], task.params["fleet"]
    run_results = RunResults(results, fleet, task.params["stopped"], task.params["verified"], task.check_mode)
    for hosts in with_same_uid(cluster_uids(results)):
        task.warn(same_cluster(hosts))
    forecast = forecast_of(results, fleet)
    for warning in forecast.warnings() if forecast else []:
        if warning not in (fleet.get("warnings") or []):
            task.warn(warning)
    failed = list(run_results.failed)
    facts = {"lines": lines(run_results), **({"failed_hosts": failed} if failed else {})}
    _write(run_results, task, facts)
    return {"changed": False, **facts}


def _write(run_results: RunResults, task: Task, facts: Mapping[str, Any]) -> None:
    try:
        with Errors() as errors:
            paths = report_paths(errors.at("report"), task.params["report"] or {})
    except InputError as error:
        error.facts.update(facts)  # the summary is printed nevertheless
        raise
    if paths:
        write_report(run_report(run_results, task.clock.time()), paths, facts)


OPERATION = Operation(spec=SPEC, run=run)
