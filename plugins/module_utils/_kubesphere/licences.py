# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The licences of KubeSphere and of its extensions, as KubeSphere's own API reports them.

Open-source platforms have no such API. Whom a licence is for, its IDs, keys and signature are not read, and neither is
the platform's own text about a violation, which may contain them.

Sources: kubesphere/dev-guide, feature-customization/license (a licence of 4.x with its profile and violation, one for
each extension), and clients that are generated from the API of 4.x (``InstanceInstanceList``); KubeSphere Enterprise
3.x, pkg/simple/client/license (types/v1alpha1, client) and pkg/apiserver/filters (``WithLicense``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._alertmanager import config as alertmanager
from .._core.clock import DAY, epoch, moment
from .._core.text import shortened
from .._kubernetes.client import Cluster
from . import alerting_extension
from .api import PREFIX
from .pod_images import maps_in

_GROUP = f"{PREFIX}/kapis/license.kubesphere.io/v1alpha1"
LICENCES, LICENCE_3 = f"{_GROUP}/licenses", f"{_GROUP}/license/ks-license"

#: Names of the platform itself among those of extensions, in lower case: that of its chart, and of the product.
PLATFORM = ("", "ks-core", "kubesphere", "kse")
#: The extensions that alerts pass. Without a licence an extension may not work, and no other takes part in alerts.
EXTENSIONS = (alerting_extension.NAME, alertmanager.EXTENSION, "whizard-monitoring", "whizard-telemetry")

_NONE = ("", "no violation")
_LIMIT = "limit exceeded"
#: What is violated, in lower case -> the same in a sentence about the licence.
_VIOLATIONS = {
    "empty license": "there is none",
    "format error": "it cannot be read",
    "invalid signature": "its signature is invalid",
    "time expired": "it has ended",
    "time not start": "it is not valid yet",
    f"node count {_LIMIT}": "the platform has more nodes than it allows",
    f"core count {_LIMIT}": "the platform has more CPU cores than it allows",
    f"cluster count {_LIMIT}": "the platform has more clusters than it allows",
    "invalid type": "its type is not valid for this platform",
}
_MAX_TYPE = 60
#: Seconds since the epoch from which on a time means no end, and may have no date: the year 9000.
_LAST = 7030 * 365 * DAY
#: A number, or a quantity of Kubernetes.
_AMOUNT = re.compile(r"\d{1,18}(\.\d{1,9})?[A-Za-z]{0,2}")


@dataclass(frozen=True)
class Licence:
    """A licence of the extension ``name``, which is empty for the platform.

    ``ends``: in epoch seconds, None without an end. ``violation``: what the platform reports, empty if it is none;
    ``amounts``: what is used and what is allowed, empty if they are not reported.
    """

    name: str
    ends: float | None = None
    violation: str = ""
    amounts: tuple[str, str] | tuple[()] = ()

    @property
    def subject(self) -> str:
        """The licence in words."""
        return f"the licence of extension {self.name}" if self.name else "the licence of the platform"

    def fault(self, now: float) -> str:
        """Return why the licence is not valid in words, empty if it is; ``now``: the time in epoch seconds."""
        kind = self.violation.lower()
        has_ended = self.ends is not None and self.ends <= now
        if self.ends is not None and has_ended and kind in (*_NONE, "time expired"):
            return f"it ended on {moment(self.ends)}"
        if kind in _NONE:
            return ""
        text = _VIOLATIONS.get(kind) or f"the platform reports '{shortened(self.violation, _MAX_TYPE)}'"
        has_amounts = self.amounts and (_LIMIT in kind or kind not in _VIOLATIONS)
        return text + (f" ({' of '.join(self.amounts)})" if has_amounts else "")


def read_licences(cluster: Cluster, is_kubesphere_4: bool) -> list[Licence]:
    """Return the licences that matter to alerts, none if the platform has no licences.

    The connection needs an identity for KubeSphere's API. Raises ``ClusterError``.
    """
    if is_kubesphere_4:
        return read_licences_of_4(cluster.get(LICENCES))
    return read_licences_of_3(cluster.get(LICENCE_3))


def read_licences_of_4(answer: Any) -> list[Licence]:
    """Return the licences in an answer of KubeSphere 4 that matter to alerts, as far as it can be read."""
    found = []
    for item in maps_in(answer, "items"):
        profile = _map(item, "profile")
        name = (_text(item, "extension") or _text(profile, "componentName")).lower()
        name = "" if name in PLATFORM else name
        if not name or name in EXTENSIONS:
            found.append(_licence(name, _end(profile), _map(item, "violation")))
    return found


def read_licences_of_3(answer: Any) -> list[Licence]:
    """Return the licence in an answer of KubeSphere Enterprise 3.x, as far as it can be read; none without one."""
    if not isinstance(answer, Mapping):
        return []
    data = _map(answer, "data")
    # The end of any component makes the whole licence end.
    ends = [_end(item) for item in (data, *maps_in(data, "componentConstraints"))]
    end = min((time for time in ends if time is not None), default=None)
    return [_licence("", end, _map(_map(answer, "status"), "violation"))]


def _licence(name: str, ends: float | None, violation: Mapping[str, Any]) -> Licence:
    kind = _text(violation, "type")
    used, allowed = _amount(violation, "current"), _amount(violation, "expected")
    is_violated = kind.lower() not in _NONE
    return Licence(name, ends, kind if is_violated else "", (used, allowed) if is_violated and used and allowed else ())


def _end(value: Mapping[str, Any]) -> float | None:
    """Return ``notAfter`` in epoch seconds, None without one, for which Go may write its zero time."""
    found = epoch(value.get("notAfter"))
    return found if found is not None and 0 < found < _LAST else None


def _map(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found.strip() if isinstance(found, str) else ""


def _amount(value: Mapping[str, Any], name: str) -> str:
    """Return a number of cores, nodes or clusters as a text, empty if there is none."""
    found = value.get(name)
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    return text if _AMOUNT.fullmatch(text) else ""
