# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address at which a cluster is reached; hosts of an inventory with one address are one cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.text import grouped
from ..._core.texts.base_url import server_identity
from .entry import Entry
from .proxies import proxy_of

#: The server; the name that its certificate must have, by which a gateway may distinguish clusters; and the proxy, as a
#: private address may be that of another cluster behind another one.
Address = tuple[str, str, str]


def address_of(options: Mapping[str, Any], entry: Entry | None) -> Address | None:
    """Return the address of access options, None if it is unknown. ``entry``: that of the kubeconfig if one is used."""
    fields = entry.cluster.fields if entry else {}
    server = str(options.get("host") or fields.get("server") or "")
    if not server:
        return None
    _source, proxy = proxy_of(server, options, fields.get("proxy-url"))
    return server_identity(server), str(fields.get("tls-server-name") or ""), server_identity(proxy or "")


def same_address(addresses: Mapping[str, Address | None]) -> list[list[str]]:
    """Return groups of hosts with one address; ``addresses``: host -> its address, None if it is unknown."""
    hosts = grouped((host, address) for host, address in addresses.items() if address)
    return [named for named in hosts.values() if len(named) > 1]
