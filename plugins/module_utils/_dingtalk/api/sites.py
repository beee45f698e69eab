# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk's two sites: an organisation belongs to one of them, with its app, its chats and its robots.

Source: help.dingtalk.io, custom-robots-send-group-messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..._core.errors import Errors
from ..._core.validation import check_base_url
from .options import API_URL, LEGACY_API_URL


@dataclass(frozen=True)
class Site:
    """The base URLs of a site."""

    api_url: str
    legacy_api_url: str

    @property
    def hint(self) -> str:
        """What to set for an organisation of this site."""
        return (
            f"set api_url (dingtalk_api_url) to {self.api_url} and legacy_api_url (dingtalk_legacy_api_url) to "
            f"{self.legacy_api_url}"
        )


CHINA = Site(API_URL, LEGACY_API_URL)
INTERNATIONAL = Site("https://api.dingtalk.io", "https://oapi.dingtalk.io")
_BY_DOMAIN = {"dingtalk.com": CHINA, "dingtalk.io": INTERNATIONAL}


def site_of(url: Any) -> Site | None:
    """Return the site of a URL, None for any other server, which may be a proxy of either."""
    try:
        host = urlsplit(str(url or "").strip()).hostname or ""
    except ValueError:
        return None
    return _BY_DOMAIN.get(".".join(host.rstrip(".").split(".")[-2:]))


def check_sites(errors: Errors, prefix: str, api_url: Any, legacy_api_url: Any) -> None:
    """Check the base URLs, and that they are of the same site. ``prefix``: that of the options."""
    for name, url in (("api_url", api_url), ("legacy_api_url", legacy_api_url)):
        check_base_url(errors.at(f"{prefix}{name}"), url)
    sites = site_of(api_url or API_URL), site_of(legacy_api_url or LEGACY_API_URL)
    if None not in sites and sites[0] is not sites[1]:
        errors.at(f"{prefix}api_url and {prefix}legacy_api_url").add(
            "one is of dingtalk.io, the other of dingtalk.com; set both to the site of your organisation"
        )
