# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the last verifications of a cluster proved, in a file on the controller, for those who ask later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.task import Task
from .._dingtalk.state.files import StateFiles, fingerprint, state_folder
from .targets import Target
from .verdict import Result, Verdict

#: Seconds after which a proof says nothing about a cluster any more, as its log of the same time does.
VALID = 24 * 60 * 60


@dataclass(frozen=True)
class Proof:
    """The verdict of a test message; ``time`` in seconds since the epoch."""

    time: float
    verdict: Verdict


class Remembered:
    """The proofs of one cluster; nothing is remembered of one whose ``cluster_uid`` is empty."""

    def __init__(self, files: StateFiles, cluster_uid: str) -> None:
        self._files = files
        self._name = f"verified-{fingerprint(cluster_uid)}.json" if cluster_uid else ""

    @classmethod
    def of(cls, task: Task, cluster_uid: str) -> Remembered:
        """Return those in the folder of a task's option ``state_path``."""
        folder = state_folder(task.params.get("state_path"))
        return cls(StateFiles(folder, task.warn, "Set state_path (dingtalk_state_path)."), cluster_uid)

    def write(self, verdicts: Mapping[Target, Verdict], time: float) -> None:
        """Remember the verdicts of chats and robots to which a message was sent, beside those of others.

        Raises ``OperationError``, as :meth:`read` does, for a file of another version.
        """
        tried = {_key(target): item for target, item in verdicts.items() if item.result is not Result.NOT_TRIED}
        if self._name and tried:
            new = {key: {"time": time, **item.as_dict()} for key, item in tried.items()}
            self._files.write(self._name, {"proofs": {**self._proofs(), **new}})

    def read(self, targets: Iterable[Target], time: float) -> dict[Target, Proof]:
        """Return the proofs of chats and robots that are valid at ``time``; raises ``OperationError``."""
        proofs = self._proofs() if self._name else {}
        found = {target: _proof(proofs.get(_key(target))) for target in targets}
        return {target: proof for target, proof in found.items() if proof and 0 <= time - proof.time < VALID}

    def _proofs(self) -> dict[str, Any]:
        proofs = self._files.read(self._name).get("proofs")
        return proofs if isinstance(proofs, dict) else {}


def _key(target: Target) -> str:
    return " ".join(target.identity)


def _proof(entry: Any) -> Proof | None:
    """Return an entry of the file, None if it is not one."""
    if not isinstance(entry, dict) or not isinstance(entry.get("time"), int | float):
        return None
    texts = [entry.get(name) for name in ("result", "cause", "cure", "finding")]
    if not all(isinstance(text, str) for text in texts) or texts[0] not in tuple(Result):
        return None
    result, cause, cure, finding = map(str, texts)
    return Proof(entry["time"], Verdict(Result(result), cause, cure, finding))
