# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium, driven through its DevTools protocol over pipes: without a driver and a port."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = "no Chromium: install it (Debian: chromium), or name its executable in the environment variable CHROMIUM"
_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
)

Json = dict[str, Any]

#: Replaces itself by a program whose descriptors 3 and 4 are those of its arguments, one of which may be 3 or 4 itself.
_LAUNCHER = """
import fcntl, os, sys
for target, source in zip((3, 4), [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]):
    os.dup2(source, target)
os.execv(sys.argv[3], sys.argv[3:])
"""


def executable() -> str | None:
    """Return the executable of Chromium, None if there is none."""
    given = os.environ.get("CHROMIUM")
    return given or next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """A page of the browser."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._received = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[Json] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def open(self, path: Path, width: int, height: int = 900, dark: bool = False) -> None:
        """Open a file in a window of this size; a narrow one is that of a phone."""
        is_phone = width < 600
        self._call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 2 if is_phone else 1, "mobile": is_phone},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self._call("Page.navigate", url=path.as_uri())
        self._wait_for("Page.loadEventFired")

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression in the page; a policy against scripts does not concern it."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, path: Path) -> None:
        """Write a picture of the whole page."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self._call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def requests(self) -> list[str]:
        """Return the URLs that the page has requested, except for data in the page itself."""
        urls = [event["params"]["request"]["url"] for event in self._of("Network.requestWillBeSent")]
        return [url for url in urls if not url.startswith("data:")]

    def console(self) -> list[str]:
        """Return the messages of the console: errors, and what scripts print."""
        logged = [str(event["params"]["entry"]["text"]) for event in self._of("Log.entryAdded")]
        return logged + [json.dumps(event["params"]["args"]) for event in self._of("Runtime.consoleAPICalled")]

    def _of(self, method: str) -> list[Json]:
        return [event for event in self.events if event["method"] == method]

    def _wait_for(self, method: str) -> None:
        while not self._of(method):
            self._receive()

    def _call(self, method: str, **params: Any) -> Json:
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        message = {"id": self._number, "method": method, "params": params, **session}
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            received = self._receive()
            if received.get("id") == self._number:
                assert "error" not in received, (method, received)
                answer: Json = received["result"]
                return answer

    def _receive(self) -> Json:
        """Return the next message; an event is recorded as well."""
        while b"\0" not in self._received:
            part = os.read(self._answers, 1 << 16)
            if not part:
                raise EOFError("Chromium has ended")
            self._received += part
        text, _, self._received = self._received.partition(b"\0")
        message: Json = json.loads(text)
        if "method" in message:
            self.events.append(message)
        return message


@contextlib.contextmanager
def browser(program: str, profile: Path) -> Iterator[Page]:
    """Run a browser with an empty profile; it reads commands from descriptor 3 and writes answers to 4."""
    commands_in, commands = os.pipe()
    answers, answers_out = os.pipe()
    launcher = [sys.executable, "-c", _LAUNCHER, str(commands_in), str(answers_out)]
    process = subprocess.Popen(
        [*launcher, program, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(commands_in, answers_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    for descriptor in (commands_in, answers_out):
        os.close(descriptor)
    try:
        yield Page(commands, answers)
    finally:
        for descriptor in (commands, answers):
            os.close(descriptor)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
