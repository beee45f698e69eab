# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of an examination by stage, and the stages that could not be examined."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._core.errors import OperationError
from .._findings.catalogue import CATALOGUE
from .._findings.finding import Found, Level, Stage, without_citation
from .._kubernetes.errors import ClusterError

#: Findings in the order in which somebody reads them.
_LEVELS = list(Level)
_STAGES = list(Stage)
#: The finding of an error that has none of its own, such as text of others that is not YAML.
REFUSED = "KD311"


class Examination:
    """Collects findings. A stage that fails makes others skipped, instead of failing them as well."""

    def __init__(self) -> None:
        self._found: dict[Found, None] = {}
        self._skipped: dict[Stage, str] = {}
        self._stages: dict[Stage, None] = {}

    def add(self, finding: str, subject: str, cause: str, cure: str = "") -> None:
        """Add a finding by its ID; one that is there already is not repeated."""
        self._found[Found(CATALOGUE[finding], subject, cause, cure)] = None

    def add_error(self, error: OperationError, subject: str) -> str:
        """Add the finding of an error, and return its ID."""
        finding = error.finding or REFUSED
        self.add(finding, subject, error.message.rstrip("."))
        return finding

    def add_warning(self, text: str, subject: str) -> None:
        """Add the finding that a warning of a task cites, unless there is one of its kind; others are no findings."""
        message, finding = without_citation(text)
        if finding and all(found.finding.id != finding for found in self._found):
            self.add(finding, subject, message.rstrip("."))

    @contextmanager
    def stage(self, stage: Stage, subject: str) -> Iterator[None]:
        """Examine a stage: an error of the cluster in it becomes a finding."""
        self._stages[stage] = None
        try:
            yield
        except OperationError as error:
            self.add_error(error, subject)

    @contextmanager
    def unless_forbidden(self, stage: Stage, subject: str) -> Iterator[None]:
        """Examine a part of a stage that an account needs an optional permission for; skip it without that."""
        try:
            yield
        except ClusterError as error:
            if error.status != 403:
                raise
            self.skip(stage, f"the account may not read {subject}: {error.message.rstrip('.')}")

    def skip(self, stage: Stage, because: str) -> None:
        """Note why a stage, or the part of it that asks another component, is not examined."""
        self._stages[stage] = None
        self._skipped.setdefault(stage, because)

    @property
    def has_errors(self) -> bool:
        """Whether anything was found for which alerts do not arrive."""
        return any(found.finding.level is Level.ERROR for found in self._found)

    def is_skipped(self, stage: Stage) -> bool:
        """Return whether a stage is not examined."""
        return stage in self._skipped

    def result(self) -> dict[str, Any]:
        """Return the findings for a task's result: by stage, the worst first."""
        ranked = sorted(
            self._found,
            key=lambda found: (_STAGES.index(found.finding.stage), _LEVELS.index(found.finding.level)),
        )
        return {
            "findings": [found.as_dict() for found in ranked],
            "skipped_stages": [{"stage": str(stage), "because": because} for stage, because in self._skipped.items()],
            "stages": [str(stage) for stage in _STAGES if stage in self._stages],
        }
