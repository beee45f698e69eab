# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of documents in every style: no other character changes, no comment is lost, a teardown restores the text."""

from __future__ import annotations

import base64
import copy
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager import config as alertmanager
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply import yaml_edit
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.embedded_document import MergeContext
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.plan import DesiredObject, Plan, make_plan
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.namespaces import MONITORING_NAMESPACE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from tests.support.closing_lines import closing_lines
from tests.unit.apply.styles import STYLES

Json = dict[str, Any]
Steps = tuple[Any, ...]

REFERENCE = ObjectRef("v1", "Secret", alertmanager.SECRET, MONITORING_NAMESPACE)
EDITS = 100
LINE_BREAK = re.compile("(\r\n|\r|\n)")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

in_every_style = pytest.mark.parametrize("style", STYLES)


def parsed(text: str) -> list[Any]:
    return list(yaml.load_all(text, LOADER))


def at(document: Any, steps: Steps) -> Any:
    for step in steps:
        document = document[step]
    return document


def nodes(text: str) -> Iterator[tuple[Steps, yaml.Node]]:
    """Yield each node of the first document with the keys and indexes to it; those behind aliases only once."""
    mark = 1 if text.startswith("\ufeff") else 0
    root = next(iter(yaml.compose_all(text[mark:], LOADER)))
    seen: set[int] = set()

    def below(node: yaml.Node, steps: Steps) -> Iterator[tuple[Steps, yaml.Node]]:
        if id(node) in seen:
            return
        seen.add(id(node))
        yield steps, node
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value != "<<":
                    yield from below(value, (*steps, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                yield from below(value, (*steps, index))

    return below(root, ())


def aliased(text: str, steps: Steps, node: yaml.Node) -> bool:
    """Whether a value is, contains or belongs to one that an alias refers to, so that its edit changes the alias."""
    source = text[node.start_mark.index : node.end_mark.index]
    return "&times" in text and (steps[:1] == ("x-times",) or "webhook_configs" in steps or "&hooks" in source)


def is_subsequence(part: str, whole: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in part)


def edited(text: str, after: Json) -> str:
    found = yaml_edit.changed(text, yaml_edit.parse(text, "text"), after).text
    assert parsed(found) == [after, *parsed(text)[1:]]
    return found


@in_every_style
def test_a_scalar_is_replaced_and_no_other_character(style: str) -> None:
    text = STYLES[style]
    mark = 1 if text.startswith("\ufeff") else 0
    count = 0
    for steps, node in nodes(text):
        is_item = isinstance(steps[-1], int) or steps[-1] == "name" if steps else True
        if not isinstance(node, yaml.ScalarNode) or is_item or aliased(text, steps, node):
            continue  # an item of another name or value is a new one, whose comments are not those of the old one
        after = copy.deepcopy(parsed(text)[0])
        at(after, steps[:-1])[steps[-1]] = "replaced"
        start, end = node.start_mark.index + mark, node.end_mark.index + mark
        found, rest = edited(text, after), text[end:]
        if node.style in ("|", ">"):  # the blank lines after the value remain
            rest = text[start:end][len(text[start:end].rstrip()) :] + rest
        assert found.startswith(text[:start]), steps
        assert found.endswith(rest), steps
        count += 1
    assert count > 0


@in_every_style
def test_a_pair_or_item_is_added_and_no_character_is_removed(style: str) -> None:
    text = STYLES[style]
    for steps, node in nodes(text):
        if isinstance(node, yaml.ScalarNode) or aliased(text, steps, node):
            continue
        after = copy.deepcopy(parsed(text)[0])
        changed = at(after, steps)
        if isinstance(changed, dict):
            changed["added"] = {"key": ["value", 5, {"a": "b"}]}
        else:
            changed.append({"added": "value"})
        assert is_subsequence(text, edited(text, after)), steps


@in_every_style
def test_a_pair_or_item_is_removed_and_no_other_character(style: str) -> None:
    text = STYLES[style]
    for steps, node in nodes(text):
        if not steps or aliased(text, steps, node) or len(at(parsed(text)[0], steps[:-1])) == 1:
            continue
        after = copy.deepcopy(parsed(text)[0])
        del at(after, steps[:-1])[steps[-1]]
        found = edited(text, after)
        assert is_subsequence("".join(found.split()), "".join(text.split())), steps
        assert comments(text) == comments(found)


@in_every_style
def test_a_collection_is_emptied_and_filled(style: str) -> None:
    text = STYLES[style]
    for steps, node in nodes(text):
        if steps and not isinstance(node, yaml.ScalarNode) and not aliased(text, steps, node):
            after = copy.deepcopy(parsed(text)[0])
            at(after, steps).clear()
            found = edited(text, after)
            assert comments(text) == comments(found)
            edited(found, parsed(text)[0])


def comments(text: str) -> list[str]:
    """The comments of the texts in this file, none of which has such a character elsewhere."""
    return sorted(comment.rstrip() for comment in re.findall("#[^\r\n]*", text))


# A life with edits by others and by the collection.


def secret(text: str) -> Json:
    metadata = {"name": REFERENCE.name, "namespace": REFERENCE.namespace}
    data = {alertmanager.KEY: base64.b64encode(text.encode()).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}


class Life:
    """A configuration, what is desired of it, and the last-applied state."""

    def __init__(self, text: str, seed: str) -> None:
        self.chance = random.Random(seed)
        self.text = text
        self.desired: Json = {}
        self.applied: Any = None
        self.comments: list[str] = []

    def plan(self, desired: Json | None) -> Plan:
        content = None if desired is None else {"stringData": {alertmanager.KEY: desired}}
        plan = make_plan(DesiredObject(REFERENCE, content), secret(self.text), self.applied, MergeContext("salt"))
        self.applied = plan.applied_after
        self.text = base64.b64decode((plan.after or {})["data"][alertmanager.KEY]).decode()
        return plan

    def comment(self) -> None:
        """Add a comment as a person would, at the end of a line or in a line of its own."""
        parts = LINE_BREAK.split(self.text)
        index = self.chance.randrange(0, len(parts), 2)
        comment = f"# by others, {len(self.comments)};"
        own_line = self.chance.random() < 0.5
        blanks = " " * self.chance.randrange(8)
        line_break = parts[1] if len(parts) > 1 else "\n"
        parts[index] = f"{blanks}{comment}{line_break}{parts[index]}" if own_line else f"{parts[index]} {comment}"
        self.edit("".join(parts), comment)

    def edit(self, text: str, *comments: str) -> None:
        """Accept an edit by others that leaves the document valid and, for a comment, its meaning."""
        try:
            is_valid = parsed(text) == parsed(self.text) if comments else isinstance(parsed(text)[0], dict)
        except yaml.YAMLError:
            is_valid = False
        if is_valid:
            self.text = text
            self.comments += comments

    def replace(self) -> None:
        """Change a duration somewhere, as a person would."""
        found = list(re.finditer(r"\b(\d+)([smh])\b", self.text))
        if found:
            match = self.chance.choice(found)
            self.edit(f"{self.text[: match.start(1)]}{self.chance.randrange(1, 60)}{self.text[match.end(1) :]}")

    def want(self) -> None:
        """Change what is desired."""
        chance, route = self.chance, self.desired.setdefault("route", {})
        receivers = self.desired.setdefault("receivers", [])
        choice = chance.randrange(8)
        if choice < 2:
            route[chance.choice(["group_wait", "group_interval", "repeat_interval"])] = chance.choice(
                ["1s", "2m", "3h"]
            )
        elif choice == 2:
            route["group_by"] = chance.sample(["namespace", "alertname", "cluster", "rule_id"], chance.randrange(1, 4))
        elif choice == 3:
            self.desired["global"] = {"resolve_timeout": chance.choice(["1m", "7m"])}
        elif choice == 4:
            name = chance.choice(["team-a", "team-b"])
            hook = {"url": f"http://{chance.choice('abc')}", "send_resolved": chance.random() < 0.5}
            receivers[:] = [item for item in receivers if item["name"] != name]
            receivers.append({"name": name, "webhook_configs": [hook]})
        elif choice == 5:
            severity = chance.choice(["critical", "warning"])
            routes = [item for item in route.get("routes", []) if item["match"]["severity"] != severity]
            route["routes"] = [
                *routes,
                {"match": {"severity": severity}, "repeat_interval": chance.choice(["1h", "2h"])},
            ]
        elif choice == 6:
            self.desired.pop(chance.choice(["global", "route", "receivers"]), None)
        elif route.get("routes"):
            route["routes"].pop()
        self.desired = {name: value for name, value in self.desired.items() if value}

    def step(self, others: bool = True) -> None:
        choice = self.chance.random() if others else 1
        if choice < 0.3:
            self.comment()
        elif choice < 0.4:
            self.replace()
        else:
            self.want()
            self.plan(self.desired)


@in_every_style
def test_comments_of_others_survive_a_hundred_edits(style: str) -> None:
    life = Life(STYLES[style], style)
    life.comments = comments(STYLES[style])
    for number in range(EDITS):
        life.step()
        closing_lines.count("document edits", f"{style} {number}")
        assert [comment for comment in life.comments if comment not in life.text] == []
    life.plan(None)
    assert [comment for comment in life.comments if comment not in life.text] == []


@in_every_style
@pytest.mark.parametrize("seed", range(5))
def test_a_teardown_restores_every_character(style: str, seed: int) -> None:
    life = Life(STYLES[style], f"{style} {seed}")
    for _ in range(life.chance.randrange(1, 8)):
        life.step(others=False)
    life.plan(None)
    assert life.text == STYLES[style]


@in_every_style
def test_a_teardown_restores_the_meaning_beside_comments_of_others(style: str) -> None:
    for seed in range(5):
        life = Life(STYLES[style], f"{style} {seed}")
        for _ in range(6):
            life.step(others=False)
            life.comment()
        life.plan(None)
        assert parsed(life.text) == parsed(STYLES[style])


@in_every_style
def test_edits_without_libyaml(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's own parser, which does not accept tabs before comments, yields the same texts."""
    texts = []
    for is_missing in (False, True):
        if is_missing:
            monkeypatch.delattr(yaml, "CSafeLoader")
        life = Life(STYLES[style].replace("\t", "  "), style)
        for _ in range(8):
            life.step(others=False)
        texts.append(life.text)
        life.plan(None)
        assert life.text == STYLES[style].replace("\t", "  ")
    assert texts[0] == texts[1]
