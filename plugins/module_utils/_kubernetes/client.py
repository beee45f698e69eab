# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's objects, read through a cache that every write clears."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from .._core.masking import Secrets
from .connection import ApiServerConnection, Connection, Proxied
from .errors import ClusterError, gave_up
from .retries import ATTEMPTS_WHILE_UNAVAILABLE, UNAVAILABLE

#: Parallel requests to a distant cluster: two connections halve the round trips; with more, TLS handshakes cost more
#: than they save.
PARALLEL = 2
#: Minimum seconds until the first response (three round trips) at which a second connection and threads pay off.
FAR = 0.09
#: Seconds before the first pause ends after a conflict, and after an answer of an unavailable server; the maximum.
CONFLICT_PAUSE, UNAVAILABLE_PAUSE, MAX_PAUSE = 0.05, 0.5, 5.0

T = TypeVar("T")
R = TypeVar("R")


class Cluster:
    """A cluster read through a cache."""

    def __init__(self, connection: Connection, sleep: Callable[[float], None] = time.sleep) -> None:
        self._connection = connection
        self._sleep = sleep
        self._cache: dict[str, dict[str, Any] | ClusterError | None] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._is_far: bool | None = None

    @classmethod
    def connect(cls, options: Mapping[str, Any], secrets: Secrets) -> Cluster:
        """Return the cluster of the access options (``cluster_spec``); it connects on the first request."""
        return cls(ApiServerConnection(options, secrets))

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return self._connection.server

    def get(self, path: str, fresh: bool = False) -> dict[str, Any] | None:
        """Return the object at ``path``, or None if the server answers 404; raises ``ClusterError``."""
        if fresh or path not in self._cache:
            self._cache[path] = self._try_read(path)
        found = self._cache[path]
        if isinstance(found, ClusterError):
            raise found
        return found

    def prefetch(self, paths: Iterable[str]) -> None:
        """Read several objects, in parallel if the cluster is distant; errors are cached and raised by :meth:`get`."""
        # Once each, as several apply sets may contain an object.
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

    def in_parallel(self, function: Callable[[T], R], arguments: Sequence[T]) -> list[R]:
        """Return the results of parallel calls in the order of the arguments; raises the first error."""
        # created on first use, therefore never before a fork; reused, as starting threads costs as much as a request
        self._pool = self._pool or ThreadPoolExecutor(PARALLEL)
        return list(self._pool.map(function, arguments))

    def write(self, verb: str, path: str, body: Mapping[str, Any] | None, dry_run: bool = False) -> dict[str, Any]:
        """Send a POST, PUT or DELETE; with ``dry_run`` the server validates and answers it without storing anything."""
        self._cache.clear()
        if dry_run and not self._connection.has_dry_run(path):
            return {}  # the diff is computed by the client, only the server's validation is skipped
        if dry_run and verb == "delete":
            # If a DELETE has options in its body, kube-apiserver ignores dryRun in the query.
            return self.request(verb, path, body={**(body or {}), "dryRun": ["All"]})
        return self.request(verb, path, body=body, **({"dry_run": "All"} if dry_run else {}))

    def request(self, verb: str, path: str, **options: Any) -> dict[str, Any]:
        """Send a request without the cache and return the answer; raises ``ClusterError``."""
        return self._connection.request(verb, path, **options)

    def text(self, path: str) -> str:
        """Return the answer to a GET in plain text, such as a log; raises ``ClusterError``."""
        return self._connection.text(path)

    def proxied(self, verb: str, path: str, body: Any = None) -> Proxied:
        """Return the answer of a program behind the service proxy, whatever its status; raises ``ClusterError``."""
        return self._connection.proxied(verb, path, body)

    def credentials_expiry(self) -> float | None:
        """Return when the credentials expire in epoch seconds, None if they do not say so."""
        return self._connection.credentials_expiry()

    def server_time(self) -> float | None:
        """Return what the API server's clock shows in epoch seconds, None before its first answer."""
        return self._connection.server_time()

    def before_retry(self, error: ClusterError, subject: str, attempt: int, attempts: int) -> None:
        """Wait before a write of ``subject`` that failed is repeated, on what is read again.

        ``attempt``: the number of the failed one, from 0. After the last one, raises the error, or one that names the
        conflicts.
        """
        is_unavailable = error.status == UNAVAILABLE
        if is_unavailable and attempt == ATTEMPTS_WHILE_UNAVAILABLE - 1:
            raise error
        if attempt == attempts - 1:
            raise gave_up(subject, attempts, error) from None
        if is_unavailable:
            self._sleep(max(_pause(UNAVAILABLE_PAUSE, attempt), error.retry_after))
        else:
            self.after_conflict(attempt)

    def after_conflict(self, attempt: int) -> None:
        """Wait after a conflict, except the first one."""
        if attempt:
            self._sleep(_pause(CONFLICT_PAUSE, attempt))

    def _try_read(self, path: str) -> dict[str, Any] | ClusterError | None:
        """Return the object, None if it does not exist, or the error, which is cached as well."""
        try:
            return self.request("get", path)
        except ClusterError as error:
            return None if error.status == 404 else error


def _pause(first: float, attempt: int) -> float:
    """Return seconds that grow with each attempt, at random, so that controllers do not meet again."""
    return random.uniform(0.5, 1) * min(first * float(2**attempt), MAX_PAUSE)  # noqa: S311 - no secret
