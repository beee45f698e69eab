# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be in place of a file: a pipe blocks, a device is full or endless, a link leads to itself."""

from __future__ import annotations

import os
from pathlib import Path


def obstruct(path: Path, kind: str) -> None:
    """Put something else in place of a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(2**30)
    else:
        path.symlink_to({"full device": "/dev/full", "endless device": "/dev/zero", "loop": str(path)}[kind])
