# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller whose inventory is a real app, one of its chats, and a real cluster that sends alerts there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.plays.controller import Controller

REQUIRED = ("LIVE_DINGTALK_APP_KEY", "LIVE_DINGTALK_APP_SECRET", "LIVE_DINGTALK_CHAT_ID", "LIVE_KUBECONFIG")
#: A YAML file of further inventory variables.
VARIABLES = "LIVE_VARIABLES"
#: The options of modules for DingTalk.
DINGTALK = {
    "app_key": "{{ dingtalk_app_key }}",
    "app_secret": "{{ dingtalk_app_secret }}",
    **{
        name: f"{{{{ dingtalk_{name} | default(omit) }}}}" for name in ("api_url", "legacy_api_url", "ca_path", "proxy")
    },
}


def from_environment(name: str) -> str:
    """Return a template of a variable of the environment, so that no file has its value."""
    return f"{{{{ lookup('ansible.builtin.env', '{name}') }}}}"


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Controller:
    if missing := [name for name in REQUIRED if not os.environ.get(name)]:
        pytest.skip(f"{', '.join(missing)} not set: a real app, chat and cluster; see docs/development.md")
    controller = Controller(tmp_path_factory.mktemp("live") / "controller")
    controller.environment = {name: os.environ[name] for name in REQUIRED}
    controller.inventory.mkdir()
    controller.hosts.write_text(yaml.safe_dump({"all": {"hosts": {"live": None}}}))
    given = os.environ.get(VARIABLES)
    more: dict[str, Any] = yaml.safe_load(Path(given).read_text(encoding="utf-8")) if given else {}
    controller.vars(
        "all",
        **{
            "dingtalk_app_key": from_environment("LIVE_DINGTALK_APP_KEY"),
            "dingtalk_app_secret": from_environment("LIVE_DINGTALK_APP_SECRET"),
            "kubesphere_kubeconfig": from_environment("LIVE_KUBECONFIG"),
            "kubesphere_features": ["notification"],
            "notification_chats": ["live"],
            **more,
        },
    )
    return controller


@pytest.fixture(scope="session")
def chat(live: Controller) -> dict[str, Any]:
    """The chat as DingTalk has it, which is then in the inventory."""
    run = live.task("chat_info", {**DINGTALK, "chat_ids": [from_environment("LIVE_DINGTALK_CHAT_ID")]}).must()
    [found] = run.one("chat_info")["chats"]
    assert found["status"] == "normal", found
    desired = {
        "name": found["name"],
        "chat_id": from_environment("LIVE_DINGTALK_CHAT_ID"),
        "owner": {"userid": found["owner"]},
    }
    live.vars("all", dingtalk_chats={"live": desired})
    return dict(found)
