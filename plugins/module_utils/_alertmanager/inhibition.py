# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inhibit rules: which alerts are muted while others fire (Alertmanager, inhibit/inhibit.go)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .matchers import FORMS, Matcher, as_text, route_matchers

#: The list in the configuration, and the prefixes of the matchers on the two sides of a rule.
FIELD = "inhibit_rules"
SOURCE, TARGET = "source_", "target_"

Labels = Mapping[str, str]


@dataclass(frozen=True)
class InhibitRule:
    """A rule: alerts with ``target`` are muted while one with ``source`` fires whose labels ``equal`` are the same.

    ``index``: its index in the configuration.
    """

    index: int
    source: Sequence[Matcher]
    target: Sequence[Matcher]
    equal: Sequence[str]

    @property
    def field(self) -> str:
        """The path of the rule in the configuration."""
        return f"{FIELD}[{self.index}]"

    def is_target(self, labels: Labels) -> bool:
        """Return whether the rule can mute an alert; one with the same matchers on both sides mutes none."""
        return self.source != self.target and _accept(self.target, labels)

    def mutes(self, labels: Labels, source: Labels) -> bool:
        """Return whether the rule mutes an alert while ``source`` fires.

        Of alerts that match both sides, none mutes another, so that no alert mutes itself.
        """
        if not _accept(self.source, source) or not self.is_target(labels):
            return False
        if _accept(self.source, labels) and _accept(self.target, source):
            return False
        # A missing label is equal to another missing one.
        return all(labels.get(name, "") == source.get(name, "") for name in self.equal)

    def __str__(self) -> str:
        """Return what the rule does, in words."""
        same = f" and the same {', '.join(self.equal)}" if self.equal else ""
        return f"{_described(self.target)} is muted while an alert with {_described(self.source)}{same} fires"


def one_side(rule: Mapping[str, Any], side: str) -> dict[str, Any]:
    """Return the matchers on one side of a rule, in the form of a route's."""
    return {form: rule.get(f"{side}{form}") for form in FORMS}


def inhibit_rules(document: Mapping[str, Any]) -> list[InhibitRule]:
    """Return the rules of a configuration, without those whose matchers cannot be read."""
    found = document.get(FIELD)
    rules = enumerate(found) if isinstance(found, list) else ()
    read = [_read(index, rule) for index, rule in rules if isinstance(rule, Mapping)]
    return [rule for rule in read if rule is not None]


def _read(index: int, rule: Mapping[str, Any]) -> InhibitRule | None:
    source, target = (route_matchers(one_side(rule, side)) for side in (SOURCE, TARGET))
    if source is None or target is None or not all(matcher.is_known for matcher in (*source, *target)):
        return None
    equal = rule.get("equal")
    return InhibitRule(index, source, target, tuple(map(as_text, equal)) if isinstance(equal, list) else ())


def _accept(matchers: Iterable[Matcher], labels: Labels) -> bool:
    return all(matcher.accepts(labels) for matcher in matchers)


def _described(matchers: Sequence[Matcher]) -> str:
    return ", ".join(map(str, matchers)) or "any labels"
