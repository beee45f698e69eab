# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON files with private permissions: the cache of DingTalk's answers, and the state of rate limits.

Each file has a ``version``. A file of another version is refused rather than treated as empty, which would repeat
cached calls or make calls during a ban.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..._core.bounded import json_text
from ..._core.bounded.files import open_regular, read_all
from ..._core.clock import Clock
from ..._core.errors import OperationError
from ..._core.replacement import replace_file
from ..._findings.finding import cited

VERSION = 2
#: Seconds to wait for a lock: a suspended process must not block all others.
LOCK_TIMEOUT = 40.0
POLL_INTERVAL = 0.05


def cache_folder() -> Path:
    """Return the collection's cache folder of the user (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "kubesphere.dingtalk"


def state_folder(given: str | None = None) -> Path:
    """Return the folder that is given, else that of the user (XDG Base Directory Specification).

    ``given``: the option ``state_path``.
    """
    if given:
        return Path(given)
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "kubesphere.dingtalk"


def fingerprint(*parts: str) -> str:
    """Return a file name that does not reveal the values it is derived from."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class StateFiles:
    """Reads and writes files of mode 0600 in a folder of mode 0700; an unusable file or folder is a warning.

    Without a ``folder``, nothing is read or written. ``hint`` names the options that set the folder.
    """

    def __init__(
        self, folder: Path | None, warn: Callable[[str], None], hint: str = "Set cache_path or cache: false."
    ) -> None:
        self._folder = folder
        self._warn = warn
        self._hint = hint

    @contextmanager
    def locked(self, name: str, clock: Clock) -> Iterator[None]:
        """Acquire a named lock among the processes of this controller.

        Without a usable folder, or after a timeout, continue without the lock: the worst result is an extra call.
        """
        with contextlib.ExitStack() as stack:
            if self._folder is not None:
                with contextlib.suppress(OSError):
                    self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                    path = self._folder / f".{name}.lock"
                    file = stack.enter_context(open_regular(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW))
                    _wait_for(file.fileno(), clock)
            yield

    def read(self, name: str) -> dict[str, Any]:
        """Return the content of a file; empty if it is missing or unusable.

        Raises ``OperationError`` for a file of another version or without a version.
        """
        if self._folder is None:
            return {}
        path = self._folder / name
        try:
            with open_regular(path, os.O_RDONLY | os.O_NOFOLLOW) as file:
                if not _is_private(os.fstat(file.fileno())):
                    self._warn(cited(f"The file {path} is ignored: other users can read or write it.", "KD245"))
                    return {}
                value = json_text.load(read_all(file))
        except FileNotFoundError:
            return {}
        except (OSError, json_text.NotJson) as error:
            self._warn(cited(f"The file {path} is ignored: {_reason(error)}.", "KD245"))
            return {}
        if not isinstance(value, dict):
            self._warn(cited(f"The file {path} is ignored: it is corrupted.", "KD245"))
            return {}
        if value.pop("version", None) != VERSION:
            raise OperationError(
                f"The file {path} is not version {VERSION} of its format: it was written by another version of "
                "kubesphere.dingtalk. Remove it, at the cost of a few calls to DingTalk, or use another folder. "
                f"{self._hint}",
                finding="KD245",
            )
        return value

    def write(self, name: str, value: dict[str, Any]) -> None:
        """Replace a file atomically: readers never see a partial file, and killed runs never leave one."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self._folder / name, json.dumps({"version": VERSION, **value}))
        except OSError as error:
            self._warn(cited(f"The folder {self._folder} is not usable: {_reason(error)}. {self._hint}", "KD245"))

    def remove(self, name: str) -> None:
        """Remove a file if it exists."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                (self._folder / name).unlink()


def _wait_for(descriptor: int, clock: Clock) -> None:
    """Lock a file until its descriptor is closed or the process ends; give up after ``LOCK_TIMEOUT``."""
    deadline = clock.time() + LOCK_TIMEOUT
    while clock.time() < deadline:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            clock.sleep(POLL_INTERVAL)
        else:
            return


def _is_private(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not stat.S_IMODE(status.st_mode) & 0o077


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else "it is corrupted"
