# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's result compared with the return values that it documents, samples included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: What ansible-core adds to results, or reads from them.
OF_ANSIBLE = frozenset(
    [
        "ansible_facts",
        "attempts",
        "changed",
        "deprecations",
        "diff",
        "failed",
        "invocation",
        "msg",
        "skipped",
        "warnings",
    ]
)
TYPES: dict[str, type] = {"bool": bool, "dict": dict, "int": int, "list": list, "str": str}
#: What the description of a map contains whose keys are not the same each time: an option has them, or an inventory.
VARIABLE = ("O(", " by ")
#: Values of `returned` for what each successful result has.
ALWAYS = ("always", "success")


def deviations(documented: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    """Return how a result deviates from ``documented``, the `RETURN` of its module as data."""
    values = {name: value for name, value in result.items() if not name.startswith("_ansible_")}
    own = {name: value for name, value in values.items() if name not in OF_ANSIBLE or name in documented}
    failed = bool(result.get("failed"))
    return list(_compare(documented, own, "", ("always", "failed") if failed else ALWAYS))


def _compare(
    documented: Mapping[str, Any], values: Mapping[str, Any], place: str, always: tuple[str, ...] = ALWAYS
) -> Iterator[str]:
    for name in values.keys() - documented.keys():
        yield f"{place}{name}: not documented"
    for name, rules in documented.items():
        if name in values:
            yield from _check(rules, values[name], f"{place}{name}")
            yield from _check(
                {**rules, "contains": None}, rules.get("sample", values[name]), f"sample of {place}{name}"
            )
            yield from _keys(rules, values[name], f"{place}{name}")
        elif rules["returned"] in always:
            yield f"{place}{name}: documented as returned {rules['returned']}, but missing"


def _check(rules: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    if value is None:
        if "V(null)" not in str(rules["description"]):
            yield f"{place}: null, which its description does not mention"
    elif not _is_a(value, rules["type"]):
        yield f"{place}: {type(value).__name__} instead of {rules['type']}"
    elif rules["type"] == "list":
        for item in value:
            if not _is_a(item, rules["elements"]):
                yield f"{place}[]: {type(item).__name__} instead of {rules['elements']}"
            elif rules.get("contains"):
                yield from _compare(rules["contains"], item, f"{place}[].")
    elif rules.get("contains"):
        # A map by host or by key is documented by what each of its values contains.
        by_identity = value and not value.keys() & rules["contains"].keys()
        for item in value.values() if by_identity else [value]:
            yield from _compare(rules["contains"], item, f"{place}.")


def _is_a(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and not (kind == "int" and isinstance(value, bool))


def _keys(rules: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    """Yield the keys that the sample of a map lacks, unless its description says that they vary."""
    sample, description = rules.get("sample"), str(rules["description"])
    if isinstance(sample, Mapping) and isinstance(value, Mapping) and not any(word in description for word in VARIABLE):
        for name in value.keys() - sample.keys():
            yield f"sample of {place}: lacks {name}"
