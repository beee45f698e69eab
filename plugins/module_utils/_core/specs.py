# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs as mergeable values, one factory per concern (the doc fragment has the same name)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .secrets.kinds import SecretKind

Groups = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class ArgumentSpec:
    """Options and their dependencies, in the form of core's ``ArgumentSpecValidator``.

    ``secrets``: the kinds of options that may hold a secret without being one (no_log), by their paths, such as
    ``registry.proxy``. ``verbatim``: the paths of options whose texts are IDs, names or keys, see ``verbatim.py``.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    mutually_exclusive: Groups = ()
    required_together: Groups = ()
    required_one_of: Groups = ()
    required_if: Groups = ()
    required_by: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, SecretKind] = field(default_factory=dict)
    verbatim: frozenset[str] = frozenset()

    def merge(self, *others: ArgumentSpec) -> ArgumentSpec:
        """Return a spec with the options and dependencies of all; a later option replaces one of the same name."""
        merged = self
        for other in others:
            merged = ArgumentSpec(
                options={**merged.options, **other.options},
                mutually_exclusive=[*merged.mutually_exclusive, *other.mutually_exclusive],
                required_together=[*merged.required_together, *other.required_together],
                required_one_of=[*merged.required_one_of, *other.required_one_of],
                required_if=[*merged.required_if, *other.required_if],
                required_by={**merged.required_by, **other.required_by},
                secrets={**merged.secrets, **other.secrets},
                verbatim=merged.verbatim | other.verbatim,
            )
        return merged

    def rules(self) -> dict[str, Any]:
        """Return the dependencies as keyword arguments for core's validators."""
        return {
            "mutually_exclusive": self.mutually_exclusive,
            "required_together": self.required_together,
            "required_one_of": self.required_one_of,
            "required_if": self.required_if,
            "required_by": self.required_by,
        }
