# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints for users (query-users-by-phone-number, query-user-details, obtain-corpsecret-authorization-scope)."""

from __future__ import annotations

from typing import Any

from tests.support.simulators.dingtalk.endpoint import STRING, Context, Endpoint, fields
from tests.support.simulators.dingtalk.organisation import Json
from tests.support.simulators.dingtalk.refusals import Refusal


def by_mobile(context: Context) -> Json:
    """Find a userid; numbers without an active member or outside the app's range are errors."""
    user = context.organisation.by_mobile(context.values["mobile"])
    dedicated = _dedicated(context)
    if user is None and not dedicated:
        raise Refusal(context.unclear.unknown_mobile, "no user with this mobile number")
    result: Json = {"exclusive_account_userid_list": dedicated} if dedicated else {}
    if user is not None:
        _in_range(context, user.userid)
        result["userid"] = user.userid
    return {"result": result}


def _dedicated(context: Context) -> list[str]:
    """Return the user IDs of dedicated accounts, which must be requested, in JSON or in a form."""
    if str(context.values.get("support_exclusive_account_search", "")).lower() != "true":
        return []
    found = context.organisation.dedicated_accounts(context.values["mobile"])
    return [user.userid for user in found if context.app.sees(user.userid)]


def details(context: Context) -> Json:
    """Handle user/get, without the mobile number, which requires another permission."""
    user = context.organisation.users.get(context.values["userid"])
    if user is None:
        raise Refusal(33012, "the userid is invalid")
    _in_range(context, user.userid)
    flags = {"active": user.active}
    flags |= dict.fromkeys(("admin", "boss", "senior", "hide_mobile", "exclusive_account"), False)
    result: dict[str, Any] = {"userid": user.userid, "unionid": user.unionid, "name": user.name}
    if context.unclear.strings:
        return {"result": result | {k: str(v).lower() for k, v in flags.items()} | {"dept_id_list": "[1]"}}
    return {"result": result | flags | {"dept_id_list": [1]}}


def contacts_range(context: Context) -> Json:
    """Handle auth/scopes, which returns the app's visible range."""
    visible = context.app.visible
    scopes = {"authed_user": sorted(visible or ()), "authed_dept": [1] if visible is None else []}
    return {"auth_org_scopes": scopes, "auth_user_field": ["name", "userid"], "condition_field": []}


def _in_range(context: Context, userid: str) -> None:
    if not context.app.sees(userid):
        raise Refusal(context.unclear.out_of_range, "the member is not in the authorised range")


ENDPOINTS = (
    Endpoint(
        style="legacy",
        method="POST",
        path="/topapi/v2/user/getbymobile",
        work=by_mobile,
        schema=fields("mobile", mobile=STRING, support_exclusive_account_search={}),
        invalid=400002,
        scope="qyapi_get_member_by_mobile",
        quota="",
        body="form or json",
    ),
    Endpoint(
        style="legacy",
        method="POST",
        path="/topapi/v2/user/get",
        work=details,
        schema=fields("userid", userid=STRING, language={"enum": ["zh_CN", "en_US"]}),
        invalid=400002,
        scope="qyapi_get_member",
        quota="",
        body="form or json",
    ),
    Endpoint(
        style="legacy",
        method="GET",
        path="/auth/scopes",
        work=contacts_range,
        schema=fields(),
        invalid=40035,
        scope="qyapi_base",
        body="none",
    ),
)
