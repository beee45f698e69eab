# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of API servers out of bounds or of another shape, on real sockets, through the connection of a kubeconfig."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.limits import MAX_SIZE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import (
    ClusterError,
    ClusterUnreachable,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_shapes import check_answer
from tests.support.simulators.kubernetes.serving import ThreadedServer

PATH = "/api/v1/namespaces/one/configmaps/two"
METADATA = {"name": "two", "uid": "1", "resourceVersion": "1"}


class Server:
    """Answers every request with ``status``, ``body`` and ``headers``."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, b"{}", {"Content-Type": "application/json"}
        self._server = ThreadedServer(self._handle, None)

    def __enter__(self) -> Server:
        self._server.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.stop()

    async def _handle(self, _request: web.Request) -> web.Response:
        return web.Response(status=self.status, body=self.body, headers=self.headers)

    @property
    def url(self) -> str:
        return self._server.url

    def cluster(self, *secrets: str) -> Cluster:
        return Cluster.connect({"host": self._server.url, "request_timeout": 5}, Secrets(secrets))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"[" * 100_000, "nested"),
        (b'{"a": Infinity}', "not finite"),
        (b"<html>login</html>", "is a web page"),
        (b"[]", "not a JSON object"),
        (b"", "not valid JSON"),
        (b"\xff", "not UTF-8"),
        (rb'{"metadata": {"name": "\ud800"}}', "surrogate"),
        (b'{"a": 1, "a": 2}', "duplicate key"),
        (b"{}", "not the object two"),
        (json.dumps({"metadata": {**METADATA, "name": "other"}}).encode(), "not the object two"),
        (b'{"metadata": {"name": "two"}}', "metadata.uid missing"),
        (json.dumps({"metadata": METADATA, "data": ["x"]}).encode(), "data: expected a map, not a list"),
        (json.dumps({"metadata": METADATA, "data": {"a": 1}}).encode(), "data.a: expected str, not a int"),
        (json.dumps({"metadata": []}).encode(), "metadata: expected a map, not a list"),
    ],
)
def test_an_answer_that_is_not_the_objects_is_an_error(server: Server, body: bytes, cause: str) -> None:
    server.body = body
    with pytest.raises(
        ClusterError, match=f"The answer to GET {PATH} is not one of a Kubernetes API: .*{cause}"
    ) as error:
        server.cluster().get(PATH)
    assert "unknown" not in error.value.message
    assert not isinstance(error.value, ClusterUnreachable)


def test_after_a_write_its_outcome_is_unknown(server: Server) -> None:
    server.body = b"<html>"
    with pytest.raises(ClusterError, match="It is unknown whether the write was done; run again to check it"):
        server.cluster().write("put", PATH, {"metadata": METADATA})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b'{"kind": "Status", "reason": "NotFound", "code": 404}'),
        (404, b"404 page not found\n"),
        (404, b""),
    ],
)
def test_an_object_does_not_exist_if_kubernetes_says_so(server: Server, status: int, body: bytes) -> None:
    server.status, server.body = status, body
    assert server.cluster().get(PATH) is None


@pytest.mark.parametrize("body", [b"404", b'{"message": "no Route matched"}', b"[]", b"[" * 100_000])
def test_a_gateway_that_finds_nothing_does_not_say_that_an_object_is_missing(server: Server, body: bytes) -> None:
    server.status, server.body = 404, body
    with pytest.raises(ClusterError, match="HTTP status 404, but not from Kubernetes"):
        server.cluster().get(PATH)


@pytest.mark.parametrize(
    "status",
    [
        {"message": ["a"], "reason": {}, "details": 5},
        {"message": {"a": 1}, "reason": 1, "details": []},
        {"message": None, "reason": None, "details": None},
    ],
)
def test_a_status_of_any_shape_is_a_refusal(server: Server, status: dict[str, Any]) -> None:
    server.status, server.body = 403, json.dumps({"kind": "Status", **status}).encode()
    with pytest.raises(ClusterError, match=f"The cluster refused GET {PATH}: HTTP status 403") as error:
        server.cluster().get(PATH)
    assert (error.value.status, error.value.reason, error.value.details) == (403, "", {})


def test_a_secret_at_the_end_of_a_shortened_message_is_hidden_as_a_whole(server: Server) -> None:
    secret = "planted-0123456789"
    message = f"{'m' * 1990}{secret}{'m' * 90}"
    server.status, server.body = 422, json.dumps({"kind": "Status", "message": message}).encode()
    with pytest.raises(ClusterError) as error:
        server.cluster(secret).get(PATH)
    assert "planted" not in error.value.message


def test_a_long_message_is_shortened(server: Server) -> None:
    server.status, server.body = 422, json.dumps({"kind": "Status", "message": "m" * 100_000}).encode()
    with pytest.raises(ClusterError, match=re.escape("... (98000 more characters)")) as error:
        server.cluster().get(PATH)
    assert len(error.value.message) < 3000


def test_an_answer_that_is_too_large_is_not_read(server: Server) -> None:
    server.body = bytes(MAX_SIZE + 1)
    with pytest.raises(ClusterUnreachable, match="the answer is larger than"):
        server.cluster().get(PATH)


@pytest.mark.parametrize(
    ("verb", "path", "answer", "error"),
    [
        ("get", "/apis", {"groups": [{"name": "a", "versions": [{"version": "v1"}]}]}, ""),
        ("get", "/apis", {}, "groups: missing"),
        ("get", "/apis", {"groups": [{"name": "a", "versions": [{}]}]}, "groups[0].versions[0].version: missing"),
        ("get", "/apis/a/v1", {"resources": []}, ""),
        ("get", "/api/v1", {"groups": []}, "resources: missing"),
        ("delete", PATH, {"kind": "Status", "status": "Success"}, ""),
        ("get", "/api/v1/namespaces/one/services/:a:80/proxy/x", {"anything": 1}, ""),
        ("get", "/api/v1/namespaces/one", {"metadata": {**METADATA, "name": "one"}}, ""),
        (
            "get",
            "/api/v1/namespaces/one/pods?a=b",
            {"items": [{"metadata": {}}]},
            "items[0].metadata.name: missing",
        ),
        ("post", "/api/v1/namespaces/one/configmaps", {"metadata": {"name": "any"}}, ""),
        (
            "get",
            "/proxy/a/v1/clusters/east/namespaces/one/rulegroups/two",
            {"metadata": METADATA, "spec": []},
            "spec: ",
        ),
    ],
)
def test_shapes(verb: str, path: str, answer: dict[str, Any], error: str) -> None:
    found = check_answer(verb, path, answer)
    assert found.startswith(error)
    assert bool(found) is bool(error)
