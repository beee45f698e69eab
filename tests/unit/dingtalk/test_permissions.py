# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes of the app's permissions, and the advice for the missing ones."""

from __future__ import annotations

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.client import DingTalk as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import USER_BY_MOBILE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.permissions import Permissions, missing
from tests.support.simulators.dingtalk import DingTalk


def test_the_advice_names_all_permissions_of_an_answer(server: DingTalk, client: Client) -> None:
    message = "应用尚未开通所需的权限：[qyapi_get_member_by_mobile, Contact.User.mobile]"
    server.add_user("10000000000", "user-of-the-probe")
    server.fail(USER_BY_MOBILE.path, kind="rewrite", rewrite=lambda _body: {"errcode": 60011, "errmsg": message})
    [lacking] = missing(Permissions(client).check(["qyapi_get_member_by_mobile"]))
    assert lacking["advice"].startswith("Search for qyapi_get_member_by_mobile, Contact.User.mobile on Development")
