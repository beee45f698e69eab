# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An embedded Kubernetes API server with TLS, fault injection and a record of requests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import trustme
from aiohttp import web

from tests.support.simulators.kubernetes import discovery
from tests.support.simulators.kubernetes.authorization import ANONYMOUS, AUTHENTICATED, Access, Authorizer, User, review
from tests.support.simulators.kubernetes.faults import Faults
from tests.support.simulators.kubernetes.faulty import cut, under
from tests.support.simulators.kubernetes.impersonation import impersonated
from tests.support.simulators.kubernetes.objects import metadata, strategies
from tests.support.simulators.kubernetes.objects.conversion import Converter
from tests.support.simulators.kubernetes.objects.resources import ACCESS_REVIEWS, NAMESPACES, PODS, Catalogue, Resource
from tests.support.simulators.kubernetes.objects.store import Store
from tests.support.simulators.kubernetes.operations import Answer, Mutator, Operations
from tests.support.simulators.kubernetes.options import options_of
from tests.support.simulators.kubernetes.paths import Target, target_of, verb_of
from tests.support.simulators.kubernetes.proxying import Backend, ProxyRequest, ServiceProxy
from tests.support.simulators.kubernetes.recording import RecordedRequest, is_dry_run
from tests.support.simulators.kubernetes.serving import ThreadedServer, json_response, server_tls
from tests.support.simulators.kubernetes.statuses import PathUnknown, Refusal

Json = dict[str, Any]

_FIRST_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_HEALTH_PATHS = ("/readyz", "/livez", "/healthz")


class KubernetesSimulator:
    """Serve from ``start`` to ``stop``, or inside a ``with``. ``users`` maps bearer tokens to users.

    Initially, only the namespaces that Kubernetes itself creates exist.
    """

    def __init__(self, authority: trustme.CA, users: Mapping[str, User]) -> None:
        self.faults = Faults()
        self._users = dict(users)
        self._recorded: list[RecordedRequest] = []
        self.store, self._catalogue, self._converter = _new_store(), Catalogue(), Converter()
        self._authorizer = Authorizer(self.store, self._catalogue)
        self._operations = Operations(self.store, self._catalogue, self._converter)
        self._proxy = ServiceProxy(self.store)
        self._logs: dict[tuple[str, str], str] = {}
        self._server = ThreadedServer(self._handle, server_tls(authority), self._converter.close)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def __enter__(self) -> KubernetesSimulator:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @contextmanager
    def in_clear(self) -> Iterator[str]:
        """Serve the same objects also without TLS, for clients with thousands of requests; yield the URL."""
        server = ThreadedServer(self._handle, None)
        server.start()
        try:
            yield server.url
        finally:
            server.stop()

    def backend(self, namespace: str, service: str, backend: Backend) -> None:
        """Register a Service's backend for the service proxy."""
        self._proxy.register(namespace, service, backend)

    def mutate(self, group: str, mutator: Mutator) -> None:
        """Change objects of an API group before they are stored, like a mutating webhook."""
        self._operations.mutators[group] = mutator

    def grant(self, token: str, user: User) -> None:
        """Accept another bearer token."""
        self._users[token] = user

    def write_log(self, namespace: str, pod: str, text: str) -> None:
        """Append text to a Pod's log."""
        self._logs[namespace, pod] = self._logs.get((namespace, pod), "") + text

    def clear_log(self, namespace: str, pod: str) -> None:
        """Remove the text of a Pod's log."""
        self._logs.pop((namespace, pod), None)

    def requests(self) -> list[RecordedRequest]:
        return list(self._recorded)

    def reset_requests(self) -> None:
        self._recorded.clear()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        # A completely received request is executed even if the client disconnects during a fault.
        await request.read()
        faults = self.faults.for_request(request.method, request.path_qs)
        user = self._user(request)
        response = await under(faults, lambda: self._response(request, user))
        await self._record(request, user, 0 if response is None else response.status)
        return cut(request) if response is None else response

    async def _record(self, request: web.Request, user: User | None, status: int) -> None:
        try:
            options = await _delete_options(request)
        except Refusal:
            options = {}
        self._recorded.append(
            RecordedRequest(
                verb=verb_of(request.method, target_of(request.path)),
                method=request.method,
                path=request.path,
                query=request.query_string,
                user_agent=request.headers.get("User-Agent", ""),
                user=user.name if user else "",
                status=status,
                dry_run=is_dry_run(request.query_string, options),
            )
        )

    def _user(self, request: web.Request) -> User | None:
        """Return the request's user; None for an unknown token."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return ANONYMOUS
        user = self._users.get(token.strip())
        return User(user.name, (*user.groups, AUTHENTICATED)) if user else None

    async def _response(self, request: web.Request, user: User | None) -> web.StreamResponse:
        try:
            if user is None:
                raise Refusal(401, "Unauthorized")
            return await self._answered(request, user)
        except Refusal as refusal:
            return json_response(refusal.code, refusal.body)
        except PathUnknown:
            return web.Response(status=404, text="404 page not found\n")

    async def _answered(self, request: web.Request, user: User) -> web.StreamResponse:
        user = impersonated(self._authorizer, user, request.headers)
        target = target_of(request.path)
        verb = verb_of(request.method, target)
        if target is None:
            self._authorizer.check(user, Access(verb, path=request.path))
            if request.path.rstrip("/") in _HEALTH_PATHS:
                return web.Response(text="ok")
            return json_response(200, discovery.document(self._catalogue, request.path))
        self._authorizer.check(user, Access.to_target(verb, target))
        resource = self._resource(target)
        if target.subresource == "proxy" and "proxy" in resource.subresources:
            return await self._proxied(request, target)
        if resource is PODS and target.subresource == "log":
            await self._operations.get(resource, target)
            return web.Response(text=self._logs.get((target.namespace, target.name), ""))
        answer = await self._operated(request, user, resource, target, verb)
        return json_response(answer.status, answer.body, answer.warnings)

    def _resource(self, target: Target) -> Resource:
        resource = self._catalogue.find(target.group, target.version, target.plural)
        if resource is None or (resource.namespaced and target.name and not target.namespace):
            raise PathUnknown(target.plural)
        if target.subresource and target.subresource not in resource.subresources:
            raise PathUnknown(target.subresource)
        return resource

    async def _proxied(self, request: web.Request, target: Target) -> web.Response:
        asked = ProxyRequest(
            request.method, f"/{target.rest}", request.query_string, request.headers, await request.read()
        )
        answer = await self._proxy.forward(target, asked)
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def _operated(
        self, request: web.Request, user: User, resource: Resource, target: Target, verb: str
    ) -> Answer:
        body = await _body(request)
        options = options_of(request.query, await _delete_options(request))
        match verb:
            case "create" if resource is ACCESS_REVIEWS:
                return Answer(201, review(self._authorizer, user, body))
            case "create" if not target.name:
                return await self._operations.create(resource, target, options, body)
            case "get":
                return await self._operations.get(resource, target)
            case "list":
                return await self._operations.find(resource, target, options)
            case "update" if target.name:
                return await self._operations.update(resource, target, options, body)
            case "patch" if target.name:
                return await self._operations.patch(resource, target, options, request.content_type, body)
            case "delete":
                return await self._operations.delete(resource, target, options)
            case "deletecollection":
                return await self._operations.delete_all(resource, target, options)
        raise Refusal(405, "the server does not allow this method on the requested resource", details={})


def _new_store() -> Store:
    store = Store()
    for name in _FIRST_NAMESPACES:
        value = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata.for_create({"name": name}, None)}
        store.put(NAMESPACES, strategies.prepare(NAMESPACES, value, None))
    return store


async def _delete_options(request: web.Request) -> Json | None:
    """Return the body of a DELETE, if any."""
    if request.method != "DELETE" or not request.body_exists:
        return None
    found: Json = await _body(request)
    return found


async def _body(request: web.Request) -> Any:
    content = await request.read()
    try:
        return json.loads(content) if content else {}
    except ValueError as error:
        raise Refusal(400, f"couldn't get version/kind; json parse error: {error}") from None
