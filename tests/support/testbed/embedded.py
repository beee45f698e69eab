# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Embedded API servers, which run in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import trustme

from tests.support.simulators.kubernetes import KubernetesSimulator, User


@contextmanager
def embedded_servers(
    names: Sequence[str], authority: trustme.CA, users: Mapping[str, User]
) -> Iterator[Mapping[str, KubernetesSimulator]]:
    """Start an embedded API server for each name; ``users`` maps bearer tokens to their users."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(KubernetesSimulator(authority, users)) for name in names}
