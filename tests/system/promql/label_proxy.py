# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""prom-label-proxy, whose packages KubeSphere's API limits PromQL with, in front of a server that returns the query."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from tests.support.realparts.build import program
from tests.support.realparts.catalog import LABEL_PROXY
from tests.support.realparts.processes import Program
from tests.support.realparts.serving import serving

QUERY = "/api/v1/query"


class _Echo(BaseHTTPRequestHandler):
    """Answers with the query that arrived."""

    protocol_version = "HTTP/1.1"
    #: Header and body in one packet, so that nothing waits for the other's acknowledgement.
    wbufsize = -1

    def do_GET(self) -> None:
        [text] = parse_qs(urlsplit(self.path).query, keep_blank_values=True)["query"]
        self.send_response(200)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


@dataclass(frozen=True)
class LabelProxy:
    """One proxy. ``label``: the one that it limits expressions by."""

    url: str
    label: str
    session: requests.Session = field(default_factory=requests.Session)

    def limited(self, expression: str, value: str) -> str:
        """Return an expression as it is passed on, its selectors limited to a value; empty if it is invalid."""
        answer = self.session.get(self.url + QUERY, params={self.label: value, "query": expression}, timeout=30)
        answer.encoding = "utf-8"
        return answer.text


@contextmanager
def label_proxy(label: str, folder: Path) -> Iterator[LabelProxy]:
    """Run a proxy; raises PartsMissing or BuildFailed."""
    binary = program(LABEL_PROXY)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as echo:
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        upstream = f"http://127.0.0.1:{echo.server_port}"

        def at(address: str) -> Program:
            options = {"label": label, "upstream": upstream, "insecure-listen-address": address}
            return Program([str(binary), *(f"-{name}={value}" for name, value in options.items())], folder / label)

        with serving(at, f"{QUERY}?{label}=a&query=up") as url:
            yield LabelProxy(url, label)
        echo.shutdown()
