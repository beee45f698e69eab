# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's own memory of chat creations: written ahead of the request, and after the answer.

A file of mode 0600, one JSON record a line, only ever appended to. Each record has ``time`` (seconds since the epoch),
``event``, ``attempt``, ``endpoint``, ``app_key``, ``chat`` (its key in ``dingtalk_chats``), ``generation``; an answer
has ``chat_id`` and ``open_conversation_id`` besides. It holds no secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError

FILE = "journal.jsonl"

#: The request is about to leave.
INTENT = "intent"
#: DingTalk answered with the chat's IDs.
ANSWER = "answer"
#: DingTalk definitely refused, or the request never left: no chat exists from this attempt.
REFUSED = "refused"
#: Nobody knows whether the chat exists.
UNKNOWN = "unknown"


def default_folder() -> Path:
    """Return the collection's folder in the user's state folder (XDG base directory specification)."""
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "kubesphere.dingtalk"


class Journal:
    """Appends records so that they survive a kill, and reads them back."""

    def __init__(self, folder: Path | None, warn: Callable[[str], None]) -> None:
        self._folder = folder or default_folder()
        self._warn = warn

    @property
    def path(self) -> Path:
        """Where the journal is."""
        return self._folder / FILE

    def append(self, record: dict[str, Any]) -> None:
        """Add a record and return when it is on the disk; raises ``OperationError`` when it cannot be."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            torn = self._ends_torn()
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                line = json.dumps(record, sort_keys=True, ensure_ascii=False)
                os.write(descriptor, f"{chr(10) if torn else ''}{line}\n".encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            self._sync_folder()
        except OSError as error:
            raise OperationError(
                f"The journal {self.path} cannot be written: {error.strerror}. {self._way_out()}"
            ) from None

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the records, oldest first; a line torn by a crash is left out with a warning."""
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            raise OperationError(
                f"The journal {self.path} cannot be read: {error.strerror}. {self._way_out()}"
            ) from None
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line or "null")
            except ValueError:
                record = None
            if isinstance(record, dict):
                yield record
            elif line:
                self._warn(f"The journal {self.path}, line {number}, is torn and left out.")

    def last(self, **fields: Any) -> dict[str, Any] | None:
        """Return the latest record in which all these fields have these values."""
        found = None
        for record in self.records():
            if all(record.get(name) == value for name, value in fields.items()):
                found = record
        return found

    def _way_out(self) -> str:
        return (
            "No chat is created without it; make the folder readable and writable, or give another one (state_path, "
            "dingtalk_state_path)."
        )

    def _ends_torn(self) -> bool:
        try:
            with self.path.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                return file.read(1) != b"\n"
        except OSError:  # not there yet, or empty
            return False

    def _sync_folder(self) -> None:
        # The file's name, too, must survive a power cut.
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
