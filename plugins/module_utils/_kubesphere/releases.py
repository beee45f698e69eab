# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detection of KubeSphere's release line from served APIs; the reported version distinguishes lines with equal APIs.

Sources: the CRDs that ks-installer 3.1 to 3.4 and extension whizard-notification install. 4.2 has the extensions and
objects of 4.1 in later versions; only the console's names of them differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NOTIFICATION_GROUP = "notification.kubesphere.io"
ALERTING_GROUP = "alerting.kubesphere.io"
EXTENSIONS_GROUP = "kubesphere.io"

#: Release lines that the roles support.
SUPPORTED = ("3.1", "3.2", "3.3", "3.4", "4.1", "4.2")
#: The release lines with extensions in place of the components of ks-installer.
KUBESPHERE_4 = ("4.1", "4.2")
#: Release lines before 3.4. Their console writes v2beta1, and their controllers lose fields that only the other version
#: has. They have notification-manager 1.x, neither Routers nor Silences, and no rule groups.
BEFORE_3_4 = ("3.1", "3.2", "3.3")
#: The release line without a way to send a test message: notification-manager 1.0.
WITHOUT_TEST = "3.1"
#: Release lines whose notification-manager gives a tenant's Receiver the alerts of level namespace only.
WITH_RULE_LEVEL = ("4.2",)

_MINOR = re.compile(r"\d+\.\d+")

#: API group -> served versions, the preferred one first.
Served = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Release:
    """``line`` is empty without KubeSphere, or for KubeSphere 3.x without its notification API.

    ``config_version`` is the API version of Config and Receiver, ``manager_version`` that of NotificationManager; both
    are empty if these kinds are not served. ``assumed`` describes the assumptions, empty if there are none.
    """

    line: str
    config_version: str = ""
    manager_version: str = ""
    assumed: str = ""

    @property
    def is_kubesphere_4(self) -> bool:
        """Whether its components are extensions, of which the host has those for notifications."""
        return self.line in KUBESPHERE_4


def detect_release(served: Served, version: str, is_agent: bool) -> Release:
    """Return the release of a cluster; ``is_agent``: whether KubeSphere 4's agent runs on it, as on a member.

    ``version`` is the reported one, such as 4.2.0-20251118.
    """
    line = _line(served, version, is_agent)
    notification = list(served.get(NOTIFICATION_GROUP, []))
    if not line or not notification:
        return Release(line, assumed=_assumed(line, version) if line else "")
    wanted = "v2beta1" if line in BEFORE_3_4 else "v2beta2"
    config = wanted if wanted in notification else notification[0]
    # NotificationManager is never converted, so only its stored version preserves all fields.
    manager = "v2beta2" if "v2beta2" in notification else notification[0]
    assumed = [_assumed(line, version)]
    if config != wanted:
        assumed.append(f"{NOTIFICATION_GROUP}/{config} is assumed to have the fields of {wanted}, which is not served.")
    return Release(line, config, manager, " ".join(filter(None, assumed)))


def labels_of_rules(release: str) -> dict[str, str]:
    """Return the labels that built-in rules add to all alerts, from 3.4 on.

    Before, Prometheus evaluates rules without them (kubesphere/ks-installer, prometheus rules).
    """
    return {} if release in BEFORE_3_4 else {"alerttype": "metric", "rule_level": "global"}


def _line(served: Served, version: str, is_agent: bool) -> str:
    notification = set(served.get(NOTIFICATION_GROUP, []))
    if not notification:
        return _line_of_4(version) if is_agent or EXTENSIONS_GROUP in served else ""
    if "v2beta1" not in notification:
        return _line_of_4(version)
    if notification == {"v2beta1"}:
        return "3.1"
    if "v2beta1" in served.get(ALERTING_GROUP, []):
        return "3.4"
    # Both serve the same APIs, and 3.3 accepts all that 3.2 does.
    return "3.3" if _minor(version) == "3.3" else "3.2"


def _line_of_4(version: str) -> str:
    """Return the line of KubeSphere 4: both serve the same APIs, and a newer one resembles the last."""
    reported = _minor(version)
    return next((line for line in reversed(KUBESPHERE_4) if reported and _number(line) <= _number(reported)), "4.1")


def _minor(version: str) -> str:
    found = _MINOR.match(version)
    return found[0] if found else ""


def _assumed(line: str, version: str) -> str:
    reported = _minor(version)
    if reported == line:
        return ""
    if not reported:
        return f"The cluster does not report its KubeSphere version; based on its APIs, it is handled as {line}."
    if _number(reported) > _number(SUPPORTED[-1]) or (reported.startswith("3.") and _number(reported) > _number("3.4")):
        return (
            f"KubeSphere {version} is newer than this version of kubesphere.dingtalk supports; based on its APIs, the "
            f"cluster is handled as {line}."
        )
    return f"The cluster reports KubeSphere {version}; based on its APIs, it is handled as {line}."


def is_too_old(version: str) -> bool:
    """Return whether a reported version, such as 3.0.0, is older than all supported ones; False if it is unknown."""
    minor = _minor(version)
    return bool(minor) and _number(minor) < _number(SUPPORTED[0])


def _number(line: str) -> tuple[int, ...]:
    return tuple(int(part) for part in line.split("."))
