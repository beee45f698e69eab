# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's write-ahead journal of chat creations, written before the request and after the answer.

An append-only file of mode 0600 with one JSON record per line. Each record has ``version``, ``time`` (seconds since the
epoch), ``event``, ``attempt``, ``endpoint``, ``app_key``, ``registry``, ``chat`` (its key in ``dingtalk_chats``),
``generation``, ``name`` and ``template_id``; an answer also has ``chat_id`` and ``open_conversation_id``. An answer of
DingTalk with an unusable ID is stored as JSON in ``received``. The journal contains no secrets.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ..._core.bounded import json_text
from ..._core.bounded.files import open_regular, read_all
from ..._core.errors import OperationError
from ..._findings.finding import cited
from ..api.ids import usable_id
from ..state.files import state_folder
from .entry import RegistryEntry
from .identity import RegistryId

FILE = "journal.jsonl"
VERSION = 3

#: The request is about to be sent.
INTENT = "intent"
#: The request is about to be repeated, with the same idempotency key.
REPEAT = "repeat"
#: DingTalk answered with the chat's IDs.
ANSWER = "answer"
#: DingTalk refused the request, or it was not sent: this attempt created no chat.
REFUSED = "refused"
#: It is unknown whether the chat exists.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class JournalAnswer:
    """A chat that was created, and the registry in which it was to be recorded."""

    chat: RegistryEntry
    registry: RegistryId


class Journal:
    """Appends records durably, and reads them."""

    def __init__(self, folder: Path | None, warn: Callable[[str], None]) -> None:
        self._folder = folder or state_folder()
        self._warn = warn
        # size and records: an append-only file of unchanged size is unchanged, and every chat reads it
        self._cached: tuple[int, list[dict[str, Any]]] = (-1, [])
        #: the records by chat, from those with this identity
        self._by_chat: tuple[list[dict[str, Any]], dict[Any, list[dict[str, Any]]]] = ([], {})

    @property
    def path(self) -> Path:
        """Path of the journal."""
        return self._folder / FILE

    def append(self, record: dict[str, Any]) -> None:
        """Append a record and sync it to disk; raises ``OperationError`` on failure."""
        try:
            if not self._folder.is_dir():
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(self._folder.parent)
            # in ASCII: a lone surrogate in an answer cannot be encoded otherwise, and the chat ID would be lost
            line = json.dumps({"version": VERSION, **record}, sort_keys=True)
            with open_regular(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT) as file:
                prefix = "\n" if _ends_incomplete(file) else ""
                _write_all(file.fileno(), f"{prefix}{line}\n".encode())
                os.fsync(file.fileno())
            _sync(self._folder)
        except OSError as error:
            raise OperationError(
                f"The journal {self.path} cannot be written: {error.strerror}. {self._hint()}", finding="KD244"
            ) from None

    def records(self) -> list[dict[str, Any]]:
        """Return the records, oldest first; skip incomplete lines with a warning."""
        try:
            with open_regular(self.path) as file:
                size = os.fstat(file.fileno()).st_size
                if size != self._cached[0]:
                    self._cached = (size, self._parse(read_all(file)))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise OperationError(
                f"The journal {self.path} cannot be read: {error.strerror}. {self._hint()}", finding="KD244"
            ) from None
        return self._cached[1]

    def _parse(self, text: bytes) -> list[dict[str, Any]]:
        records = []
        for count, line in enumerate(text.splitlines(), 1):
            try:
                record = json_text.load(line or "null", is_text_checked=False)
            except json_text.NotJson:
                record = None
            if isinstance(record, dict):
                self._check_version(count, record)
                self._check_answer(count, record)
                records.append(record)
            elif line:
                self._warn(
                    cited(
                        f"The journal {self.path}, line {count}: skipped an incomplete record; a run was killed, or "
                        "the disk was full, while it was written.",
                        "KD245",
                    )
                )
        return records

    def _check_version(self, line: int, record: Mapping[str, Any]) -> None:
        if record.get("version") != VERSION:
            raise OperationError(
                f"The journal {self.path}, line {line}, is not version {VERSION} of its format: it was written by "
                "another version of kubesphere.dingtalk. Adopt the chats that are recorded only there "
                "(dingtalk_adopt_chats), then move the file, or set another folder (state_path, dingtalk_state_path). "
                "No chat was created.",
                finding="KD244",
            )

    def _check_answer(self, line: int, record: Mapping[str, Any]) -> None:
        """Refuse an answer that cannot be read, which must not be taken for a chat that was never created."""
        if record.get("event") != ANSWER:
            return
        try:
            _parse_answer(record)
        except ValueError as error:
            raise OperationError(
                f"The journal {self.path}, line {line}, is corrupted: the answer to a creation has {error}. Adopt the "
                "chat that it is about (dingtalk_adopt_chats), then move the file, or set another folder (state_path, "
                "dingtalk_state_path). No chat was created.",
                finding="KD244",
            ) from None

    def last(self, **fields: Any) -> dict[str, Any] | None:
        """Return the latest record with these field values."""
        return next(reversed(self.matching(**fields)), None)

    def answers(self, **fields: Any) -> list[JournalAnswer]:
        """Return the answers with these field values, oldest first."""
        return [_parse_answer(record) for record in self.matching(**fields, event=ANSWER)]

    def matching(self, **fields: Any) -> list[dict[str, Any]]:
        """Return the records with these field values, oldest first."""
        records = self._records_of(fields["chat"]) if "chat" in fields else self.records()
        return [record for record in records if all(record.get(name) == fields[name] for name in fields)]

    def _records_of(self, chat: Any) -> list[dict[str, Any]]:
        """Return the records of a chat, without a search among those of all chats for each of them."""
        records = self.records()
        if self._by_chat[0] is not records:
            index: dict[Any, list[dict[str, Any]]] = {}
            for record in records:
                index.setdefault(str(record.get("chat")), []).append(record)
            self._by_chat = (records, index)
        return self._by_chat[1].get(str(chat), [])

    def _hint(self) -> str:
        return (
            "No chat is created without it. Make the folder readable and writable, or set another one (state_path, "
            "dingtalk_state_path)."
        )


def _ends_incomplete(file: BinaryIO) -> bool:
    size = os.fstat(file.fileno()).st_size
    return size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"


def _parse_answer(record: Mapping[str, Any]) -> JournalAnswer:
    """Return an answer; raises ``ValueError``, whose text completes "has ..."."""
    if not all(isinstance(record.get(name), str) for name in ("endpoint", "app_key", "chat")):
        raise ValueError("no endpoint, app_key or chat")
    generation, chat_id = record.get("generation"), usable_id(record.get("chat_id"))
    if not isinstance(generation, int) or generation < 1:
        raise ValueError("no generation")
    if not chat_id:
        raise ValueError("no usable chat_id")
    chat = RegistryEntry(
        generation=generation,
        name=str(record.get("name") or ""),
        chat_id=chat_id,
        open_conversation_id=usable_id(record.get("open_conversation_id")),
        template_id=str(record.get("template_id") or ""),
    )
    return JournalAnswer(chat, RegistryId.parse(record.get("registry")))


def _sync(folder: Path) -> None:
    """Sync a folder to disk, so that new file names survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, line: bytes) -> None:
    """Write a line in one call, so that lines of concurrent plays do not mix; a partial write is an error."""
    if os.write(descriptor, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
