# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates, proxies, and connections that fail before or after the request was sent."""

from __future__ import annotations

import base64
import gzip
import re
import socket
import ssl
import threading
import time
import warnings as python_warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from urllib3.exceptions import InsecureRequestWarning

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    ACCESS_TOKEN,
    CREATE_CHAT,
    USER_BY_MOBILE,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import (
    DingTalkError,
    TransportError,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import app_info
from tests.support.fixtures.dingtalk import Connect, FakeClock, Run
from tests.support.simulators.dingtalk import DingTalk

MOBILE = {"mobile": "13800000001"}
NEW_CHAT = {"name": "Ops", "owner": "user-1", "useridlist": ["user-1"]}


def look_up(client: Client) -> str:
    return str(client.call(USER_BY_MOBILE, body=MOBILE)["result"]["userid"])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def read_request(connection: socket.socket) -> bytes:
    """Read a whole request: closing the connection with unread data would reset it before the answer arrives."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65536)
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve raw connections sequentially, one request each, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                with connection:
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def test_nothing_is_sent_with_an_untrusted_certificate(server: DingTalk, connect: Connect, clock: FakeClock) -> None:
    with pytest.raises(TransportError, match=r"certificate of 127.0.0.1:.* is not trusted.*ca_path") as caught:
        look_up(connect(ca_path=None))
    assert not caught.value.outcome_unknown
    assert server.calls == []
    assert clock.slept == []


def test_ca_path_takes_precedence_over_the_environment(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", DingTalk(other).ca_file)
    assert look_up(connect()) == "user-1"
    assert look_up(connect(validate_certs=False, cache=False)) == "user-1"


def test_the_environment_applies_without_ca_path(
    server: DingTalk, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    assert look_up(connect(ca_path=None)) == "user-1"


def test_disabled_verification_causes_no_warning(connect: Connect) -> None:
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("error", InsecureRequestWarning)
        assert look_up(connect(validate_certs=False)) == "user-1"


def test_a_missing_ca_file_is_an_error_about_the_option(connect: Connect) -> None:
    with pytest.raises(TransportError, match=r"Correct ca_path\. Nothing was sent"):
        look_up(connect(ca_path="/nowhere/ca.pem"))


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"junk", "not a PEM file of CA certificates"), (None, "the file cannot be read (No such file or directory)")],
)
def test_an_unusable_ca_file_is_named_before_a_call(
    run: Run, tmp_path: Path, content: bytes | None, error: str
) -> None:
    file = tmp_path / "ca.cer"
    if content:
        file.write_bytes(content)
    assert f"- ca_path: {error}; set the path of the right file" in run(app_info.OPERATION, ca_path=str(file))["msg"]


def test_the_hint_for_an_expired_certificate_is_the_clock(connect: Connect, tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(context)

    def shake_hands(connection: socket.socket) -> None:
        with suppress(OSError):
            context.wrap_socket(connection, server_side=True)

    with raw_server(shake_hands) as url, pytest.raises(TransportError, match="Correct the clock of this machine"):
        look_up(connect(api_url=url.replace("http:", "https:"), ca_path=str(tmp_path / "ca.pem")))


def test_an_invalid_url_is_an_error_about_the_option(connect: Connect) -> None:
    with pytest.raises(TransportError, match="invalid URL"):
        look_up(connect(api_url="dingtalk"))


@pytest.mark.parametrize("name", ["api_url", "legacy_api_url"])
@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("api.dingtalk.com", "expected a URL that starts with https:// or http://"),
        ("https：//api.dingtalk.com", "contains U+FF1A, the full-width form of :; remove it, or write : in its place"),
        (
            "https://api.dingtalk.com\n",
            "contains U+000A, a space or another character that a URL cannot have; remove it",
        ),
    ],
)
def test_an_invalid_base_url_is_named_before_a_call(run: Run, name: str, url: str, error: str) -> None:
    options: dict[str, Any] = {name: url}
    assert f"- {name}: {error}" in run(app_info.OPERATION, **options)["msg"]


def test_the_password_of_a_proxy_that_needs_an_escape_is_named(run: Run) -> None:
    message = run(app_info.OPERATION, proxy="http://me:123#word@proxy.example:3128")["msg"]
    assert "- proxy: its user name or password contains /, ? or #; write %2F, %3F or %23 in its place" in message
    assert "123" not in message


@pytest.mark.parametrize("name", ["ALL_PROXY", "HTTPS_PROXY"])
def test_a_socks_proxy_of_the_environment_is_named(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "socks5://127.0.0.1:1080")
    with pytest.raises(TransportError, match=r"requires PySocks.*HTTPS_PROXY or ALL_PROXY\. Nothing was sent"):
        look_up(connect(api_url="https://nowhere.invalid"))


@pytest.mark.parametrize("password", ["密码", "%E5%AF%86%E7%A0%81"])
def test_the_credentials_of_a_proxy_are_sent_in_utf_8(connect: Connect, password: str) -> None:
    received = []

    def refuse(connection: socket.socket) -> None:
        received.append(connection.recv(65536).decode())
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with raw_server(refuse) as url, pytest.raises(TransportError, match="it returned HTTP 407"):
        look_up(connect(api_url="https://nowhere.invalid", proxy=url.replace("://", f"://me:{password}@")))
    header = base64.b64encode("me:密码".encode()).decode()
    assert f"\nProxy-Authorization: Basic {header}\r" in received[0]


def test_a_refused_connection_is_retried_and_nothing_was_sent(connect: Connect, clock: FakeClock) -> None:
    with pytest.raises(TransportError, match=r"Connection refused.*Nothing was sent") as caught:
        look_up(connect(api_url=f"https://127.0.0.1:{free_port()}"))
    assert not caught.value.outcome_unknown
    assert caught.value.endpoint is ACCESS_TOKEN
    assert len(clock.slept) == 2


def test_nothing_is_sent_to_an_unknown_host(connect: Connect) -> None:
    with pytest.raises(TransportError, match=r"no connection to nowhere.invalid") as caught:
        look_up(connect(api_url="https://nowhere.invalid"))
    assert not caught.value.outcome_unknown


def test_nothing_is_sent_without_tls(client: Client, connect: Connect) -> None:
    client.token()
    with raw_server(lambda connection: connection.sendall(b"hello\r\n")) as url:
        broken = connect(api_url=url.replace("http:", "https:"), cache=False)
        with pytest.raises(TransportError, match="Nothing was sent") as caught:
            broken.token()
    assert not caught.value.outcome_unknown


def interrupt(connection: socket.socket) -> None:
    connection.recv(1)


def test_an_interrupted_connection_has_an_unknown_outcome(connect: Connect) -> None:
    with raw_server(interrupt) as url, pytest.raises(TransportError) as caught:
        connect(api_url=url).token()
    assert caught.value.outcome_unknown


def test_an_answer_not_from_dingtalk_has_an_unknown_outcome(connect: Connect) -> None:
    page = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\n<html/>"

    def welcome(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(page)

    with raw_server(welcome) as url, pytest.raises(Exception, match="is a web page, so probably") as caught:
        connect(api_url=url).token()
    assert getattr(caught.value, "outcome_unknown", False)


def test_a_redirect_is_not_followed(server: DingTalk, connect: Connect) -> None:
    def redirect(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(
            f"HTTP/1.1 307 Away\r\nLocation: {server.api_url}{ACCESS_TOKEN.path}\r\n"
            "Connection: close\r\nContent-Length: 0\r\n\r\n".encode()
        )

    with raw_server(redirect) as url, pytest.raises(Exception, match="HTTP status 307"):
        connect(api_url=url).token()
    assert server.calls == []


def test_a_proxy_receives_the_host_names_of_dingtalk(server: DingTalk, connect: Connect) -> None:
    client = connect(proxy=server.proxy_url, api_url=None, legacy_api_url=None)
    assert look_up(client) == "user-1"


def test_the_proxy_of_the_environment_is_used(
    server: DingTalk, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", server.proxy_url)
    assert look_up(connect(api_url=None, legacy_api_url=None)) == "user-1"


def test_nothing_is_sent_without_the_proxy_and_its_password_is_masked(connect: Connect) -> None:
    proxy = f"http://someone:planted-password@127.0.0.1:{free_port()}"
    client = connect(proxy=proxy)
    with pytest.raises(TransportError, match=r"proxy could not connect.*Nothing was sent") as caught:
        look_up(client)
    assert not caught.value.outcome_unknown
    assert "planted-password" not in str(caught.value)
    assert "planted-password" not in client.secrets.mask_text(f"proxy {proxy}")


def test_a_write_uses_a_new_connection(server: DingTalk, client: Client) -> None:
    client.token()
    assert client.call(CREATE_CHAT, body=NEW_CHAT)["chatid"]
    assert client.call(CREATE_CHAT, body=NEW_CHAT)["chatid"]


def test_netrc_is_not_sent_to_dingtalk(connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password planted-password\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    requests: list[bytes] = []

    def record(connection: socket.socket) -> None:
        requests.append(read_request(connection))
        connection.sendall(b'HTTP/1.0 200 OK\r\n\r\n{"accessToken": "abcdef", "expireIn": 7200}')

    with raw_server(record) as url:
        assert connect(api_url=url).token() == "abcdef"
    assert b"authorization" not in requests[0].lower()


def gave_token(connection: socket.socket) -> bool:
    """Read a request and answer it if it is for an access token; return whether it was."""
    if b"accessToken" not in read_request(connection):
        return False
    token = b'{"accessToken": "token", "expireIn": 7200}'
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(token), token))
    return True


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"),
    ],
)
def test_an_answer_that_never_ends_has_an_unknown_outcome(connect: Connect, head: bytes, body: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        if gave_token(connection):
            return
        try:
            connection.sendall(head)
            while True:
                connection.sendall(body)
                time.sleep(0.05)
        except OSError:  # the client has given up
            return

    with raw_server(drip) as url:
        client = connect(api_url=url, request_timeout=1)
        client.token()
        started = time.monotonic()
        with pytest.raises(TransportError, match="did not answer in time") as caught:
            client.call(CREATE_CHAT, body=NEW_CHAT)
    assert caught.value.outcome_unknown
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(2**25), mtime=0),
        b"HTTP/1.1 301 Moved\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000,
        b'HTTP/1.1 200 OK\r\n\r\n{"chatid": "chat1", "a": NaN}',
        b'HTTP/1.1 400 Bad\r\n\r\n{"a": 1}',
        b"garbage\r\n\r\n",
    ],
)
def test_the_outcome_of_a_write_is_unknown_if_its_answer_cannot_be_read(connect: Connect, answer: bytes) -> None:
    def reply(connection: socket.socket) -> None:
        if not gave_token(connection):
            connection.sendall(answer)

    with raw_server(reply) as url, pytest.raises(DingTalkError) as caught:
        connect(api_url=url).call(CREATE_CHAT, body=NEW_CHAT)
    assert caught.value.outcome_unknown
