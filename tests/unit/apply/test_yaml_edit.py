# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of a YAML document in a Secret."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager import config as alertmanager
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.item_kinds import field_paths
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply import yaml_edit
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.merge import Merged, Storage, merge
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError

QUOTED = """\
"global":
  "resolve_timeout": "5m"
"receivers":
- "name": "Default"
- "name": "prometheus"
  "webhook_configs":
  - "url": "http://example.invalid/api/v2/alerts"
"route":
  "group_by":
  - "namespace"
  "receiver": "Default"
  "repeat_interval": "12h"
  "routes":
  - "match_re":
      "alerttype": ".*"
    "receiver": "prometheus\""""

COMMENTED = """\
---
# alert recipients
receivers:   # a list
  - name: Default
  - {name: Watchdog}   # unused

route:
  receiver: Default
  repeat_interval: 12h  # twice a day
  group_wait: '30s'
  group_by: [namespace, 'alertname']
"""


def edited(text: str, desired: dict[str, Any]) -> str:
    document = yaml_edit.parse(text, "doc")
    merged = merge(
        document, field_paths.leaves(desired, alertmanager.MERGE_KEYS), {}, Storage("s", lambda path, value: True)
    )
    return yaml_edit.edit(text, merged, "doc").text


@pytest.mark.parametrize("text", [QUOTED, COMMENTED], ids=["quoted", "commented"])
def test_a_text_with_equal_content_is_not_changed(text: str) -> None:
    assert edited(text, {"route": {"repeat_interval": "12h"}, "receivers": [{"name": "Default"}]}) == text


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [(QUOTED, '"repeat_interval": "12h"', '"repeat_interval": "2h"'), (COMMENTED, ": 12h  #", ": 2h   #")],
    ids=["quoted", "commented"],
)
def test_only_the_edited_line_differs(text: str, old: str, new: str) -> None:
    after = edited(text, {"route": {"repeat_interval": "2h"}})
    changed = [(a, b) for a, b in zip(text.splitlines(), after.splitlines(), strict=True) if a != b]
    assert len(changed) == 1
    assert changed[0][1].split() == changed[0][0].replace("12h", "2h").split()
    assert after.endswith("\n") == text.endswith("\n")


def test_a_receiver_is_added_and_comments_are_preserved() -> None:
    after = edited(COMMENTED, {"receivers": [{"name": "team-a", "webhook_configs": [{"url": "http://x"}]}]})
    assert "# alert recipients" in after
    assert "- {name: Watchdog}   # unused" in after
    names = [item["name"] for item in yaml_edit.parse(after, "doc")["receivers"]]
    assert names == ["Default", "Watchdog", "team-a"]


def test_long_lines_are_not_folded() -> None:
    text = f"receivers:\n- name: {'x' * 300} {'y' * 300}\nroute:\n  receiver: a\n"
    assert text.splitlines()[1] in edited(text, {"route": {"receiver": "b"}})


def test_invalid_yaml_is_reported_with_its_place_but_without_its_content() -> None:
    with pytest.raises(OperationError) as caught:
        yaml_edit.parse("global:\n  password: hunter2-secret: x\n  [", "alertmanager.yaml in Secret a/b")
    assert "alertmanager.yaml in Secret a/b is not valid YAML in line 2" in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("text", ["", "- a\n", "just text", "null"])
def test_a_text_that_is_not_a_mapping_is_rejected(text: str) -> None:
    with pytest.raises(OperationError, match="is not a YAML mapping"):
        yaml_edit.parse(text, "doc")


def test_without_edits_the_text_is_returned_unchanged() -> None:
    assert yaml_edit.edit("a: 1   # odd\n\n\n", Merged((), {}), "doc").text == "a: 1   # odd\n\n\n"


def test_a_copy_in_place_of_an_alias_is_reported() -> None:
    text = "a: &wait 30s\nb: {c: *wait}\n"
    found = yaml_edit.changed(text, {"a": "30s", "b": {"c": "30s"}}, {"a": "5m", "b": {"c": "30s"}})
    assert found.text == "a: &wait 5m\nb: {c: 30s}\n"
    assert found.notes == ("*wait in line 2 becomes a copy of the value that it refers to, which is edited",)


@pytest.mark.parametrize(
    "value", ["0o17", "1e3", "y", "1_000", "0x1F", "yes", "null", "1:30", "a: b", "#x", "é", "\x07", ""]
)
def test_a_new_string_is_a_string_for_every_parser(value: str) -> None:
    text = edited("a: b\n", {"c": value})
    assert yaml_edit.parse(text, "doc") == {"a": "b", "c": value}
    assert text.partition("c: ")[2][0] in "'\"é"
