# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Malformed kubeconfigs and URLs: the error names the field, and is neither a traceback nor one of OpenSSL."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.auth_checks import check_access
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import cluster_info
from tests.support.inprocess import run
from tests.support.input_errors import errors_of
from tests.support.leaks import leaks
from tests.support.simulators.kubernetes.serving import ThreadedServer
from tests.unit.kubernetes.access.site import Site, encoded

SECRET = "planted-secret"
JUNK = encoded(b"-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n")
UNSENDABLE = (
    "a line break or a blank at an end, or a character beyond ASCII, which an HTTP header cannot have; remove or "
    "replace it"
)
#: A token as it is in a Secret.
ENCODED_TOKEN = encoded(f"eyJhbGciOiJSUzI1NiJ9.{SECRET}.{SECRET}".encode())
#: A field of the only cluster, user or context -> a value, and how the error begins after the name of the file.
FIELDS: list[tuple[str, Any, str]] = [
    ("cluster.server", None, "cluster 'c', server: missing"),
    ("cluster.server", "", "cluster 'c', server: missing"),
    ("cluster.server", 6443, "cluster 'c', server is invalid: expected a string"),
    ("cluster.server", "one.example:6443", "cluster 'c', server: expected a URL that starts with https://"),
    ("cluster.server", "ftp://one.example", "cluster 'c', server: expected a URL that starts with https://"),
    ("cluster.server", "https://", "cluster 'c', server: expected a URL with a host name"),
    ("cluster.server", "https:///path", "cluster 'c', server: expected a URL with a host name"),
    ("cluster.server", "https://:6443", "cluster 'c', server: expected a URL with a host name"),
    (
        "cluster.server",
        "https://one example",
        "cluster 'c', server: contains U+0020, a space or another character that",
    ),
    ("cluster.server", "https://one.example:6443 ", "cluster 'c', server: contains U+0020, "),
    ("cluster.server", "https://one.example:6443\u200b", "cluster 'c', server: contains U+200B, "),
    (
        "cluster.server",
        "https：//one.example",
        "cluster 'c', server: contains U+FF1A, the full-width form of :; remove",
    ),
    ("cluster.server", "“https://one.example”", "cluster 'c', server: contains U+201C, "),
    ("cluster.server", "https://one.example:99999", "cluster 'c', server: invalid URL"),
    ("cluster.server", f"https://{'a' * 64}.example", "cluster 'c', server: invalid URL"),
    ("cluster.server", "http://[::1", "cluster 'c', server: invalid URL"),
    ("cluster.server", f"https://me:{SECRET}@one.example", "cluster 'c', server: contains a user name, a password"),
    (
        "cluster.server",
        "https://one.example/a\0b",
        "cluster 'c', server is invalid: expected a string without",
    ),
    (
        "cluster.insecure-skip-tls-verify",
        "yes",
        "cluster 'c', insecure-skip-tls-verify is invalid: expected true",
    ),
    (
        "cluster.certificate-authority",
        "a\0b",
        "cluster 'c', certificate-authority is invalid: expected a string",
    ),
    ("cluster.certificate-authority-data", 1, "cluster 'c', certificate-authority-data is invalid: expected"),
    (
        "cluster.certificate-authority-data",
        "not base64",
        "cluster 'c', certificate-authority-data is invalid: expected",
    ),
    (
        "cluster.certificate-authority-data",
        encoded(b"junk"),
        "cluster 'c', certificate-authority-data is invalid: expected base64 of a PEM file",
    ),
    (
        "cluster.certificate-authority-data",
        encoded(JUNK.encode()),
        "cluster 'c', certificate-authority-data is invalid: expected base64 of a PEM file",
    ),
    (
        "cluster.certificate-authority-data",
        "DATA+OMITTED",
        "cluster 'c', certificate-authority-data is invalid: expected the value itself, which kubectl config view",
    ),
    ("cluster.tls-server-name", [], ""),
    ("cluster.tls-server-name", ["one"], "cluster 'c', tls-server-name is invalid: expected a string"),
    ("cluster.extensions", {"a": 1}, "cluster 'c', extensions is invalid: expected a list of maps"),
    ("user.token", 12345, "user 'u', token is invalid: expected a string, in quotes"),
    ("user.token", f"{SECRET}\n", "user 'u', token is invalid: expected a string without line breaks"),
    ("user.token", f"{SECRET}符", "user 'u', token is invalid: expected a string without line breaks"),
    ("user.token", f"Bearer {SECRET}", "user 'u', token is invalid: expected the token alone, without Bearer"),
    ("user.token", ENCODED_TOKEN, "user 'u', token is invalid: expected the token itself, and not its base64"),
    ("user.token", "REDACTED", "user 'u', token is invalid: expected the value itself, which kubectl config view"),
    ("user.password", "REDACTED", "user 'u', password is invalid: expected the value itself, which kubectl config"),
    ("user.tokenFile", "a\0b", "user 'u', tokenFile is invalid: expected a string without a null byte"),
    ("user.tokenFile", "/", "user 'u', tokenFile: '/' cannot be read"),
    ("user.tokenFile", "/dev/zero", "user 'u', tokenFile: '/dev/zero' cannot be read (it is a pipe or a device"),
    ("user.client-key-data", "DATA+OMITTED", "user 'u', client-key-data is invalid: expected the value itself, which"),
    ("user.client-key-data", [SECRET], "user 'u', client-key-data is invalid: expected base64"),
    ("user.password", 1, "user 'u', password is invalid: expected a string"),
    ("user.as", ["me"], "user 'u', as is invalid: expected a string"),
    ("user.as", "张三", "user 'u', as is invalid: expected a string without line breaks"),
    ("user.as-groups", "one", "user 'u', as-groups is invalid: expected a list of strings"),
    ("user.as-groups", ["one\n"], "user 'u', as-groups is invalid: expected a list of strings"),
    ("user.as-user-extra", {"a": "b"}, "user 'u', as-user-extra is invalid: expected a map of lists"),
    ("user.auth-provider", "gcp", "user 'u', auth-provider is invalid: expected a map"),
    ("user.exec", "aws", "user 'u', exec is invalid: expected a map"),
    ("user.exec", {"command": 1}, "user 'u', exec.command is invalid: expected a string"),
    ("user.exec", {"command": "a", "args": "b"}, "user 'u', exec.args is invalid: expected a list of strings"),
    ("user.exec", {"command": "a", "args": [1]}, "user 'u', exec.args is invalid: expected a list of strings"),
    ("user.exec", {"command": "a", "env": [{"value": SECRET}]}, "user 'u', exec.env[0].name: missing"),
    (
        "user.exec",
        {"command": "a", "env": [{"name": "A", "value": 1}]},
        "user 'u', exec.env[0].value is invalid: expected",
    ),
    ("user.exec", {"args": [SECRET]}, "user 'u', exec.command: missing"),
    ("user.exec", {"command": "a"}, "user 'u', exec.apiVersion: expected client.authentication.k8s.io/v1 or"),
    ("context.cluster", None, "context 'x', cluster: missing"),
    ("context.cluster", 1, "context 'x', cluster is invalid: expected a string"),
    ("context.user", {"a": 1}, "context 'x', user is invalid: expected a string"),
    ("clusters", None, "context 'x', cluster: cluster 'c' does not exist"),
    ("clusters", {"a": 1}, "clusters is invalid: expected a list of maps"),
    ("clusters", [None], "clusters is invalid: expected a list of maps"),
    ("clusters", [{"name": "c", "cluster": SECRET}], "cluster 'c', cluster is invalid: expected a map"),
    ("clusters", [{"name": "c"}], "cluster 'c', server: missing"),
    ("users", [{"cluster": {}}], "context 'x', user: user 'u' does not exist"),
    ("users", [{"name": "u", "user": None}], ""),
    ("users", None, "context 'x', user: user 'u' does not exist"),
    ("contexts", [{"name": "x", "context": [SECRET]}], "context 'x', context is invalid: expected a map"),
    ("contexts", [{"name": "x"}], "context 'x', cluster: missing"),
    ("current-context", 1, "current-context is invalid: expected a string"),
]
#: Fields that are read when the client is made.
CERTIFICATES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (
        {"certificate-authority-data": JUNK},
        {},
        "cluster 'c', certificate-authority (or the same with -data): not a PEM",
    ),
    ({}, {"client-certificate-data": JUNK, "client-key-data": JUNK}, "user 'u', client-certificate, client-key (or"),
]


def changed(content: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    kind, _, name = path.partition(".")
    if not name:
        return {**content, path: value}
    fields = {**content[f"{kind}s"][0][kind], name: value}
    return {**content, f"{kind}s": [{**content[f"{kind}s"][0], kind: fields}]}


@pytest.mark.parametrize(("path", "value", "error"), FIELDS, ids=[f"{path}={value!r:.20}" for path, value, _ in FIELDS])
def test_a_malformed_field_is_named_before_a_run_and_by_a_module(site: Site, path: str, value: Any, error: str) -> None:
    site.seen.clear()
    content = changed(site.kubeconfig({}, **{"certificate-authority-data": None}), path, value)
    for given, where in ((content, "the inline kubeconfig"), (site.file(content), repr(site.file(content)))):
        errors = errors_of(check_access, "kubesphere_", {"kubeconfig": given})
        assert [message.startswith(f"kubesphere_kubeconfig: {where}: {error}") for message in errors] == [True] * bool(
            error
        )
        assert not leaks(" ".join(errors), {"it": SECRET})
        if error:
            message = run(cluster_info.OPERATION, {"kubeconfig": given})["msg"]
            assert f": {error}" in message
            assert not leaks(message, {"it": SECRET})
    assert site.seen == []


@pytest.mark.parametrize(("cluster", "user", "error"), CERTIFICATES)
def test_a_certificate_that_is_none_is_named(
    site: Site, cluster: dict[str, Any], user: dict[str, Any], error: str
) -> None:
    assert error in site.refused(site.kubeconfig(user, **cluster))


def test_a_key_that_does_not_fit_or_has_a_password_is_named(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    issued, other = (site.authority.issue_cert(name) for name in ("one.example", "two.example"))
    certificate = encoded(issued.cert_chain_pems[0].bytes())
    for key in (other.private_key_pem.bytes(), ENCRYPTED.encode()):
        user = {"client-certificate-data": certificate, "client-key-data": encoded(key)}
        assert "user 'u', client-certificate, client-key" in site.refused(site.kubeconfig(user))
    assert capfd.readouterr() == ("", "")


#: Made for this test, with the password "secret".
ENCRYPTED = """-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF

AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
-----END EC PRIVATE KEY-----
"""


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (f"Bearer {SECRET}", "expected the token alone, without Bearer"),
        (ENCODED_TOKEN, "expected the token itself, and not its base64 in a Secret; decode it (base64 -d)"),
        (f"'{SECRET}'", "expected the token alone, without blanks and quotes"),
        (f"token: {SECRET}", "expected the token alone, without blanks and quotes"),
        (f"{SECRET}符", f"contains U+7B26, {UNSENDABLE}"),
        (f"{SECRET} ", "contains U+0020, a space or another character that a key or token cannot have; remove it"),
        (f"{SECRET}１", "contains U+FF11, the full-width form of 1; remove it, or write 1 in its place"),
    ],
)
def test_a_token_that_was_copied_with_something_else_is_refused(site: Site, token: str, error: str) -> None:
    for name in ("api_key", "api_token"):
        options = {"host": site.url, "api_url": site.url, name: token}
        assert errors_of(check_access, "kubesphere_", options) == [f"kubesphere_{name}: {error}"]
    if token.strip() == token and token.isascii():
        (site.folder / "token").write_text(token)
        message = site.refused(site.kubeconfig({"tokenFile": str(site.folder / "token")}))
        assert f"has no usable token ({error})" in message
        assert not leaks(message, {"it": SECRET})


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"impersonate_user": "张三"}, f"impersonate_user: contains U+5F20, {UNSENDABLE}"),
        ({"impersonate_user": "me "}, f"impersonate_user: contains U+0020, {UNSENDABLE}"),
        (
            {"impersonate_user": "me", "impersonate_groups": ["one", "system：masters"]},
            f"impersonate_groups[1]: contains U+FF1A, {UNSENDABLE}",
        ),
    ],
)
def test_an_identity_that_no_header_can_contain_is_named(site: Site, options: dict[str, Any], error: str) -> None:
    assert errors_of(check_access, "kubesphere_", {"host": site.url, **options}) == [f"kubesphere_{error}"]


@pytest.mark.parametrize("option", ["ca_cert", "client_cert"])
def test_a_file_of_an_option_that_has_no_certificate_is_named(site: Site, option: str) -> None:
    file = site.folder / "junk.pem"
    file.write_text("junk")
    assert f"{option}" in site.refused(None, host=site.url, api_key="t", **{option: str(file)})
    options = {"host": site.url, "api_key": "t", "api_url": site.url, "api_ca_cert": str(file)}
    assert errors_of(check_access, "kubesphere_", options) == [
        "kubesphere_api_ca_cert: not a PEM file of CA certificates; set the path of the right file"
    ]


@contextmanager
def serving(tls: ssl.SSLContext | None) -> Iterator[str]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="v1")

    server = ThreadedServer(answer, tls)
    server.start()
    yield f"https://{server.url.partition('://')[2]}"
    server.stop()


def test_the_hint_for_a_failed_connection_is_that_for_its_cause(site: Site) -> None:
    expired = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    site.authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(expired)
    with serving(expired) as url:
        assert "Renew the server's certificate" in site.refused(site.kubeconfig(server=url))
    with serving(None) as url:
        assert "does not use TLS at this port" in site.refused(site.kubeconfig(server=url))
    assert "is for another name" in site.refused(site.kubeconfig(server=site.named_url))
    untrusted = site.kubeconfig(**{"certificate-authority-data": None})
    assert "The server's certificate is not trusted: set ca_cert" in site.refused(untrusted)


@pytest.mark.parametrize(
    ("host", "error"),
    [
        ("one.example:6443", "host: expected a URL that starts with https:// or http://"),
        ("https://one.example:99999", "host: invalid URL"),
        (f"https://{'a' * 64}.example", "host: invalid URL"),
        ("http://[::1", "host: invalid URL"),
        ("https://", "host: expected a URL with a host name"),
        ("https://one.example:6443\n", "host: contains U+000A, a space or another character that a URL cannot have"),
    ],
)
def test_an_invalid_host_is_named(host: str, error: str) -> None:
    [message] = errors_of(check_access, "kubesphere_", {"host": host})
    assert message.startswith(f"kubesphere_{error}")
    assert error in run(cluster_info.OPERATION, {"host": host})["msg"]


Content = Callable[[Site], Any]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (lambda site: str(site.folder / "gone"), "no such file"),
        (lambda site: str(site.folder), "cannot be read (Is a directory)"),
        (lambda site: "/dev/zero", "cannot be read (it is not a regular file)"),
        (lambda site: site.file([1]), "not a map with clusters, users and contexts"),
        (lambda site: site.file(None), "current-context: missing"),
        (lambda site: site.file({}), "current-context: missing; set a context; available contexts: none"),
        (lambda site: f"{site.folder}/a\0b", "no such file"),
    ],
)
def test_a_file_that_is_no_kubeconfig(site: Site, content: Content, error: str) -> None:
    message = run(cluster_info.OPERATION, {"kubeconfig": content(site)})["msg"]
    assert "kubeconfig" in message
    assert error in message
    assert "bug in the collection" not in message
