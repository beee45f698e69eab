# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a finding is: a row of the catalogue, and one that was found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

_CITED = re.compile(r" \((KD\d{3})\)$")


class Level(StrEnum):
    """How bad a finding is."""

    #: Alerts do not arrive, or a task fails.
    ERROR = "error"
    #: Some alerts may not arrive, or soon none.
    WARNING = "warning"
    #: Nothing is wrong, but somebody may want to know.
    INFO = "info"


class Stage(StrEnum):
    """The stages in the order in which an alert travels, after what has to be right before any alert does."""

    INVENTORY = "inventory"
    DINGTALK = "dingtalk"
    CLUSTER = "cluster"
    RULES = "rules"
    ALERTMANAGER = "alertmanager"
    NOTIFICATION_MANAGER = "notification-manager"
    #: DingTalk as the cluster sees it.
    EGRESS = "egress"


class Text(NamedTuple):
    """A text in both languages."""

    en: str
    zh: str


@dataclass(frozen=True)
class Finding:
    """A row of the catalogue.

    ``id``: ``KD`` and three digits, of which the first is the stage's number. It is never used for anything else, and
    a row that nothing raises any more stays as ``retired``. ``title``: the finding, without a full stop. ``cure``:
    what to do, in sentences, with the pages of the consoles.
    """

    id: str
    level: Level
    stage: Stage
    title: Text
    cure: Text
    retired: bool = False

    @property
    def anchor(self) -> str:
        """The anchor in docs/findings.md."""
        return self.id.lower()


@dataclass(frozen=True)
class Found:
    """A finding that was found.

    ``subject``: what it is about, such as ``Receiver global-default-receiver`` or ``chat ops``. ``cause``: what was
    seen, a sentence without a full stop. ``cure``: what to do here; empty where the catalogue's says it all.
    """

    finding: Finding
    subject: str
    cause: str
    cure: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it for a task's result; the keys are documented with the module ``doctor``."""
        return {
            "id": self.finding.id,
            "level": str(self.finding.level),
            "stage": str(self.finding.stage),
            "title": self.finding.title.en,
            "subject": self.subject,
            "cause": self.cause,
            "cure": self.cure or self.finding.cure.en,
        }


def cited(message: str, finding: str) -> str:
    """Return a message with the ID of its finding, as errors and warnings show it.

    The ID is at the end, or before the list that ends the message. A message that cites one already is returned as it
    is.
    """
    sentence, listed, items = message.partition(":\n")
    if not finding or is_cited(message):
        return message
    return f"{sentence} ({finding}){listed}{items}"


def is_cited(message: str) -> bool:
    """Return whether a message cites a finding as a whole; a list in it may cite others."""
    return bool(without_citation(message)[1])


def without_citation(message: str) -> tuple[str, str]:
    """Return a message without the ID that it cites as a whole, and the ID, empty if it cites none."""
    sentence, listed, items = message.partition(":\n")
    for text, rest in ((sentence, f"{listed}{items}"), (message, "")):
        if found := _CITED.search(text):
            return f"{text[: found.start()]}{rest}", found[1]
    return message, ""
