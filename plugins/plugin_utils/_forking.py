# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forked workers: initialization once before the fork, and memory shared with the parent."""

from __future__ import annotations

import gc
import ssl
from contextlib import suppress


def prepare_for_forks() -> None:
    """Initialize once what each worker would otherwise initialize itself."""
    _initialize_openssl()
    freeze_objects()


def freeze_objects() -> None:
    """Exclude objects shared with the parent from garbage collection, which would copy their memory pages."""
    gc.freeze()


def _initialize_openssl() -> None:
    """Start a TLS handshake without a peer: OpenSSL's algorithm lookup takes as long as the rest of a handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # no system certificates: there is no peer
    connection = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    with suppress(ssl.SSLWantReadError):
        connection.do_handshake()
