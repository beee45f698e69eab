# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The IDs in the answer to a creation: an answer that has them is a success, and one without them is not a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._core.masking import Secrets
from ..._core.text import shortened
from ..advice.lookup import Advice
from ..advice.table import Repeat
from ..api.endpoints import Endpoint
from ..api.errors import DingTalkError, attempt_text
from ..api.ids import LONG, as_received, excerpt, usable_id


@dataclass(frozen=True)
class CreatedIds:
    """``open_conversation_id`` is empty if the answer has no usable one; then ``received`` is the answer as JSON."""

    chat_id: str
    open_conversation_id: str = ""
    received: str = ""


class UnusableAnswer(DingTalkError):
    """An answer to a creation from which the chat's ID cannot be taken, although the chat probably exists."""

    def __init__(self, endpoint: Endpoint, subject: str, received: str, error: DingTalkError | None) -> None:
        """``received``: the answer as JSON; ``error``: the error that it reports beside an ID."""
        reason = f" and the error {error.code}" if error else ""
        super().__init__(
            attempt_text(endpoint, subject),
            endpoint,
            Advice("The chat probably exists.", Repeat.NEVER, 0.0, "KD242", outcome_unknown=True),
            error.answer if error else None,
            cause=f"DingTalk's answer has no usable chat ID{reason}: {excerpt(received)}",
        )
        self.received = received


def created_ids(
    answer: Mapping[str, Any],
    *,
    secrets: Secrets,
    endpoint: Endpoint,
    name: str,
    error: DingTalkError | None,
    keys: tuple[str, str],
) -> CreatedIds:
    """Return the IDs in the answer to a creation, in which their names are ``keys``; ``error``: what it reports.

    Raises :class:`UnusableAnswer`, or the error of an answer without any ID.
    """
    if error and not any(answer.get(key) for key in keys):
        raise error
    chat_id, conversation = (usable_id(answer.get(key)) for key in keys)
    received = shortened(secrets.mask_text(as_received(answer)), LONG)
    if not chat_id or (error and not error.outcome_unknown):
        raise UnusableAnswer(endpoint, repr(name), received, error) from None
    return CreatedIds(chat_id, conversation, received if answer.get(keys[1]) and not conversation else "")
