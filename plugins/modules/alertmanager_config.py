# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: alertmanager_config
short_description: Edit the configuration of KubeSphere's Alertmanager
version_added: 0.1.0
description:
  - Edits C(alertmanager.yaml) in Secret C(alertmanager-main) of namespace C(kubesphere-monitoring-system), from which
    KubeSphere 3.x configures Alertmanager. On a host of KubeSphere 4, edits C(alertmanager.config) in the values of
    InstallPlan C(whizard-notification), and waits until KubeSphere has carried the change out. A member of it has no
    Alertmanager of its own.
  - Only what is asked for is changed. Comments, order and quoting of the rest survive, and the text stays as it is,
    byte for byte, when nothing differs in meaning.
  - The result is checked before it is written. Receivers that routes name must exist, durations and matchers must
    parse, and there must be a root route with a receiver.
  - Alertmanager takes the new configuration within a minute or two. An upgrade of KubeSphere 3.x restores the default
    file; run again then.
options:
  route:
    description:
      - Fields of the root route. What is not given stays as it is.
    type: dict
    suboptions:
      repeat_interval:
        description:
          - How long to wait before a notification that was sent is sent again, such as V(2h).
        type: str
      group_wait:
        description:
          - How long to wait for further alerts of a new group before its first notification.
        type: str
      group_interval:
        description:
          - How long to wait before telling of new alerts in a group that was notified of already.
        type: str
      group_by:
        description:
          - Labels by which alerts are grouped into one notification. V(...) alone stands for all.
        type: list
        elements: str
  routes:
    description:
      - Routes below the root, told apart by the alerts that they take. A route with the same matchers, in whatever form
        and order, gets the fields that are given here. What is not given stays as it is.
      - Where there is none, one is added before the route that would take all of its alerts, KubeSphere's C(match_re)
        with C(alerttype=".*") at the latest. One that is there already, behind such a route, is warned of.
    type: list
    elements: dict
    suboptions:
      matchers:
        description:
          - Which alerts take the route, such as V(severity = "critical"). All of them must match.
          - A new route is written in the form that the configuration has, and Alertmanager takes. Before 0.22
            (KubeSphere 3.1 and 3.2), that excludes C(!=) and C(!~).
        type: list
        elements: str
      match:
        description:
          - The same as O(routes[].matchers) with C(=), as a map of label names and values.
        type: dict
      match_re:
        description:
          - The same as O(routes[].matchers) with C(=~), as a map of label names and patterns.
        type: dict
      receiver:
        description:
          - Where these alerts go, as the name of a receiver. A new route without it keeps the receiver that its alerts
            have gone to, which is C(prometheus) on KubeSphere.
        type: str
      continue:
        description:
          - Whether the alerts go on to the next route as well.
        type: bool
      repeat_interval:
        description:
          - As O(route.repeat_interval), for these alerts.
        type: str
      group_wait:
        description:
          - As O(route.group_wait), for these alerts.
        type: str
      group_interval:
        description:
          - As O(route.group_interval), for these alerts.
        type: str
      group_by:
        description:
          - As O(route.group_by), for these alerts.
        type: list
        elements: str
      mute_time_intervals:
        description:
          - Names of time intervals in which these alerts are not sent.
        type: list
        elements: str
      active_time_intervals:
        description:
          - Names of time intervals outside of which these alerts are not sent.
        type: list
        elements: str
      routes:
        description:
          - Routes below this one, with the same fields. There may be four levels.
        type: list
        elements: dict
  global:
    description:
      - Settings of the section C(global), such as C(resolve_timeout).
    type: dict
  receivers:
    description:
      - Receivers to add or to replace, told apart by C(name), as Alertmanager's configuration has them.
      - Take what is secret in them from encrypted variables.
    type: list
    elements: dict
  state:
    description:
      - V(present) changes what is given. At least one of O(route), O(routes), O(global) and
        O(receivers) is required then.
      - V(absent) takes back everything that this module wrote on the cluster. Routes that it added go. Fields of routes
        and C(resolve_timeout) get their previous values back, as long as nobody has changed them since. What else was
        replaced stays as it is, since the old value may be secret and is not recorded.
    type: str
    choices:
      - present
      - absent
    default: present
  namespace:
    description:
      - The namespace of the Secret.
    type: str
    default: kubesphere-monitoring-system
  secret:
    description:
      - The name of the Secret. With another one than the default, or another O(namespace), that Secret is edited
        whatever the cluster is.
    type: str
    default: alertmanager-main
  validate:
    description:
      - A command that checks the new configuration before it is written, also in check mode. V(%s) stands for the path
        of a temporary file.
      - It runs where the module does its work, so with a local connection on the controller.
    type: str
  backup:
    description:
      - Whether the text that is replaced is kept in a Secret beside it, named after it and the time; that of an
        InstallPlan in C(kubesphere-monitoring-system), under the key C(config).
      - Nothing removes these Secrets. They are labelled with C(kubesphere.dingtalk/backup-of).
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait until KubeSphere 4 has carried a change of the InstallPlan out, and Alertmanager says that it
        runs with it. V(0) does not wait. A configuration that Alertmanager refuses ends in an error at that time.
      - Where Alertmanager cannot be asked, the task warns of that. See C(docs/permissions.md) for what it takes.
    type: int
    default: 300
extends_documentation_fragment:
  - kubesphere.dingtalk.cluster
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.cluster_module
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Shows the values that change. Those that may be secret, such as receivers, are hidden.
  idempotent:
    support: full
requirements:
  - ruamel.yaml >= 0.18
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.cluster_config
"""

EXAMPLES = r"""
- name: Repeat alerts every two hours
  kubesphere.dingtalk.alertmanager_config:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
    route:
      repeat_interval: 2h

- name: Repeat critical alerts every half hour
  kubesphere.dingtalk.alertmanager_config:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
    routes:
      - matchers:
          - severity = "critical"
        repeat_interval: 30m

- name: Group by cluster and alert, add a receiver, keep the old text, and let amtool have a look
  kubesphere.dingtalk.alertmanager_config:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
    route:
      group_by:
        - cluster
        - alertname
    receivers:
      - name: audit-archive
        webhook_configs:
          - url: "{{ audit_archive_url }}"
    backup: true
    validate: amtool check-config %s

- name: Take all of that back
  kubesphere.dingtalk.alertmanager_config:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
    state: absent
"""

RETURN = r"""
objects:
  description:
    - What became of the Secret or the InstallPlan.
  returned: success
  type: list
  elements: dict
  contains:
    api_version:
      description: The API version.
      returned: always
      type: str
      sample: v1
    kind:
      description: The kind.
      returned: always
      type: str
      sample: Secret
    namespace:
      description: The namespace; V(null) for the InstallPlan.
      returned: always
      type: str
      sample: kubesphere-monitoring-system
    name:
      description: The name.
      returned: always
      type: str
      sample: alertmanager-main
    action:
      description: V(updated) or V(unchanged).
      returned: always
      type: str
      sample: updated
built_in_alerts:
  description:
    - The routes of Alertmanager that the alerts of KubeSphere's built-in policies take afterwards.
  returned: success, when Alertmanager's configuration was looked at
  type: list
  elements: dict
  contains:
    severity:
      description: The severity of the alerts.
      returned: always
      type: str
      sample: critical
    route:
      description: The matchers of the route, empty for the root route.
      returned: always
      type: str
      sample: severity="critical"
    receiver:
      description: Alertmanager's receiver. KubeSphere's C(prometheus) leads to its notification settings.
      returned: always
      type: str
      sample: prometheus
    repeat_interval:
      description: After how long a notification is sent again.
      returned: always
      type: str
      sample: 30m
backup_secret:
  description:
    - The name of the Secret that keeps the text that was replaced.
  returned: changed with O(backup=true), outside check mode
  type: str
  sample: alertmanager-main-backup-20260105t080000z-x7k2p
errors:
  description:
    - What is wrong with the options or with the resulting configuration; nothing was changed.
  returned: failed because of the input
  type: list
  elements: str
  sample:
    - "route.repeat_interval: '2 hours' is no duration of Alertmanager's; write it as 30s, 5m, 1h30m or 1d"
cluster_status:
  description:
    - The HTTP status of the cluster's refusal; V(null) when it could not be reached.
  returned: failed because of the cluster
  type: int
  sample: 403
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.alertmanager_config import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
