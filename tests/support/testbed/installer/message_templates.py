# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ConfigMaps with the templates of messages, with the same names and first lines as KubeSphere's, from 3.4 on."""

from __future__ import annotations

from typing import Any

from tests.support.testbed.installer.objects import MONITORING, new_object

Json = dict[str, Any]

TEXTS = """\
{{ define "nm.default.subject" }}{{ .Alerts | len }} alerts{{ end }}
{{ define "nm.default.text" }}{{ range .Alerts }}[{{ .Status | toUpper }}] {{ .Annotations.message }}
{{ end }}{{ end }}
{{ define "nm.default.markdown" }}{{ template "nm.default.text" . }}{{ end }}
"""
TRANSLATIONS = """\
- name: zh-cn
  dictionary:
    alert: "\\u544a\\u8b66"
"""


def message_templates() -> list[Json]:
    """Return the ConfigMaps."""
    return [
        new_object("v1", "ConfigMap", "notification-manager-template", MONITORING, data={"template": TEXTS}),
        new_object("v1", "ConfigMap", "zh-cn", MONITORING, data={"zh-cn": TRANSLATIONS}),
    ]
