# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity that requests are made with: users, groups and further attributes to impersonate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

#: The characters of a header's name beside letters and digits, but for %.
_TOKEN = "!#$&'*+-.^_`|~"  # noqa: S105


class RepeatedHeader(str):
    """A header name that is unequal to itself, for several headers in a dict: one Impersonate-Group per group."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def headers(options: Mapping[str, Any], user: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the headers of impersonation, as kubectl sends them (client-go, ``transport/round_trippers.go``).

    The options impersonate_user and impersonate_groups replace all such fields of the kubeconfig's ``user``.
    """
    if not has_options(options):
        yield from _headers(user.get("as"), user.get("as-groups"))
        if user.get("as-uid"):
            yield "Impersonate-Uid", user["as-uid"]
        for key, values in (user.get("as-user-extra") or {}).items():
            for value in values:
                yield RepeatedHeader(f"Impersonate-Extra-{quote(key, safe=_TOKEN)}"), value
    else:
        yield from _headers(options.get("impersonate_user"), options.get("impersonate_groups"))


def has_options(options: Mapping[str, Any]) -> bool:
    """Return whether the options name an identity, which replaces that of the kubeconfig."""
    return bool(options.get("impersonate_user") or options.get("impersonate_groups"))


def _headers(user: str | None, groups: list[str] | None) -> Iterator[tuple[str, str]]:
    if user:
        yield "Impersonate-User", user
    for group in groups or []:
        yield RepeatedHeader("Impersonate-Group"), group
