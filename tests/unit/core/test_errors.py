# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The place of an error comes from what raised it, or else from the part of the operation that it ended."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError, placed


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OperationError("it is full"), "dingtalk_chats.ops: it is full"),
        (OperationError("it is full", place="dingtalk_chats.dba"), "dingtalk_chats.dba: it is full"),
        (OperationError("dingtalk_chats.ops.chat_id is chat1", place=""), "dingtalk_chats.ops.chat_id is chat1"),
    ],
)
def test_an_error_has_one_place(error: OperationError, message: str) -> None:
    with pytest.raises(OperationError) as caught, placed("everything"), placed("dingtalk_chats.ops"):
        raise error
    assert caught.value.message == str(caught.value) == caught.value.as_result()["msg"] == message
