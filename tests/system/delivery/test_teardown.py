# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A teardown names the credentials that alerts still use."""

from __future__ import annotations

from pathlib import Path

from tests.support.inprocess import apply_features
from tests.support.testbed.fleet import clusters

SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {
        "name": "global-dingtalk-config-secret",
        "labels": {"type": "global", "notification.kubesphere.io/managed": "true"},
    },
    "stringData": {"webhook": "https://oapi.dingtalk.com/robot/send?access_token=theformerone"},
}
WEBHOOK = "https://oapi.dingtalk.com/robot/send?access_token=thenewone"


def test_a_robot_that_replaced_that_of_the_console_still_gets_alerts(tmp_path: Path) -> None:
    variables = {
        "inventory_hostname": "lab",
        "dingtalk_chats": {"ops": {"name": "Ops", "owner": {"userid": "user-1"}, "chat_id": "chat1"}},
        "dingtalk_robots": {"oncall": {"chat": "ops", "webhook": WEBHOOK, "keywords": ["alert"]}},
        "notification_robot": "oncall",
    }
    with clusters({"lab": "3.4"}, tmp_path) as fleet:
        cluster = fleet["lab"]
        cluster.post("/api/v1/namespaces/kubesphere-monitoring-federated/secrets", SECRET)
        options = {"kubeconfig": str(cluster.kubeconfig), "features": ["notification"]}
        assert not apply_features(options, variables).get("failed")
        result = apply_features({**options, "state": "absent"}, variables)
    [warning] = [text for text in result["warnings"] if "not removed" in text]
    assert "/data/webhook" in warning
    assert "Alerts still use that of the inventory, so set the former one: Platform Settings" in warning
    assert "thenewone" not in str(result)
