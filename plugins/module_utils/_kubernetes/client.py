# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP exchange with a cluster's API server: paths and plain dictionaries in, plain dictionaries out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

try:
    import urllib3.exceptions
    from kubernetes.client.exceptions import ApiException
    from kubernetes.dynamic import DynamicClient
    from urllib3.exceptions import NewConnectionError
except ImportError:  # reported by access.configuration, which every client needs first
    pass

from .._core.masking import Secrets
from .._core.task import Task
from .._kubesphere.api import KubeSphereApi
from .auth import api_client
from .errors import ClusterError, ClusterUnreachable, refusal

#: Requests side by side to a cluster far away: two connections halve the round trips; more cost more in handshakes than
#: they save.
PARALLEL = 2
#: Seconds for the first answer, which takes three round trips, from which on a second connection and threads pay.
FAR = 0.09

#: What the paths of objects behind KubeSphere's own API begin with.
BEHIND_API = "/proxy/"

T = TypeVar("T")
R = TypeVar("R")


class _NoDiscovery:
    """Stands in for the dynamic client's discovery, which costs requests: our paths are known."""

    def __init__(self, client: Any, cache_file: str | None) -> None:
        pass


class Cluster:
    """A cluster as its API server shows it. Objects read once are remembered until something is written."""

    def __init__(self, options: Mapping[str, Any], secrets: Secrets) -> None:
        self._client = DynamicClient(api_client(options, secrets), discoverer=_NoDiscovery)
        self._timeout = options.get("request_timeout") or 30
        self._known: dict[str, dict[str, Any] | ClusterError | None] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._is_far: bool | None = None
        self.server: str = self._client.configuration.host
        #: KubeSphere's release family (``3.4``), once somebody has found it out.
        self.release: str = ""
        #: KubeSphere's own API, behind which it keeps some objects.
        self.api = KubeSphereApi(self, options, secrets)
        #: (group, kind) -> where such objects are behind that API.
        self.roots: dict[tuple[str, str], str] = {}

    @classmethod
    def from_task(cls, task: Task) -> Cluster:
        """Return the cluster that a task's access options name."""
        return cls(task.params, task.secrets)

    def get(self, path: str, fresh: bool = False) -> dict[str, Any] | None:
        """Return the object at ``path``, or None where the server says that there is none."""
        if fresh or path not in self._known:
            self._known[path] = self._try_read(path)
        known = self._known[path]
        if isinstance(known, ClusterError):
            raise known
        return known

    def prefetch(self, paths: Iterable[str]) -> None:
        """Read several objects, side by side where waiting is most of it; a failure surfaces with the object itself."""
        missing = [path for path in dict.fromkeys(paths) if path not in self._known]
        if self._is_far is None and missing:
            started = time.perf_counter()
            path = missing.pop(0)
            self._known[path] = self._try_read(path)
            self._is_far = time.perf_counter() - started >= FAR
        if self._is_far and len(missing) > 1:
            self._known.update(zip(missing, self.side_by_side(self._try_read, missing), strict=True))
        else:
            self._known.update({path: self._try_read(path) for path in missing})

    def side_by_side(self, ask: Callable[[T], R], questions: Sequence[T]) -> list[R]:
        """Return the answers to several questions in their order; raises what the first failed one raised."""
        # made when needed, so never before a fork, and kept: starting threads costs as much as a request
        self._pool = self._pool or ThreadPoolExecutor(PARALLEL)
        return list(self._pool.map(ask, questions))

    def write(self, verb: str, path: str, body: Mapping[str, Any] | None, dry_run: bool = False) -> dict[str, Any]:
        """Send a POST, PUT or DELETE; with ``dry_run`` the server checks and answers, and stores nothing."""
        self._known.clear()
        if dry_run and path.startswith(BEHIND_API):
            return {}  # no dry run passes through it: what differs was found by comparing
        if dry_run and verb == "delete":
            # With options in a DELETE's body, kube-apiserver does not look for a dry run in the query.
            return self.request(verb, path, body={**(body or {}), "dryRun": ["All"]})
        return self.request(verb, path, body=body, **({"dry_run": "All"} if dry_run else {}))

    def request(self, verb: str, path: str, **options: Any) -> dict[str, Any]:
        """Make one request and return the answer; raises ``ClusterError`` or ``ClusterUnreachable``."""
        answer = self._exchange(verb, path, **options)
        if not isinstance(answer, dict):
            raise ClusterError(f"The cluster answered {verb.upper()} {path} with something that is not JSON.")
        return answer

    def text(self, path: str) -> str:
        """Return what the server answers a GET in plain text, such as a log; raises like :meth:`request`."""
        return str(self._exchange("get", path))

    def _exchange(self, verb: str, path: str, **options: Any) -> Any:
        if path.startswith(BEHIND_API):
            return self.api.request(verb, path, options.get("body"))
        try:
            answer = self._client.request(
                verb, path, serializer=lambda _client, data: data, _request_timeout=self._timeout, **options
            )
        except ApiException as error:
            if not error.status:
                raise self._unreachable(verb, path, str(error.reason)) from None
            raise refusal(verb, path, error.status, error.body) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._unreachable(verb, path, self._cause(error)) from None
        except ValueError:  # its text repeats the header
            raise ClusterError(
                f"{verb.upper()} {path} cannot be sent: the token (api_key or kubeconfig), impersonate_user or "
                "impersonate_groups hold a line break or a character that an HTTP header cannot have. Remove it."
            ) from None
        return answer

    def _try_read(self, path: str) -> dict[str, Any] | ClusterError | None:
        """Return the object, None where there is none, or why it cannot be read: that is not tried again at once."""
        try:
            return self.request("get", path)
        except ClusterError as error:
            return None if error.status == 404 else error

    def _unreachable(self, verb: str, path: str, cause: str) -> ClusterUnreachable:
        advice = "Check host or kubeconfig, the network and the proxy."
        if "certificate" in cause.lower():
            advice = "The server's certificate is not trusted: give ca_cert, or correct the server in kubeconfig."
        return ClusterUnreachable(
            f"The cluster at {self.server} cannot be reached ({verb.upper()} {path}): {cause}. {advice}"
        )

    def _cause(self, error: Exception) -> str:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, urllib3.exceptions.TimeoutError) and not isinstance(reason, NewConnectionError):
            return f"no answer within {self._timeout} s (request_timeout)"
        text = str(reason)
        # urllib3 puts "<connection object at 0x...>: " in front of what the user needs to know.
        return text.rpartition("): ")[2] if "object at 0x" in text else text
