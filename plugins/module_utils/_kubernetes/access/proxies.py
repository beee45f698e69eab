# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy before a cluster: of an option, of a kubeconfig, or of the environment as Go's httpproxy reads it."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from ..._core.errors import Errors
from ..._core.texts.base_url import port_of
from ..._core.validation import check_proxy_url

SCHEMES = ("http", "https")
SOCKS_SCHEMES = ("socks5", "socks5h")
#: The scheme of an API server -> the variables that name its proxy, the first that is set counts. kubectl does not read
#: ALL_PROXY either.
VARIABLES = {"https": ("HTTPS_PROXY", "https_proxy"), "http": ("HTTP_PROXY", "http_proxy")}
NO_PROXY = ("NO_PROXY", "no_proxy")
#: The sources that are no environment variables.
OPTION, KUBECONFIG = "proxy", "proxy-url of the kubeconfig"
_UNSUPPORTED = "not an http:// or https:// URL; socks5:// requires PySocks and kubernetes >= 37"


def proxy_of(server: str, options: Mapping[str, Any], proxy_url: str | None) -> tuple[str, str | None]:
    """Return the source and the URL of the proxy before a cluster; the URL is None if it is reached directly.

    ``proxy_url``: that of the kubeconfig. The option no_proxy holds for all sources, as an option has precedence over a
    kubeconfig and the environment; NO_PROXY holds for the proxy of the environment only, as with kubectl.
    """
    source, url = OPTION, options.get("proxy")
    if not url:
        source, url = KUBECONFIG, proxy_url
    excluded = options.get("no_proxy")
    if not url:
        source, url = _first_set(VARIABLES.get(urlsplit(server).scheme, ()))
        excluded = excluded if excluded is not None else _first_set(NO_PROXY)[1]
        if _is_loopback(_host_and_port(server)[0]):
            return source, None
    if not url or is_excluded(server, excluded or ""):
        return source, None
    return source, _normal(url, is_scheme_required=source in (OPTION, KUBECONFIG))


def check_proxy(errors: Errors, proxy: Any) -> None:
    """Check a proxy's URL; errors do not contain it, as it may contain a password."""
    if not proxy:
        return
    scheme = str(proxy).partition("://")[0].lower() if "://" in str(proxy) else ""
    if scheme in SCHEMES or (scheme in SOCKS_SCHEMES and supports_socks()):
        check_proxy_url(errors, proxy)
    else:
        errors.add(_UNSUPPORTED)


def supports_socks() -> bool:
    """Return whether the kubernetes library passes requests to SOCKS proxies, and its dependency is installed."""
    try:
        from kubernetes.client import rest
    except ImportError:
        return False
    return hasattr(rest, "is_socks_proxy_url") and find_spec("socks") is not None


def is_excluded(server: str, excluded: str) -> bool:
    """Return whether NO_PROXY names a server: by `*`, host, domain, address or network, with or without a port."""
    host, port = _host_and_port(server)
    entries = [entry.strip().lower() for entry in excluded.split(",")]
    return any(entry == "*" or _matches(entry, host, port) for entry in entries if entry)


def _normal(url: str, is_scheme_required: bool) -> str:
    if "://" not in url and not is_scheme_required:
        return f"http://{url}"
    # Go lets the proxy resolve the host's name; for the library this is the scheme socks5h.
    return f"socks5h://{url[len('socks5://') :]}" if url.lower().startswith("socks5://") else url


def _first_set(names: tuple[str, ...]) -> tuple[str, str | None]:
    return next(((name, os.environ[name]) for name in names if os.environ.get(name)), ("", None))


def _host_and_port(server: str) -> tuple[str, int | None]:
    parts = urlsplit(server)
    return (parts.hostname or "").rstrip("."), port_of(parts)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or bool(address and address.is_loopback)


def _matches(entry: str, host: str, port: int | None) -> bool:
    address = _address(host)
    if "/" in entry:
        try:
            return address is not None and address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    name, given_port = _split_port(entry)
    if given_port and given_port != str(port):
        return False
    if (named := _address(name)) is not None:
        return named == address
    domain = name.removeprefix("*")
    return bool(domain.strip(".")) and (host.endswith(f".{domain.lstrip('.')}") or host == domain)


def _split_port(entry: str) -> tuple[str, str]:
    if _address(entry) is not None:  # an IPv6 address has colons of its own
        return entry, ""
    name, colon, port = entry.rpartition(":")
    return (name, port) if colon else (entry, "")
