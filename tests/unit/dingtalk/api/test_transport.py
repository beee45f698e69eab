# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens on the wire: certificates, proxies, and connections that fail before or after the request left."""

from __future__ import annotations

import re
import socket
import threading
import warnings as python_warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from urllib3.exceptions import InsecureRequestWarning

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import (
    ACCESS_TOKEN,
    CREATE_CHAT,
    USER_BY_MOBILE,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import TransportError
from tests.support.fixtures.dingtalk import Connect, FakeClock
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
    """Read a whole request: closing with a part unread would reset the connection under the answer."""
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
    """Serve bare connections, one after the other and one request each, until the block ends."""
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


def test_an_untrusted_certificate_stops_before_anything_is_sent(
    server: DingTalk, connect: Connect, clock: FakeClock
) -> None:
    with pytest.raises(TransportError, match=r"certificate of 127.0.0.1:.* is not trusted.*ca_path") as caught:
        look_up(connect(ca_path=None))
    assert not caught.value.outcome_unknown
    assert server.calls == []
    assert clock.slept == []


def test_the_given_ca_wins_over_the_environment(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", DingTalk(other).ca_file)
    assert look_up(connect()) == "user-1"
    assert look_up(connect(validate_certs=False, cache=False)) == "user-1"


def test_without_a_given_ca_the_environment_counts(
    server: DingTalk, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    assert look_up(connect(ca_path=None)) == "user-1"


def test_verification_is_switched_off_without_a_word(connect: Connect) -> None:
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("error", InsecureRequestWarning)
        assert look_up(connect(validate_certs=False)) == "user-1"


def test_a_missing_ca_file_is_an_error_of_the_option(connect: Connect) -> None:
    with pytest.raises(TransportError, match=r"Correct ca_path\. Nothing was sent"):
        look_up(connect(ca_path="/nowhere/ca.pem"))


def test_a_url_that_is_none_is_an_error_of_the_option(connect: Connect) -> None:
    with pytest.raises(TransportError, match="URL is not valid"):
        look_up(connect(api_url="dingtalk"))


def test_a_refused_connection_is_tried_again_and_sent_nothing(connect: Connect, clock: FakeClock) -> None:
    with pytest.raises(TransportError, match=r"Connection refused.*Nothing was sent") as caught:
        look_up(connect(api_url=f"https://127.0.0.1:{free_port()}"))
    assert not caught.value.outcome_unknown
    assert caught.value.endpoint is ACCESS_TOKEN
    assert len(clock.slept) == 2


def test_an_unknown_host_sent_nothing(connect: Connect) -> None:
    with pytest.raises(TransportError, match=r"no connection to nowhere.invalid") as caught:
        look_up(connect(api_url="https://nowhere.invalid"))
    assert not caught.value.outcome_unknown


def test_what_speaks_no_tls_was_sent_nothing(client: Client, connect: Connect) -> None:
    client.token()
    with raw_server(lambda connection: connection.sendall(b"hello\r\n")) as url:
        broken = connect(api_url=url.replace("http:", "https:"), cache=False)
        with pytest.raises(TransportError, match="Nothing was sent") as caught:
            broken.token()
    assert not caught.value.outcome_unknown


def hang_up(connection: socket.socket) -> None:
    connection.recv(1)


def test_a_connection_cut_during_the_request_leaves_it_unknown(connect: Connect) -> None:
    with raw_server(hang_up) as url, pytest.raises(TransportError) as caught:
        connect(api_url=url).token()
    assert caught.value.outcome_unknown


def test_an_answer_that_is_none_leaves_it_unknown(connect: Connect) -> None:
    page = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\n<html/>"

    def welcome(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(page)

    with raw_server(welcome) as url, pytest.raises(Exception, match="is none of DingTalk's") as caught:
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


def test_a_proxy_leads_to_dingtalks_own_names(server: DingTalk, connect: Connect) -> None:
    client = connect(proxy=server.proxy_url, api_url=None, legacy_api_url=None)
    assert look_up(client) == "user-1"


def test_the_environments_proxy_is_used(server: DingTalk, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", server.proxy_url)
    assert look_up(connect(api_url=None, legacy_api_url=None)) == "user-1"


def test_a_proxy_that_is_not_there_sent_nothing_and_keeps_its_password(connect: Connect) -> None:
    proxy = f"http://someone:planted-password@127.0.0.1:{free_port()}"
    client = connect(proxy=proxy)
    with pytest.raises(TransportError, match=r"proxy gave no connection.*Nothing was sent") as caught:
        look_up(client)
    assert not caught.value.outcome_unknown
    assert "planted-password" not in str(caught.value)
    assert "planted-password" not in client.secrets.mask_text(f"proxy {proxy}")


def test_a_write_uses_no_connection_that_may_be_stale(server: DingTalk, client: Client) -> None:
    client.token()
    assert client.call(CREATE_CHAT, body=NEW_CHAT)["chatid"]
    assert client.call(CREATE_CHAT, body=NEW_CHAT)["chatid"]


def test_netrc_is_not_sent_to_dingtalk(connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password planted-password\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    seen: list[bytes] = []

    def note(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(b'HTTP/1.0 200 OK\r\n\r\n{"accessToken": "abcdef", "expireIn": 7200}')

    with raw_server(note) as url:
        assert connect(api_url=url).token() == "abcdef"
    assert b"authorization" not in seen[0].lower()
