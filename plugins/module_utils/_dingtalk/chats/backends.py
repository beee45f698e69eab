# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain chats and scene groups behind one interface: a chat with a template is a scene group."""

from __future__ import annotations

from ..._core.errors import OperationError
from ..api.client import DingTalk
from ..api.errors import DingTalkError
from ..registry.entry import RegistryEntry
from . import plain, scene_groups
from .changes import Difference, apply_difference
from .chat import Chat
from .plain import OTHER_APP, ChatGone, Chats

#: Error codes of the scene group queries for a group whose template belongs to another app.
NOT_OF_THIS_APP = frozenset({OTHER_APP, "groupTemplatePermissionDenied", "400020"})
NO_TEMPLATE = "groupPermissionDenied"


class ChatBackends:
    """Reads and changes the chats of one app, of either kind."""

    def __init__(self, dingtalk: DingTalk) -> None:
        self.plain = Chats(dingtalk)
        self.scene = scene_groups.SceneGroups(dingtalk)

    def read(self, key: str, known: RegistryEntry, with_settings: bool = False) -> Chat:
        """Return the live chat, a plain one without its openConversationId; raises ``ChatGone``."""
        if not known.template_id:
            return self.plain.get(known.chat_id, key)
        conversation = known.open_conversation_id or self.plain.open_conversation_id(known.chat_id)
        try:
            chat = self.scene.get(known.chat_id, conversation, with_settings, key)
        except DingTalkError as error:
            if NO_TEMPLATE in error.codes:
                raise wrong_template(key, known.template_id, "") from error
            raise
        if chat.template_id != known.template_id:
            raise wrong_template(key, known.template_id, chat.template_id)
        return chat

    def is_gone(self, key: str, known: RegistryEntry) -> bool:
        """Return whether a chat is dissolved, or permanently inaccessible because another app created it."""
        try:
            self.read(key, known)
        except ChatGone:
            return True
        except DingTalkError as error:
            if error.codes & NOT_OF_THIS_APP:
                return True
            raise
        return False

    def change(self, chat: Chat, difference: Difference, batch: int | None = None) -> Chat:
        """Apply the changes and return the resulting chat."""
        if not chat.template_id:
            return apply_difference(self.plain, chat, difference, batch or plain.BATCH)
        self.scene.change(chat.open_conversation_id, difference, batch or scene_groups.BATCH)
        return difference.predict(chat)


def calls_of_a_check(template_id: str, with_settings: bool) -> int:
    """Return the number of counted calls that :meth:`ChatBackends.read` makes."""
    return 2 + with_settings if template_id else 1


def wrong_template(key: str, desired: str, real: str) -> OperationError:
    """Return the error for a desired template that differs from the template of the chat."""
    origin = f"was created from the template {real}" if real else "is a plain chat, created without a template"
    hint = f"Set template_id: {real}" if real else "Remove template_id"
    given = f"template_id is {desired}" if desired else "template_id is not set"
    return OperationError(
        f"{given}, but the chat {origin}, which cannot be changed. {hint}; or dissolve the chat and re-create it with "
        f"dingtalk_recreate_chats={key}.",
        place=f"dingtalk_chats.{key}",
        finding="KD247",
    )
