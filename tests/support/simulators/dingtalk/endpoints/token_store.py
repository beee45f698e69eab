# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens: valid for two hours, one for each app, renewed by another request."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from tests.support.simulators.dingtalk.clock import Clock
from tests.support.simulators.dingtalk.refusals import Style, gateway

LIFETIME = 7200


@dataclass
class _Token:
    app: str
    value: str = field(repr=False)
    expires: float


class TokenStore:
    """All issued tokens, to distinguish expired tokens from unknown ones."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: dict[str, _Token] = {}

    def issue(self, app: str) -> str:
        """Return the app's valid token with its lifetime renewed, or a new token."""
        now = self._clock.now()
        for token in self._tokens.values():
            if token.app == app and token.expires > now:
                token.expires = now + LIFETIME
                return token.value
        value = secrets.token_hex(16)
        self._tokens[value] = _Token(app, value, now + LIFETIME)
        return value

    def holder(self, value: str | None, style: Style) -> str:
        """Return the key of the token's app. Raises Refusal for a missing, unknown or expired token."""
        if not value:
            raise gateway(style, "token_missing")
        token = self._tokens.get(value)
        if token is None:
            raise gateway(style, "token_unknown")
        if token.expires <= self._clock.now():
            raise gateway(style, "token_expired")
        return token.app

    def expire(self, app: str | None = None) -> None:
        """Expire the tokens of one app or of all apps."""
        for token in self._tokens.values():
            if app in (None, token.app):
                token.expires = self._clock.now()

    def expire_value(self, value: str | None) -> None:
        """Expire a token."""
        if value and (token := self._tokens.get(value)):
            token.expires = self._clock.now()
