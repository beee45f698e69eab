# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's own memory of chat creations: written ahead of the request, and after the answer.

A file of mode 0600, one JSON record a line, append-only. Each record has ``version``, ``time`` (seconds since the
epoch), ``event``, ``attempt``, ``endpoint``, ``app_key``, ``chat`` (its key in ``dingtalk_chats``), ``generation``,
``name`` and ``template_id``; an answer has ``chat_id`` and ``open_conversation_id`` besides. It holds no secret.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..._core.errors import OperationError
from ..api.response import number
from ..state.files import state_folder
from .entry import Registered

FILE = "journal.jsonl"
VERSION = 2

#: The request is about to leave.
INTENT = "intent"
#: The request is about to leave once more, with the idempotency key of the first time.
REPEAT = "repeat"
#: DingTalk answered with the chat's IDs.
ANSWER = "answer"
#: DingTalk definitely refused, or the request never left: no chat exists from this attempt.
REFUSED = "refused"
#: Nobody knows whether the chat exists.
UNKNOWN = "unknown"


class Journal:
    """Appends records so that they survive a kill, and reads them back."""

    def __init__(self, folder: Path | None, warn: Callable[[str], None]) -> None:
        self._folder = folder or state_folder()
        self._warn = warn
        # Size and records: what is only appended to is as it was while it is as long, and each chat asks anew.
        self._read: tuple[int, list[dict[str, Any]]] = (-1, [])

    @property
    def path(self) -> Path:
        """Where the journal is."""
        return self._folder / FILE

    def append(self, record: dict[str, Any]) -> None:
        """Add a record and return when it is on the disk; raises ``OperationError`` when it cannot be."""
        try:
            if not self._folder.is_dir():
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(self._folder.parent)
            torn = self._ends_torn()
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                line = json.dumps({"version": VERSION, **record}, sort_keys=True, ensure_ascii=False)
                _write_all(descriptor, f"{chr(10) if torn else ''}{line}\n".encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            _sync(self._folder)
        except OSError as error:
            raise OperationError(
                f"The journal {self.path} cannot be written: {error.strerror}. {self._hint()}"
            ) from None

    def records(self) -> list[dict[str, Any]]:
        """Return the records, oldest first; a line torn by a crash is left out with a warning."""
        try:
            size = self.path.stat().st_size
            if size != self._read[0]:
                self._read = (size, self._parse(self.path.read_text(encoding="utf-8", errors="replace")))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise OperationError(f"The journal {self.path} cannot be read: {error.strerror}. {self._hint()}") from None
        return self._read[1]

    def _parse(self, text: str) -> list[dict[str, Any]]:
        records = []
        for count, line in enumerate(text.splitlines(), 1):
            try:
                record = json.loads(line or "null")
            except ValueError:
                record = None
            if isinstance(record, dict):
                self._check_version(count, record)
                records.append(record)
            elif line:
                self._warn(
                    f"The journal {self.path}, line {count}, is torn and left out: a run was killed, or the disk was "
                    "full, while it was written."
                )
        return records

    def _check_version(self, line: int, record: Mapping[str, Any]) -> None:
        if record.get("version") != VERSION:
            raise OperationError(
                f"The journal {self.path}, line {line}, is not version {VERSION} of its format, so another version of "
                "kubesphere.dingtalk wrote it. Adopt the chats that only it has (dingtalk_adopt_chats), then move the "
                "file away, or set another folder (state_path, dingtalk_state_path). No chat was created."
            )

    def last(self, **fields: Any) -> dict[str, Any] | None:
        """Return the latest record in which all these fields have these values."""
        return next(reversed(self._with(fields)), None)

    def answers(self, **fields: Any) -> list[Registered]:
        """Return the chats that creations with these fields were answered with, oldest first."""
        return [
            Registered(
                generation=number(record.get("generation"), 1),
                name=str(record.get("name") or ""),
                chat_id=str(record["chat_id"]),
                open_conversation_id=str(record.get("open_conversation_id") or ""),
                template_id=str(record.get("template_id") or ""),
            )
            for record in self._with({**fields, "event": ANSWER})
            if record.get("chat_id")
        ]

    def _with(self, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the records in which all these fields have these values."""
        return [record for record in self.records() if all(record.get(name) == fields[name] for name in fields)]

    def _hint(self) -> str:
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


def _sync(folder: Path) -> None:
    """Put the names in a folder on the disk: a file's name, too, must survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, line: bytes) -> None:
    """Write a line at once, so that the lines of several plays never mix; a part of it is as good as nothing."""
    if os.write(descriptor, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
