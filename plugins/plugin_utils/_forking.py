# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forked workers: what is done once before, so that no worker has to do it again, and what each leaves alone."""

from __future__ import annotations

import gc
import ssl
from contextlib import suppress


def prepare_for_forks() -> None:
    """Leave to the workers what they would each make for themselves."""
    _begin_tls()
    leave_to_the_parent()


def leave_to_the_parent() -> None:
    """Keep garbage collections from touching, and so copying, whatever is shared with the parent by now."""
    gc.freeze()


def _begin_tls() -> None:
    """Let OpenSSL look up its algorithms, which takes as long as the rest of a handshake: begin one with nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without the system's certificates: nobody is asked
    connection = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    with suppress(ssl.SSLWantReadError):
        connection.do_handshake()
