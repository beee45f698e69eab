# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Impersonation by headers, in the order in which kube-apiserver authorizes them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from multidict import CIMultiDictProxy

from tests.support.simulators.kubernetes.authorization import AUTHENTICATED, Access, Authorizer, User
from tests.support.simulators.kubernetes.statuses import Refusal

_GROUP = "authentication.k8s.io"
_EXTRA = "impersonate-extra-"


def impersonated(authorizer: Authorizer, user: User, headers: CIMultiDictProxy[str]) -> User:
    """Return the user of a request after impersonation. Raises Refusal if ``user`` may not impersonate."""
    name, groups = headers.get("Impersonate-User", ""), headers.getall("Impersonate-Group", [])
    if not name:
        if groups or "Impersonate-Uid" in headers:
            raise Refusal(500, "Internal error occurred: requested impersonation without impersonating a user")
        return user
    authorizer.check(user, Access("impersonate", plural="users", name=name))
    for group in groups:
        authorizer.check(user, Access("impersonate", plural="groups", name=group))
    for access in _attributes(headers):
        authorizer.check(user, access)
    return User(name, (*groups, AUTHENTICATED))


def _attributes(headers: CIMultiDictProxy[str]) -> Iterator[Access]:
    for header, value in headers.items():
        if header.lower().startswith(_EXTRA):
            key = unquote(header[len(_EXTRA) :]).lower()
            yield Access("impersonate", _GROUP, "userextras", key, name=value)
    if uid := headers.get("Impersonate-Uid"):
        yield Access("impersonate", _GROUP, "uids", name=uid)
