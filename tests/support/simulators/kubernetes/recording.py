# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests that a cluster received, in the same form for embedded and real API servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})

METHODS = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE"}


@dataclass(frozen=True)
class RecordedRequest:
    """A request; ``verb`` is that of Kubernetes (get, list, create …), or the method for non-resource paths.

    ``status`` is 0 if the connection was cut before the response.
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
        """Whether it is a write request without dry run."""
        return self.verb in WRITES and not self.dry_run


def is_dry_run(query: str, options: Mapping[str, Any] | None) -> bool:
    """Return whether a request is a dry run; ``options`` in the body of a DELETE take precedence over the query."""
    return "dryRun=All" in query if options is None else options.get("dryRun") == ["All"]


def by_verb(requests: Iterable[RecordedRequest]) -> Counter[str]:
    return Counter(request.verb for request in requests)
