# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault comes to what the table says, and to no second chat or message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.closing_lines import closing_lines
from tests.support.inprocess import Result
from tests.support.plays.environment import CONFIG_MAP
from tests.support.simulators.dingtalk import DingTalk
from tests.support.testbed import clusters
from tests.system.faults.kinds import (
    CREATE,
    GET,
    MAKING,
    MAKING_SCENES,
    POSTING,
    SCENE,
    SPEAK,
    SPEAKING,
    UPDATE,
    WEBHOOK,
    Kind,
    SendingKind,
)
from tests.system.faults.laboratory import APP, MEMBERS, NAME, SECRET, Laboratory


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laboratory]:
    (tmp_path / "dingtalk").mkdir()
    with DingTalk(tmp_path / "dingtalk") as dingtalk, clusters({"registry": "3.4"}, tmp_path / "fleet") as fleet:
        yield Laboratory(tmp_path, dingtalk, fleet["registry"], monkeypatch)


def test_there_are_as_many_kinds_as_promised() -> None:
    assert len({*MAKING, *MAKING_SCENES, *POSTING, *SPEAKING}) >= 25


def judge(result: Result, says: str) -> None:
    assert bool(result.get("failed")) is bool(says), result
    assert says in str(result.get("msg", "")), result
    assert "This is a defect of the collection" not in str(result), result
    assert SECRET not in str(result)


def assert_nothing_sent_blindly(lab: Laboratory) -> None:
    """After an unknown outcome, a chat is not asked for again, and a change only after another look at the chat."""
    doubtful: list[object] = []
    for call in lab.calls(CREATE, UPDATE, GET):
        if call.api == GET:
            doubtful = [body for body in doubtful if body is CREATE]
        assert call.body not in doubtful, call
        assert not (call.api == CREATE and CREATE in doubtful), call
        if call.status == -1 or call.status >= 500:
            doubtful.append(CREATE if call.api == CREATE else call.body)


@pytest.mark.parametrize(("name", "kind"), MAKING.items(), ids=MAKING)
def test_a_chat_is_made_once(name: str, kind: Kind, lab: Laboratory) -> None:
    kind.bring(lab)
    judge(lab.make(), kind.says)
    assert (len(lab.calls(CREATE)), len(lab.dingtalk.chats())) == (kind.creations, kind.chats)
    lab.heal()
    judge(lab.make(), kind.then)
    assert_nothing_sent_blindly(lab)
    if not kind.then:
        [chat] = lab.dingtalk.chats()
        assert len(chat.members) == MEMBERS
        assert chat.chatid in lab.registry.get(CONFIG_MAP)["data"]["chats"]
    closing_lines.count("fault kinds", name)


@pytest.mark.parametrize(("name", "kind"), MAKING_SCENES.items(), ids=MAKING_SCENES)
def test_a_scene_group_is_made_once(name: str, kind: Kind, lab: Laboratory) -> None:
    lab.dingtalk.add_scene_template("template-1", APP)
    kind.bring(lab)
    judge(lab.make(template_id="template-1"), kind.says)
    assert (len(lab.calls(SCENE)), len(lab.dingtalk.chats())) == (kind.creations, kind.chats)
    lab.heal()
    judge(lab.make(template_id="template-1"), kind.then)
    assert len({call.body["uuid"] for call in lab.calls(SCENE)}) == 1
    assert [chat.name for chat in lab.dingtalk.chats()] == [NAME]
    closing_lines.count("fault kinds", name)


@pytest.mark.parametrize(("name", "kind"), POSTING.items(), ids=POSTING)
def test_a_message_is_posted_once(name: str, kind: SendingKind, lab: Laboratory) -> None:
    kind.bring(lab)
    judge(lab.post(), kind.says)
    assert (len(lab.calls(WEBHOOK)), len(lab.dingtalk.messages())) == (kind.requests, kind.messages)
    assert len({call.body["msgUuid"] for call in lab.calls(WEBHOOK)}) == 1
    closing_lines.count("fault kinds", name)


@pytest.mark.parametrize(("name", "kind"), SPEAKING.items(), ids=SPEAKING)
def test_a_message_without_a_key_is_never_sent_again(name: str, kind: SendingKind, lab: Laboratory) -> None:
    kind.bring(lab)
    judge(lab.speak(), kind.says)
    assert (len(lab.calls(SPEAK)), len(lab.dingtalk.messages())) == (kind.requests, kind.messages)
    closing_lines.count("fault kinds", name)
