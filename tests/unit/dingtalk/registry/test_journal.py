# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal survives killed runs, full disks and read-only folders."""

from __future__ import annotations

import json
import os
import resource
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry.journal import (
    ANSWER,
    INTENT,
    UNKNOWN,
    Journal,
)
from tests.support.obstacles import obstruct

NOBODY = 65534
ANSWERED = {
    "event": ANSWER,
    "endpoint": "https://api.dingtalk.com",
    "app_key": "app",
    "chat": "ops",
    "generation": 2,
    "chat_id": "chat1",
    "registry": {"server": "https://registry:6443"},
}


@contextmanager
def as_nobody() -> Iterator[None]:
    """Run as an unprivileged user, to whom file permissions apply."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def full_disk(path: Path, free: int) -> Iterator[None]:
    """Limit all files of this process to the size of ``path`` plus ``free`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def journal(tmp_path: Path, warnings: list[str]) -> Journal:
    return Journal(tmp_path / "state", warnings.append)


def test_a_line_truncated_by_a_full_disk_is_an_error_and_later_skipped_with_a_warning(
    journal: Journal, warnings: list[str]
) -> None:
    journal.append({"event": INTENT, "attempt": "1"})
    with full_disk(journal.path, 5), pytest.raises(OperationError, match=r"No space left.*No chat is created"):
        journal.append({"event": INTENT, "attempt": "2"})
    journal.append({"event": INTENT, "attempt": "3"})
    assert [record["attempt"] for record in journal.records()] == ["1", "3"]
    assert warnings == [
        f"The journal {journal.path}, line 2: skipped an incomplete record; a run was killed, or the disk was full, "
        "while it was written. (KD245)"
    ]


def test_the_journal_is_append_only(journal: Journal) -> None:
    before = b""
    for attempt in range(3):
        journal.append({"event": INTENT, "attempt": str(attempt)})
        after = journal.path.read_bytes()
        assert after.startswith(before)
        assert after.count(b"\n") == attempt + 1
        before = after


def test_a_read_only_journal_can_be_read(warnings: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = Journal(folder, warnings.append)
        journal.append(ANSWERED)
        journal.path.chmod(0o444)
        folder.chmod(0o555)
        with as_nobody():
            assert [answer.chat.chat_id for answer in journal.answers(chat="ops")] == ["chat1"]
            with pytest.raises(OperationError, match="cannot be written: Permission denied"):
                journal.append({"event": INTENT})


@pytest.mark.parametrize("line", ["null", "[]", "7", '{"version": 3, "event": "later"}', "\ufffd"])
def test_other_lines_are_not_answers(journal: Journal, line: str) -> None:
    journal.append(ANSWERED)
    journal.path.write_text(journal.path.read_text() + line + "\n")
    assert [answer.chat.chat_id for answer in journal.answers()] == ["chat1"]


UNUSABLE: list[Any] = [None, "", "  ", "chat 1", "chat\n1", "chat\ud800", 7, True, ["chat1"], {}, "c" * 300]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        *(({"chat_id": value}, "no usable chat_id") for value in UNUSABLE),
        *(({"generation": value}, "no generation") for value in (None, 0, "1", 1.5)),
        *(({name: None}, "no endpoint, app_key or chat") for name in ("endpoint", "app_key", "chat")),
        *(({"registry": value}, "no registry") for value in (None, {}, "https://a", {"server": 1}, {"server": ""})),
    ],
    ids=repr,
)
def test_an_answer_that_cannot_be_read_is_never_taken_for_none(
    journal: Journal, change: dict[str, Any], words: str
) -> None:
    journal.append(ANSWERED)
    journal.append({**ANSWERED, **change})
    with pytest.raises(OperationError, match=rf"line 2, is corrupted: .*{words}.*dingtalk_adopt_chats.*No chat was"):
        journal.records()


def test_a_record_keeps_a_lone_surrogate_as_it_came(journal: Journal) -> None:
    journal.append({"event": UNKNOWN, "attempt": "1", "received": '{"chatid": "chat\ud800"}'})
    assert [record["received"] for record in journal.matching(attempt="1")] == ['{"chatid": "chat\ud800"}']


@pytest.mark.parametrize(
    "line", ["{}", '{"event": "answer", "chat_id": "chat2"}', '{"version": 2, "event": "answer", "chat_id": "chat2"}']
)
def test_a_line_of_another_version_is_refused_with_a_hint(journal: Journal, line: str) -> None:
    journal.append(ANSWERED)
    journal.path.write_text(journal.path.read_text() + line + "\n")
    with pytest.raises(OperationError, match=r"line 2, is not version 3 .*dingtalk_adopt_chats.*dingtalk_state_path"):
        journal.records()


def test_append_syncs_the_record_and_its_folder_to_disk(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[int, str]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        written = journal.path.read_text() if journal.path.exists() else ""
        synced.append((os.fstat(descriptor).st_ino, written))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    journal.append({"event": INTENT})
    folder = journal.path.parent
    assert [inode for inode, _ in synced] == [path.stat().st_ino for path in (folder.parent, journal.path, folder)]
    assert json.loads(synced[1][1]) == {"version": 3, "event": INTENT}


@pytest.mark.parametrize("kind", ["pipe", "folder", "huge", "full device", "endless device", "loop"])
def test_whatever_is_in_its_place_is_an_error_at_once(journal: Journal, kind: str) -> None:
    obstruct(journal.path, kind)
    with pytest.raises(OperationError, match=r"cannot be read: .*No chat is created without it"):
        journal.records()
    if kind != "huge":
        with pytest.raises(OperationError, match=r"cannot be written: .*No chat is created without it"):
            journal.append({"event": INTENT})


def test_a_folder_with_a_null_byte_is_an_error(warnings: list[str]) -> None:
    with pytest.raises(OperationError, match="cannot be read: its path contains a null byte"):
        Journal(Path("a\0b"), warnings.append).records()


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[" * 100_000, b'{"version": 2, "version": 2}', b'{"a": NaN}', b"\0"])
def test_a_line_that_cannot_be_read_is_skipped_with_a_warning(
    journal: Journal, warnings: list[str], line: bytes
) -> None:
    journal.append({"event": INTENT, "attempt": "1"})
    journal.path.write_bytes(line + b"\n" + journal.path.read_bytes())
    assert [record["attempt"] for record in journal.records()] == ["1"]
    assert "line 1: skipped" in warnings[0]


@pytest.mark.parametrize("received", ["chat\ud800", "a\u2028b\x85c", "群"])
def test_an_answer_with_any_characters_is_preserved(journal: Journal, received: str) -> None:
    journal.append({"event": UNKNOWN, "attempt": "1", "received": received})
    records = Journal(journal.path.parent, lambda _text: None).records()
    assert [record["received"] for record in records] == [received]
