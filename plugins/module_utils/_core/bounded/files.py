# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular files of limited size: a pipe would block its reader, and a device never ends."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .limits import MAX_SIZE


def is_blocking(path: str | Path) -> bool:
    """Return whether a library that reads the path would wait or never end: it is neither a file nor a folder."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):  # reported by the library
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


@contextmanager
def open_regular(path: str | Path, flags: int = os.O_RDONLY, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Open a regular file without waiting for it; raises ``OSError`` for any other kind of file."""
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, mode)
    except ValueError:  # a null byte
        raise OSError(errno.EINVAL, "its path contains a null byte") from None
    is_read_only = flags & os.O_ACCMODE == os.O_RDONLY
    with open(descriptor, "rb" if is_read_only else "ab", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        yield file


def read_file(path: str | Path, flags: int = os.O_RDONLY) -> bytes:
    """Return the content of a regular file; raises ``OSError``, also for one that is too large."""
    with open_regular(path, flags) as file:
        return read_all(file)


def read_all(file: BinaryIO) -> bytes:
    """Return the rest of a file; raises ``OSError`` if it is too large."""
    pieces, size = [], 0
    while piece := file.read(MAX_SIZE + 1 - size):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_SIZE:
            raise OSError(errno.EFBIG, f"it is larger than {MAX_SIZE} bytes")
    return b"".join(pieces)
