# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a chat at a moment: in journal, registry and DingTalk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

import yaml

from tests.support.plays import environment as of
from tests.support.plays.environment import Environment, Json
from tests.support.testbed import ApiFailure, Cluster

Kind = Literal["plain", "scene"]

KEY = "ops"
#: Members of the chat, including the owner, after its creation and after each of two additions.
PARTS = ("the first members", "more members", "all members")
MEMBERS: dict[Kind, dict[int, str]] = {
    "plain": dict(zip((40, 80, 90), PARTS, strict=True)),
    "scene": dict(zip((100, 200, 210), PARTS, strict=True)),
}


@dataclass(frozen=True)
class Situation:
    """``journal``: the recorded events. ``registry``: ``intent``, ``chat`` or empty.

    ``members``: those of the chat in DingTalk, empty without a chat.
    """

    journal: tuple[str, ...] = ()
    registry: str = ""
    members: str = ""


def situation(site: Environment, kind: Kind) -> Situation:
    """Return the current situation."""
    found = entry(next(iter(site.clusters.values())))
    registry = "chat" if "chat_id" in found else "intent" if "intent" in found else ""
    members = "".join(MEMBERS[kind].get(len(chat.members), "others") for chat in site.dingtalk.chats())
    return Situation(_events(site), registry, members)


def entry(registry: Cluster) -> Json:
    """Return the registry entry of the chat."""
    try:
        text = (registry.get(of.CONFIG_MAP).get("data") or {}).get("chats") or "{}"
    except ApiFailure as failure:
        if failure.status != 404:
            raise
        return {}
    for apps in (yaml.safe_load(text).get("chats") or {}).values():
        found: Json = apps[of.APP_KEY].get(KEY) or {}
        return found
    return {}


def _events(site: Environment) -> tuple[str, ...]:
    journal = site.controller.journal() / "journal.jsonl"
    try:
        lines = journal.read_text().splitlines()
    except FileNotFoundError:  # also where a test removes it at this moment
        return ()
    return tuple(json.loads(line)["event"] for line in lines)
