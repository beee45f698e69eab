# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and keys, checked before a connection, whose error would name neither an option nor a field."""

from __future__ import annotations

import ssl
from typing import Any

from ..._core.validation import ca_file_error


def ca_error(config: Any) -> str:
    """Return the error of the CA bundle of a ``kubernetes.client.Configuration``, or an empty string."""
    if not _is_used(config) or not config.ssl_ca_cert:
        return ""
    return ca_file_error(config.ssl_ca_cert)


def client_error(config: Any) -> str:
    """Return the error of the client certificate and its key, or an empty string."""
    if not _is_used(config) or not config.cert_file:
        return ""
    try:
        # Without a password, OpenSSL would ask for that of an encrypted key on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(config.cert_file, config.key_file, password="")
    except (ssl.SSLError, ValueError):
        return "not a certificate and its key, both in PEM and the key without a password"
    except OSError as error:
        return f"a file cannot be read ({error.strerror})"
    return ""


def _is_used(config: Any) -> bool:
    return str(config.host).lower().startswith("https://")
