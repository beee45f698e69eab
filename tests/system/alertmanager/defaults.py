# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default configurations of KubeSphere's releases: reconstructed, and genuine ones where available."""

from __future__ import annotations

from typing import NamedTuple

import yaml

from tests.support.realparts.catalog import ALERTMANAGER_VERSIONS
from tests.support.testbed.installer.definitions import genuine_folder
from tests.support.testbed.installer.documents import alertmanager_text
from tests.support.testbed.installer.releases import KUBESPHERE_4, RELEASES


class Default(NamedTuple):
    """A configuration and the ``version`` of its Alertmanager."""

    name: str
    version: str
    text: str


_URL = "http://notification-manager-svc.kubesphere-monitoring-system.svc:19093/api/v2/alerts"
#: The configuration of KubeSphere 4, in a ConfigMap of an extension, has other matchers and one more label to group by.
_EXTENSION = f"""\
global: {{resolve_timeout: 5m}}
route:
  receiver: Default
  group_by: [cluster, namespace, alertname, rule_id]
  group_wait: 30s
  repeat_interval: 12h
  routes:
  - {{matchers: [alertname = Watchdog], receiver: Watchdog}}
  - {{matchers: [alertname = InfoInhibitor], receiver: "null"}}
  - {{matchers: [alerttype = event], receiver: event, group_interval: 30s}}
  - {{matchers: [alerttype = auditing], receiver: auditing, group_interval: 30s}}
  - {{matchers: [alerttype =~ ".*"], receiver: prometheus}}
receivers:
- name: Default
- name: "null"
- name: Watchdog
- {{name: prometheus, webhook_configs: [{{url: "{_URL}"}}]}}
- {{name: event, webhook_configs: [{{url: "{_URL}", send_resolved: false}}]}}
- {{name: auditing, webhook_configs: [{{url: "{_URL}", send_resolved: false}}]}}
inhibit_rules:
- source_matchers: [severity = critical]
  target_matchers: [severity =~ "warning|info"]
  equal: [cluster, namespace, alertname]
- {{source_matchers: [alertname = InfoInhibitor], target_matchers: [severity = info], equal: [cluster, namespace]}}
"""


def _defaults() -> list[Default]:
    found: list[Default] = []
    for name, release in RELEASES.items():
        version = ALERTMANAGER_VERSIONS[name]
        if name in KUBESPHERE_4:
            found.append(Default(name, version, _EXTENSION))
        if release.installer:
            found.append(Default(name, version, alertmanager_text(release)))
            if folder := genuine_folder(release):
                secret = yaml.safe_load((folder / "alertmanager-secret.yaml").read_text())
                found.append(Default(f"{name} genuine", version, secret["stringData"]["alertmanager.yaml"]))
    return found


DEFAULTS = {default.name: default for default in _defaults()}
