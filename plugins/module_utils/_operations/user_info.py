# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look up users by mobile number or user ID."""

from __future__ import annotations

from typing import Any

from .._core.errors import Errors, OperationError
from .._core.specs import ArgumentSpec
from .._core.task import Operation, Task
from .._dingtalk.api.client import DingTalk
from .._dingtalk.api.options import dingtalk_spec, people_option, verbatim_people
from .._dingtalk.api.reporting import reporting_calls
from .._dingtalk.users import Users
from .._dingtalk.validation import check_person

SPEC = dingtalk_spec().merge(
    ArgumentSpec(options={"people": people_option(required=True)}, verbatim=verbatim_people("people"))
)


def _run(task: Task, dingtalk: DingTalk) -> dict[str, Any]:
    people: dict[str, dict[str, Any]] = {}
    with Errors() as errors:
        for at, person in errors.at("people").each(task.params["people"]):
            people[at.place] = {key: value for key, value in person.items() if value is not None}
            check_person(at, people[at.place])
    unknown = Errors()
    users = Users(dingtalk, use_cache=False).resolve(unknown, people, details=True)
    found = [user.facts() for user in users.values()]
    if unknown:
        listed = "\n".join(f"- {error}" for error in unknown)
        message = f"{len(unknown)} of {len(people)} people are unknown:\n{listed}"
        raise OperationError(message, finding="KD214", users=found, errors=list(unknown))
    return {"users": found}


OPERATION = Operation(spec=SPEC, run=reporting_calls(_run))
