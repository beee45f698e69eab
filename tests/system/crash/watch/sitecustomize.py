# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hook that Python imports at start if its folder is in PYTHONPATH: it pauses before each write to the journal.

A test listens on the port in JOURNAL_WATCH, and closes the connection when the process may continue.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

PORT = int(os.environ.get("JOURNAL_WATCH", "0"))


def wait_for_test(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: `open` has path, mode and flags as arguments, whichever function opens the file."""
    if event != "open" or not str(arguments[0]).endswith("journal.jsonl"):
        return
    if arguments[2] & (os.O_WRONLY | os.O_RDWR):
        with socket.create_connection(("127.0.0.1", PORT)) as connection:
            connection.recv(1)


if PORT:
    sys.addaudithook(wait_for_test)
