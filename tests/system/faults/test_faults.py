# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault has the expected result, and causes no duplicate chat or message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.lookup import find_row
from tests.support.closing_lines import closing_lines
from tests.support.dingtalk_codes import KNOWN
from tests.support.inprocess import Result
from tests.support.plays.environment import CONFIG_MAP
from tests.support.simulators.dingtalk import DingTalk
from tests.support.testbed import clusters
from tests.system.faults import answers, kinds, proxies
from tests.system.faults.kinds import CREATE, GET, SCENE, SEND, UPDATE, WEBHOOK, Kind, SendingKind
from tests.system.faults.laboratory import APP, MEMBERS, NAME, SECRET, Laboratory

CREATION = {**kinds.CREATION, **answers.CODES, **answers.FORMATS, **proxies.CREATION}
SCENE_CREATION = {**kinds.SCENE_CREATION, **proxies.SCENE_CREATION}
WEBHOOK_MESSAGES = {**kinds.WEBHOOK_MESSAGES, **proxies.WEBHOOK_MESSAGES}
ROBOT_MESSAGES = {**kinds.ROBOT_MESSAGES, **proxies.ROBOT_MESSAGES}
#: Groups of kinds, whose names are distinct.
GROUPS = (
    *(kinds.CREATION, answers.CODES, answers.FORMATS, proxies.CREATION),
    *(SCENE_CREATION, WEBHOOK_MESSAGES, ROBOT_MESSAGES),
)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laboratory]:
    (tmp_path / "dingtalk").mkdir()
    with DingTalk(tmp_path / "dingtalk") as dingtalk, clusters({"registry": "3.4"}, tmp_path / "fleet") as fleet:
        yield Laboratory(tmp_path, dingtalk, fleet["registry"], monkeypatch)


def test_there_are_at_least_150_kinds_of_faults() -> None:
    names = [name for group in GROUPS for name in group]
    assert len(set(names)) == len(names) >= 150


def test_each_row_of_the_advice_table_is_a_kind_of_fault() -> None:
    tried = {id(find_row(name.rpartition(" ")[2])) for name in answers.CODES}
    known = {id(find_row(code)) for code in KNOWN if code != "x5"}
    assert known <= tried


def assert_result(result: Result, message: str) -> None:
    assert bool(result.get("failed")) is bool(message), result
    assert message in str(result.get("msg", "")), result
    assert "This is a bug in the collection" not in str(result), result
    assert SECRET not in str(result)


def assert_no_unverified_repeats(lab: Laboratory) -> None:
    """Assert that unknown outcomes are handled: no creation is repeated, and no change without reading the chat."""
    unknown: list[object] = []
    for call in lab.calls(CREATE, UPDATE, GET):
        if call.api == GET:
            unknown = [body for body in unknown if body is CREATE]
        assert call.body not in unknown, call
        assert not (call.api == CREATE and CREATE in unknown), call
        if call.status == -1 or call.status >= 500:
            unknown.append(CREATE if call.api == CREATE else call.body)


@pytest.mark.parametrize(("name", "kind"), CREATION.items(), ids=CREATION)
def test_a_chat_is_created_once(name: str, kind: Kind, lab: Laboratory) -> None:
    kind.inject(lab)
    assert_result(lab.create_chat(), kind.message)
    assert (len(lab.calls(CREATE)), len(lab.dingtalk.chats())) == (kind.creations, kind.chats)
    lab.recover()
    assert_result(lab.create_chat(), kind.message_after_recovery)
    assert_no_unverified_repeats(lab)
    if not kind.message_after_recovery:
        [chat] = lab.dingtalk.chats()
        assert len(chat.members) == MEMBERS
        assert chat.chatid in lab.registry.get(CONFIG_MAP)["data"]["chats"]
    closing_lines.count("fault kinds", name)


@pytest.mark.parametrize(("name", "kind"), SCENE_CREATION.items(), ids=SCENE_CREATION)
def test_a_scene_group_is_created_once(name: str, kind: Kind, lab: Laboratory) -> None:
    lab.dingtalk.add_scene_template("template-1", APP)
    kind.inject(lab)
    assert_result(lab.create_chat(template_id="template-1"), kind.message)
    assert (len(lab.calls(SCENE)), len(lab.dingtalk.chats())) == (kind.creations, kind.chats)
    lab.recover()
    assert_result(lab.create_chat(template_id="template-1"), kind.message_after_recovery)
    assert len({call.body["uuid"] for call in lab.calls(SCENE)}) == 1
    assert [chat.name for chat in lab.dingtalk.chats()] == [NAME]
    closing_lines.count("fault kinds", name)


@pytest.mark.parametrize(("name", "kind"), WEBHOOK_MESSAGES.items(), ids=WEBHOOK_MESSAGES)
def test_a_webhook_message_is_sent_once(name: str, kind: SendingKind, lab: Laboratory) -> None:
    kind.inject(lab)
    assert_result(lab.send_to_webhook(), kind.message)
    assert (len(lab.calls(WEBHOOK)), len(lab.dingtalk.messages())) == (kind.requests, kind.messages)
    assert len({call.body["msgUuid"] for call in lab.calls(WEBHOOK)}) == 1
    closing_lines.count("fault kinds", name)


@pytest.mark.parametrize(("name", "kind"), ROBOT_MESSAGES.items(), ids=ROBOT_MESSAGES)
def test_a_message_without_an_idempotency_key_is_never_repeated(name: str, kind: SendingKind, lab: Laboratory) -> None:
    kind.inject(lab)
    assert_result(lab.send_as_robot(), kind.message)
    assert (len(lab.calls(SEND)), len(lab.dingtalk.messages())) == (kind.requests, kind.messages)
    closing_lines.count("fault kinds", name)
