# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the chat at a moment, and where."""

from __future__ import annotations

import json
from dataclasses import dataclass

import yaml

from tests.integration import surroundings as of
from tests.integration.surroundings import Json, Surroundings
from tests.testbed import ApiFailure, Cluster

KEY = "ops"


@dataclass(frozen=True)
class Situation:
    """``journal``: the events that the controller wrote down. ``registry``: ``intent``, ``chat`` or nothing.

    ``members``: how many the chat in DingTalk has, 0 where there is no chat.
    """

    journal: tuple[str, ...] = ()
    registry: str = ""
    members: int = 0


def situation(site: Surroundings) -> Situation:
    """The situation now."""
    found = entry(next(iter(site.clusters.values())))
    registry = "chat" if "chat_id" in found else "intent" if "intent" in found else ""
    return Situation(_events(site), registry, sum(len(chat.members) for chat in site.dingtalk.chats()))


def entry(registry: Cluster) -> Json:
    """What the registry says of the chat."""
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


def _events(site: Surroundings) -> tuple[str, ...]:
    journal = site.controller.journal() / "journal.jsonl"
    if not journal.exists():
        return ()
    return tuple(json.loads(line)["event"] for line in journal.read_text().splitlines())
