# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of the inventory in ``examples/``: seven clusters, a DingTalk app and three users."""

from __future__ import annotations

from tests.support.simulators.dingtalk import DingTalk
from tests.support.testbed import ClusterSpec

CLUSTERS = {
    "shanghai": ClusterSpec("3.4"),
    "beijing": ClusterSpec("3.4"),
    "lab": ClusterSpec("3.3"),
    "guangzhou": ClusterSpec("3.3", "host"),
    "shenzhen": ClusterSpec("3.3", "member", host="guangzhou"),
    "hangzhou": ClusterSpec("4.1", "host"),
    "ningbo": ClusterSpec("4.1", "member", host="hangzhou"),
}
#: The credentials of a user of KubeSphere 4.
KUBESPHERE_USER, KUBESPHERE_PASSWORD = "alerting-operator", "the-kubesphere-password-of-the-example"
APP_KEY, APP_SECRET = "dingexampleappkey", "the-app-secret-of-the-example"
ROBOT = "KubeSphere alerts"
#: Key in dingtalk_chats -> the chat's name.
CHATS = {"ops": "KubeSphere 运维告警", "lab": "KubeSphere lab"}


def populate(dingtalk: DingTalk) -> None:
    """Add the users and the app."""
    for number in (1, 2, 3):
        dingtalk.add_user(f"1380000000{number}", userid=f"user-{number}")
    dingtalk.add_app(APP_KEY, APP_SECRET)
