# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only regular files of limited size are read: a pipe would block, and a device never ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.files import read_file
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.limits import MAX_SIZE


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    assert read_file(tmp_path / "file") == b"content"


def test_anything_else_is_an_error_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_SIZE + 1)
    for path in (tmp_path / "pipe", tmp_path / "large", tmp_path, tmp_path / "none", "/dev/zero", "/dev/full", "a\0b"):
        with pytest.raises(OSError, match=r"."):
            read_file(path)
