# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's objects: each is read once, until something is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from .._core.masking import Secrets
from .connection import ApiServerConnection, Connection
from .errors import ClusterError

#: Parallel requests to a distant cluster: two connections halve the round trips; more cost more in TLS handshakes than
#: they save.
PARALLEL = 2
#: Seconds for the first answer, which takes three round trips, from which a second connection and threads pay off.
FAR = 0.09

T = TypeVar("T")
R = TypeVar("R")


class Cluster:
    """Reads through a cache, which every write empties."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cache: dict[str, dict[str, Any] | ClusterError | None] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._is_far: bool | None = None

    @classmethod
    def connect(cls, options: Mapping[str, Any], secrets: Secrets) -> Cluster:
        """Return the cluster that access options (``cluster_spec``) describe; nothing is connected yet."""
        return cls(ApiServerConnection(options, secrets))

    @property
    def server(self) -> str:
        """The URL of its API server."""
        return self._connection.server

    def get(self, path: str, fresh: bool = False) -> dict[str, Any] | None:
        """Return the object at ``path``, or None if the server answers that there is none."""
        if fresh or path not in self._cache:
            self._cache[path] = self._try_read(path)
        found = self._cache[path]
        if isinstance(found, ClusterError):
            raise found
        return found

    def prefetch(self, paths: Iterable[str]) -> None:
        """Read several objects, in parallel if the cluster is far; an error is raised when its object is asked for."""
        missing = [path for path in dict.fromkeys(paths) if path not in self._cache]
        if self._is_far is None and missing:
            started = time.perf_counter()
            path = missing.pop(0)
            self._cache[path] = self._try_read(path)
            self._is_far = time.perf_counter() - started >= FAR
        if self._is_far and len(missing) > 1:
            self._cache.update(zip(missing, self.in_parallel(self._try_read, missing), strict=True))
        else:
            self._cache.update({path: self._try_read(path) for path in missing})

    def in_parallel(self, ask: Callable[[T], R], questions: Sequence[T]) -> list[R]:
        """Return the answers to several questions in their order; raises the error of the first that failed."""
        # created on first use, so never before a fork, and reused: starting threads costs as much as a request
        self._pool = self._pool or ThreadPoolExecutor(PARALLEL)
        return list(self._pool.map(ask, questions))

    def write(self, verb: str, path: str, body: Mapping[str, Any] | None, dry_run: bool = False) -> dict[str, Any]:
        """Send a POST, PUT or DELETE; with ``dry_run`` the server checks it, answers and stores nothing."""
        self._cache.clear()
        if dry_run and not self._connection.has_dry_run(path):
            return {}  # the difference was computed, only the server's own checks are left out
        if dry_run and verb == "delete":
            # With options in a DELETE's body, kube-apiserver ignores dryRun in the query.
            return self.request(verb, path, body={**(body or {}), "dryRun": ["All"]})
        return self.request(verb, path, body=body, **({"dry_run": "All"} if dry_run else {}))

    def request(self, verb: str, path: str, **options: Any) -> dict[str, Any]:
        """Send one request past the cache and return the answer; raises ``ClusterError``."""
        return self._connection.request(verb, path, **options)

    def text(self, path: str) -> str:
        """Return the answer to a GET in plain text, such as a log; raises ``ClusterError``."""
        return self._connection.text(path)

    def _try_read(self, path: str) -> dict[str, Any] | ClusterError | None:
        """Return the object, None if there is none, or the error, which is cached as well."""
        try:
            return self.request("get", path)
        except ClusterError as error:
            return None if error.status == 404 else error
