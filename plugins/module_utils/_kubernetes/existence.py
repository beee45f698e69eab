# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cluster has any of several objects, with as few requests as possible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .errors import ClusterError
from .object_ref import ObjectRef
from .router import ObjectRouter


def existing(router: ObjectRouter, alternatives: Iterable[Sequence[ObjectRef]]) -> frozenset[ObjectRef]:
    """Return an existing object of each sequence that has any: the first one; raises ``ClusterError``.

    Later objects of a sequence are only read while none is found. An object that the account may not read counts as
    existing. A name that no object can have is not read, as it might be another path.
    """
    alternatives = list(alternatives)
    router.cluster.prefetch(first_reads(router, alternatives))
    found = (next((item for item in items if _exists(router, item)), None) for items in _valid(alternatives))
    return frozenset(item for item in found if item)


def first_reads(router: ObjectRouter, alternatives: Iterable[Sequence[ObjectRef]]) -> list[str]:
    """Return the paths that :func:`existing` reads in any case."""
    return [router.path(items[0]) for items in _valid(alternatives) if items]


def _valid(alternatives: Iterable[Sequence[ObjectRef]]) -> list[list[ObjectRef]]:
    return [[item for item in items if item.has_valid_name] for items in alternatives]


def _exists(router: ObjectRouter, reference: ObjectRef) -> bool:
    try:
        return router.cluster.get(router.path(reference)) is not None
    except ClusterError as error:
        if error.status != 403:
            raise
        return True
