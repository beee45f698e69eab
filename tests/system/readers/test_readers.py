# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""notification-manager and its simulation deliver alerts to the chat by the settings that site.yml wrote."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.support.plays.environment import Environment, environment
from tests.support.realparts.notification_manager import DEADLINE_SECONDS, post
from tests.support.testbed import Cluster
from tests.support.testbed.fixtures import needing_real_parts
from tests.system.readers.readers import genuine, simulation

MANAGER = "/apis/notification.kubesphere.io/v2beta2/notificationmanagers/notification-manager"
CHAT = "KubeSphere 运维告警"
MESSAGE = "Memory utilisation is above 90%"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with needing_real_parts(), environment(tmp_path_factory.mktemp("readers"), {"shanghai": "3.4"}, real=True) as site:
        site.run("chats").must()
        site.add_robot()
        site.site()
        cluster = site.clusters["shanghai"]
        cluster.patch(MANAGER, {"spec": {"batchMaxWait": "1s"}})
        yield site


def start(name: str, site: Environment, folder: Path) -> AbstractContextManager[str]:
    cluster: Cluster = site.clusters["shanghai"]
    return simulation(site, cluster) if name == "simulation" else genuine(site, cluster, folder)


def delivered(name: str, site: Environment, folder: Path, alertname: str) -> list[str]:
    """Return the messages of an alert in the chat: by the app and by the robot."""
    before = len(site.dingtalk.messages(site.chat_id(CHAT)))
    labels = {"alertname": alertname, "namespace": "default", "severity": "critical"}
    with start(name, site, folder) as url:
        post(url, {"status": "firing", "labels": labels, "annotations": {"message": MESSAGE}})
        deadline = time.monotonic() + DEADLINE_SECONDS
        while len(messages := site.dingtalk.messages(site.chat_id(CHAT))[before:]) < 2:
            assert time.monotonic() < deadline, f"{len(messages)} of 2 messages arrived"
            time.sleep(0.05)
    return sorted(message.text for message in messages)


@pytest.mark.parametrize("reader", ["simulation", "notification-manager"])
def test_an_alert_reaches_the_chat_by_app_and_by_robot(reader: str, site: Environment, tmp_path: Path) -> None:
    texts = delivered(reader, site, tmp_path, f"Read by {reader}")
    assert all(f"[FIRING] {MESSAGE}" in text for text in texts)
    assert [text.rstrip().endswith("[Keywords] alert, 告警") for text in texts].count(True) == 1


def test_both_readers_send_the_same_messages(site: Environment, tmp_path: Path) -> None:
    """Assert the same targets, first lines and keywords; the format of labels depends on the templates."""
    genuine_texts = delivered("notification-manager", site, tmp_path, "Read by both")
    simulated_texts = delivered("simulation", site, tmp_path, "Read by both")
    assert [text.splitlines()[0] for text in simulated_texts] == [text.splitlines()[0] for text in genuine_texts]
    assert ["[Keywords] alert, 告警" in text for text in simulated_texts] == [
        "[Keywords] alert, 告警" in text for text in genuine_texts
    ]
