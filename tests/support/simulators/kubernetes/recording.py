# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests that a cluster received, in one form for embedded and real API servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})

METHODS = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE"}


@dataclass(frozen=True)
class RecordedRequest:
    """``verb`` is Kubernetes' own (get, list, create …; for paths without objects the method in lower case).

    ``status`` is 0 where the connection was cut before an answer left; ``dry_run`` says that nothing was to be stored.
    """

    verb: str
    method: str
    path: str
    query: str
    user_agent: str
    user: str
    status: int
    dry_run: bool = False

    @property
    def writes(self) -> bool:
        """Whether it was meant to change what is stored."""
        return self.verb in WRITES and not self.dry_run


def is_dry_run(query: str, options: Mapping[str, Any] | None) -> bool:
    """``options`` are those in the body of a DELETE, which count in place of the query's."""
    return "dryRun=All" in query if options is None else options.get("dryRun") == ["All"]


def by_verb(requests: Iterable[RecordedRequest]) -> Counter[str]:
    return Counter(request.verb for request in requests)
