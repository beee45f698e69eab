# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State files are private, and an unusable file is only a warning."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.state.files import StateFiles, cache_folder
from tests.support.fixtures.dingtalk import FakeClock
from tests.support.obstacles import obstruct


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cache"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_are_readable_by_their_owner_only(folder: Path, warnings: list[str]) -> None:
    cache = StateFiles(folder, warnings.append)
    cache.write("one.json", {"key": "value"})
    assert cache.read("one.json") == {"key": "value"}
    assert (mode(folder), mode(folder / "one.json")) == (0o700, 0o600)
    assert [path.name for path in folder.iterdir()] == ["one.json"]
    cache.remove("one.json")
    assert cache.read("one.json") == {}
    assert warnings == []


@pytest.mark.parametrize("text", ["{}", '{"key": "value"}', '{"version": 1, "key": "value"}'])
def test_a_file_of_another_version_is_refused_with_a_hint(folder: Path, warnings: list[str], text: str) -> None:
    cache = StateFiles(folder, warnings.append)
    cache.write("one.json", {})
    (folder / "one.json").write_text(text)
    with pytest.raises(OperationError, match=r"one\.json is not version 2 .*Remove it.*Set cache_path"):
        cache.read("one.json")
    assert (folder / "one.json").read_text() == text


@pytest.mark.parametrize("text", ["{", "[]", "null"])
def test_a_corrupted_file_is_a_warning(folder: Path, warnings: list[str], text: str) -> None:
    cache = StateFiles(folder, warnings.append)
    cache.write("one.json", {})
    (folder / "one.json").write_text(text)
    assert cache.read("one.json") == {}
    assert "corrupted" in warnings[0]


def test_a_file_that_other_users_can_read_is_ignored(folder: Path, warnings: list[str]) -> None:
    cache = StateFiles(folder, warnings.append)
    cache.write("one.json", {"key": "value"})
    (folder / "one.json").chmod(0o644)
    assert cache.read("one.json") == {}
    assert "other users can read" in warnings[0]


def test_a_symbolic_link_is_not_followed(folder: Path, warnings: list[str]) -> None:
    cache = StateFiles(folder, warnings.append)
    cache.write("one.json", {"key": "value"})
    os.symlink(folder / "one.json", folder / "two.json")
    assert cache.read("two.json") == {}
    assert warnings


def test_a_folder_that_cannot_be_created_is_a_warning(tmp_path: Path, warnings: list[str]) -> None:
    (tmp_path / "file").write_text("")
    cache = StateFiles(tmp_path / "file" / "cache", warnings.append)
    cache.write("one.json", {})
    assert "cache: false" in warnings[0]


def test_the_cache_can_be_disabled(warnings: list[str]) -> None:
    cache = StateFiles(None, warnings.append)
    cache.write("one.json", {"key": "value"})
    cache.remove("one.json")
    assert (cache.read("one.json"), warnings) == ({}, [])


def test_the_default_folder_is_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/kubesphere.dingtalk")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "kubesphere.dingtalk"


@pytest.mark.parametrize("kind", ["pipe", "folder", "huge", "full device", "endless device", "loop"])
def test_whatever_is_in_place_of_a_file_is_a_warning_at_once(folder: Path, warnings: list[str], kind: str) -> None:
    obstruct(folder / "one.json", kind)
    assert StateFiles(folder, warnings.append).read("one.json") == {}
    assert "one.json is ignored" in warnings[0]


@pytest.mark.parametrize("kind", ["pipe", "folder", "full device", "endless device", "loop"])
def test_whatever_is_in_place_of_a_lock_does_not_block(
    folder: Path, warnings: list[str], clock: FakeClock, kind: str
) -> None:
    obstruct(folder / ".one.json.lock", kind)
    with StateFiles(folder, warnings.append).locked("one.json", clock):
        assert clock.slept == []


@pytest.mark.parametrize(
    "text", [b"\xff\xfe", b"[" * 100_000, b'{"version": 2, "version": 2}', b'{"version": 2, "a": Infinity}']
)
def test_a_file_that_cannot_be_read_is_a_warning(folder: Path, warnings: list[str], text: bytes) -> None:
    cache = StateFiles(folder, warnings.append)
    cache.write("one.json", {})
    (folder / "one.json").write_bytes(text)
    assert cache.read("one.json") == {}
    assert "corrupted" in warnings[0]
