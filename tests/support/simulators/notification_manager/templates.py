# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of notification-manager 2.x: ConfigMaps, which have to exist, and names, which they have to define."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.simulators.notification_manager.cluster import ClusterError
from tests.support.simulators.notification_manager.pairing import Target

#: Returns the values of a ConfigMap's key, or of all keys, by a reference to it. Raises ClusterError.
Read = Callable[[Mapping[str, Any]], list[str]]


def check(target: Target, read: Read) -> None:
    """Raise ClusterError if the messages to a target cannot be rendered."""
    common = (target.manager.get("receivers") or {}).get("options") or {}
    template = target.manager.get("template")
    if not template:
        return
    sources = [target.spec.get("tmplText"), *(template.get("languagePack") or ()), template.get("text")]
    content = "".join(text for source in sources if source for text in read(source))
    defined = set(re.findall('define "(.+?)"', content))
    markdown = "markdown" in (target.spec.get("tmplType") or target.options.get("tmplType") or "")
    of_all = (common.get("global") or {}).get("template")
    needed = [
        target.spec.get("template") or target.options.get("template") or of_all or f"nm.default.{_suffix(markdown)}"
    ]
    if markdown:
        needed.append(target.spec.get("titleTemplate") or target.options.get("titleTemplate") or "nm.default.subject")
    for name in needed:
        inner = re.fullmatch(r'{{ *template "(.+)" *\. *}}', name)
        if (inner[1] if inner else name) not in defined:
            raise ClusterError(f'template: no template "{name}" associated with template ""')


def _suffix(markdown: bool) -> str:
    return "markdown" if markdown else "text"
