# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated receivers: several fields of an integration at once, and of ``global``."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from typing import Any

from tests.system.alertmanager.faults import HOOK, Json
from tests.system.alertmanager.integrations import ALTERNATIVES, COMPLETE, FORMATS, SETTINGS, VALUES, with_integration

#: The fields whose content is not checked.
UNCHECKED = ("http_config", "tls_config")


def receivers(seed: int, count: int, fields: Collection[str]) -> Iterator[Json]:
    """Yield configurations with a receiver; ``fields`` are the names of any fields."""
    chance = random.Random(seed)
    names = sorted(set(fields) - set(UNCHECKED))
    for _each in range(count):
        kind = chance.choice(list(COMPLETE))
        settings = {name: _setting(chance, value) for name, value in SETTINGS.items() if chance.random() < 0.1}
        yield with_integration(kind, _section(chance, kind, names), **settings)


def _section(chance: random.Random, kind: str, names: list[str]) -> Json:
    section = dict(COMPLETE[kind])
    for _each in range(chance.choice((0, 0, 1, 2))):
        section |= chance.choice(ALTERNATIVES[kind] or ({},))
    for name in list(section):
        if chance.random() < 0.1:
            section[name] = chance.choice((None, "", HOOK))
        elif chance.random() < 0.1:
            del section[name]
    # A field of a pool of all kinds is rarely one of this kind, which its own test covers.
    for name in chance.sample([*FORMATS, *names], chance.choice((0, 0, 1))):
        section[name] = chance.choice(FORMATS.get(name, VALUES))
    return section


def _setting(chance: random.Random, value: Any) -> Any:
    return chance.choice((value, value, None, ""))
