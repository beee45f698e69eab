# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints for access tokens (obtain-orgapp-token, obtain-the-access-token-of-an-internal-app, api-gettoken)."""

from __future__ import annotations

import secrets

from tests.support.simulators.dingtalk.endpoint import STRING, Context, Endpoint, fields
from tests.support.simulators.dingtalk.endpoints.token_store import LIFETIME
from tests.support.simulators.dingtalk.organisation import App, Json
from tests.support.simulators.dingtalk.refusals import Refusal


def _app(context: Context, key: str, secret: str) -> App | None:
    app = context.organisation.apps.get(key)
    return app if app and secrets.compare_digest(app.secret.encode(), secret.encode()) else None


def legacy(context: Context) -> Json:
    """Handle gettoken."""
    app = _app(context, context.values["appkey"], context.values["appsecret"])
    if app is None:
        raise Refusal(context.unclear.wrong_secret, "the appkey or appsecret is wrong")
    return {"access_token": context.tokens.issue(app.key), "expires_in": LIFETIME}


def new(context: Context) -> Json:
    """Handle accessToken, whose response calls the lifetime expireIn."""
    app = _app(context, context.values["appKey"], context.values["appSecret"])
    if app is None:
        raise Refusal("invalidClientIdOrSecret", "the appKey or appSecret is wrong")
    return {"accessToken": context.tokens.issue(app.key), "expireIn": LIFETIME}


def unified(context: Context) -> Json:
    """Handle the unified token call, which has the organisation in its path."""
    if context.values["grant_type"] != "client_credentials":
        raise Refusal("unsupported.grant.type", "grant_type must be client_credentials")
    app = _app(context, context.values["client_id"], context.values["client_secret"])
    if app is None:
        raise Refusal("invalid.client", "the client_id or client_secret is wrong")
    if context.values["corpId"] != context.organisation.corp_id:
        raise Refusal("unauthorized.client", "the app is not authorised for this corpId", 401)
    return {"access_token": context.tokens.issue(app.key), "expires_in": LIFETIME}


ENDPOINTS = (
    Endpoint(
        style="legacy",
        method="GET",
        path="/gettoken",
        work=legacy,
        schema=fields("appkey appsecret", appkey=STRING, appsecret=STRING),
        invalid=40035,
        auth="none",
        quota="",
        body="none",
        query=("appkey", "appsecret"),
    ),
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/oauth2/accessToken",
        work=new,
        schema=fields("appKey appSecret", appKey=STRING, appSecret=STRING),
        invalid="invalidClientIdOrSecret",
        auth="none",
        quota="",
    ),
    Endpoint(
        style="new",
        method="POST",
        path="/v1.0/oauth2/{corpId}/token",
        work=unified,
        schema=fields(
            "client_id client_secret grant_type",
            corpId=STRING,
            client_id=STRING,
            client_secret=STRING,
            grant_type=STRING,
        ),
        invalid="invalid.client",
        auth="none",
        quota="",
    ),
)
