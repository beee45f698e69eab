# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that is interrupted while it creates a chat stores the response, with all versions of ansible-core."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.plays import environment as of
from tests.support.plays.controller import Controller
from tests.support.plays.cores import NEWEST, OLDEST, venv_with
from tests.support.plays.environment import Environment, new_controller
from tests.support.testbed.process_tree import wait_for_end

CREATE = "/v1.0/im/group/create"
#: The task timeout in seconds; the response arrives later.
TIMEOUT = 2
CHATS = {"ops": {"name": "Ops", "owner": {"userid": "user-1"}}}


@pytest.fixture(params=[NEWEST, OLDEST])
def controller(request: pytest.FixtureRequest, single: Environment, tmp_path: Path) -> Controller:
    """A controller with a version of ansible-core, one chat and no robot."""
    found = new_controller(tmp_path / "user", single.dingtalk, single.clusters, venv=venv_with(request.param))
    found.vars("all", dingtalk_chats=CHATS, dingtalk_robots={}, notification_robot="")
    return found


def assert_stored(single: Environment, controller: Controller) -> None:
    [chat] = single.dingtalk.chats()
    entry = of.registry(single.clusters["shanghai"])["ops"]
    assert (entry["chat_id"], "intent" in entry) == (chat.chatid, False)
    assert chat.chatid in (controller.journal() / "journal.jsonl").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_response_is_stored_after_a_signal(
    single: Environment, controller: Controller, number: signal.Signals
) -> None:
    pause = single.dingtalk.pause(CREATE, "after")
    running = controller.start("chats")
    pause.wait()
    processes = running.signal(number)
    pause.release()
    assert running.finish().returncode != 0
    # A closed terminal ends ansible-playbook immediately, but its worker after the response.
    wait_for_end(processes)
    assert_stored(single, controller)


def test_the_response_is_stored_after_a_task_timeout(single: Environment, controller: Controller) -> None:
    single.dingtalk.fail(CREATE, kind="delay", when="after", seconds=TIMEOUT + 1)
    run = controller.task("fleet_chats", {}, run_once=True, timeout=TIMEOUT)
    assert run.returncode != 0
    [message] = run.errors.values()
    assert "Timed out after" in message or "expected time frame" in message
    assert_stored(single, controller)
