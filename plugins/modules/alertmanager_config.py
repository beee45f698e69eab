# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: alertmanager_config
short_description: Edit the configuration of KubeSphere's Alertmanager
version_added: 1.0.0
description:
  - Edits C(alertmanager.yaml) in Secret C(alertmanager-main) of namespace C(kubesphere-monitoring-system), from which
    KubeSphere 3.x configures Alertmanager. On a host cluster of KubeSphere 4, edits C(alertmanager.config) in the
    values of InstallPlan C(whizard-notification), and waits until KubeSphere has rolled out the change. A member
    cluster of KubeSphere 4 has no Alertmanager of its own.
  - Only the given fields are changed. No other character of the text changes and no comment is lost, whatever its
    style; an edit that cannot be made so is refused. If an alias refers to an edited value, it becomes a copy of the
    former one, with a warning. O(state=absent) restores the text.
  - The resulting configuration is validated before it is written, by the rules of the Alertmanager that the release
    ships. Receivers referenced by routes must exist, durations and matchers must be valid, there must be a root route
    with a receiver, and each integration must have the fields that it needs. The content of C(http_config), time
    intervals and template files is left to O(validate).
  - Settings that Alertmanager accepts, and that have no effect or another than intended, cause a warning, also in check
    mode. Among them are patterns that are compared as text, a O(route.repeat_interval) that is no multiple of
    O(route.group_interval), routes that no alert reaches, and the webhook of a DingTalk robot in a receiver.
  - Alertmanager loads the new configuration within a minute or two. An upgrade of KubeSphere 3.x restores the default
    file; run the module again after it.
options:
  route:
    description:
      - Fields of the root route. Fields that are not given are left unchanged.
    type: dict
    suboptions:
      repeat_interval:
        description:
          - How long to wait before a notification is repeated, for example V(2h).
        type: str
      group_wait:
        description:
          - How long to wait for further alerts of a new group before the first notification is sent.
        type: str
      group_interval:
        description:
          - How long to wait before a notification about new alerts is sent for a group that was notified already.
        type: str
      group_by:
        description:
          - Labels by which alerts are grouped into one notification. V(...) alone stands for all labels.
        type: list
        elements: str
  routes:
    description:
      - Child routes of the root route, identified by the alerts that they match. A route with the same matchers, in any
        form and order, is updated with the given fields. Fields that are not given are left unchanged.
      - If there is none, a route is inserted before the route that takes all of its alerts, or all of those among them
        that built-in or other policies of KubeSphere send, at the latest before KubeSphere's C(match_re) with
        C(alerttype=".*").
      - Several routes with the same matchers, all but the last with O(routes[].continue=true), lead to several
        receivers. They are distinguished by O(routes[].receiver), which is required then.
    type: list
    elements: dict
    suboptions:
      matchers:
        description:
          - Matchers of the alerts, for example V(severity = "critical"). All of them must match.
          - A new route is written in the form that the configuration uses and Alertmanager accepts. Before Alertmanager
            0.22 (KubeSphere 3.1 and 3.2), that excludes C(!=) and C(!~).
        type: list
        elements: str
      match:
        description:
          - The same as O(routes[].matchers) with C(=), as a dictionary of label names and values.
        type: dict
      match_re:
        description:
          - The same as O(routes[].matchers) with C(=~), as a dictionary of label names and patterns.
        type: dict
      receiver:
        description:
          - The name of the receiver of these alerts. A new route without this option uses the receiver that its alerts
            had before, which is C(prometheus) on KubeSphere.
        type: str
      continue:
        description:
          - Whether the alerts are also matched against the following routes.
        type: bool
      repeat_interval:
        description:
          - Like O(route.repeat_interval), for these alerts.
        type: str
      group_wait:
        description:
          - Like O(route.group_wait), for these alerts.
        type: str
      group_interval:
        description:
          - Like O(route.group_interval), for these alerts.
        type: str
      group_by:
        description:
          - Like O(route.group_by), for these alerts.
        type: list
        elements: str
      mute_time_intervals:
        description:
          - Names of the time intervals during which these alerts are muted.
        type: list
        elements: str
      active_time_intervals:
        description:
          - Names of the time intervals outside of which these alerts are muted.
        type: list
        elements: str
      routes:
        description:
          - Child routes of this route, with the same fields. At most four levels are supported.
        type: list
        elements: dict
  global:
    description:
      - Settings of section C(global), for example C(resolve_timeout).
    type: dict
  receivers:
    description:
      - Receivers to add or replace, identified by C(name), in the format of Alertmanager's configuration.
      - Use encrypted variables for secrets.
    type: list
    elements: dict
  state:
    description:
      - V(present) applies the configuration. At least one of O(route), O(routes), O(global) and O(receivers) is
        required in that case.
      - V(absent) removes everything that this module applied on the cluster. Added routes are removed. Fields of routes
        and C(resolve_timeout) are restored to their previous values, unless they were changed by someone else since
        they were last applied. Other replaced values are left unchanged, as the previous value may be secret and is not
        recorded.
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
      - The name of the Secret. If O(secret) or O(namespace) differs from its default, that Secret is edited on every
        KubeSphere release.
    type: str
    default: alertmanager-main
  validate:
    description:
      - A command that validates the new configuration before it is written, also in check mode. V(%s) is replaced by
        the path of a temporary file.
      - The command runs where the module runs. With a local connection, that is the controller.
    type: str
  backup:
    description:
      - Whether to back up the previous text to a new Secret in the same namespace, named after the original object and
        the current time. The values of an InstallPlan are backed up to namespace C(kubesphere-monitoring-system), under
        the key C(config).
      - Backups are never removed automatically. They have the label C(kubesphere.dingtalk/backup-of).
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait until KubeSphere 4 has rolled out a change of the InstallPlan and Alertmanager reports that it
        has loaded the new configuration. V(0) does not wait. If Alertmanager rejects the configuration, the task fails
        after this time.
      - If Alertmanager cannot be queried, a warning is issued. C(docs/permissions.md) lists the required permissions.
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
      - Shows the changed values. Values that may be secret, such as receivers, are redacted.
  idempotent:
    support: full
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

- name: Change the grouping, add a receiver with its route, create a backup, and validate the result with amtool
  kubesphere.dingtalk.alertmanager_config:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
    route:
      group_by:
        - cluster
        - alertname
    routes:
      - matchers:
          - alertname =~ "Kube.*"
        receiver: archive
        continue: true
    receivers:
      - name: archive
        webhook_configs:
          - url: "{{ archive_url }}"
    backup: true
    validate: amtool check-config %s

- name: Uninstall everything that the module applied
  kubesphere.dingtalk.alertmanager_config:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
    state: absent
"""

RETURN = r"""
objects:
  description:
    - The result for the Secret or the InstallPlan.
  returned: success
  type: list
  elements: dict
  contains:
    api_version:
      description: The API version of the object.
      returned: always
      type: str
      sample: v1
    kind:
      description: The kind of the object.
      returned: always
      type: str
      sample: Secret
    namespace:
      description: The namespace of the object; V(null) for the InstallPlan.
      returned: always
      type: str
      sample: kubesphere-monitoring-system
    name:
      description: The name of the object.
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
    - Alertmanager's routes for the alerts of KubeSphere's built-in policies, after the task.
  returned: success, when Alertmanager's configuration was read
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
      description: Alertmanager's receiver. KubeSphere's C(prometheus) forwards to its notification settings.
      returned: always
      type: str
      sample: prometheus
    repeat_interval:
      description: The C(repeat_interval) of the route.
      returned: always
      type: str
      sample: 30m
    effective_interval:
      description:
        - The interval after which a notification is really repeated. That is the next multiple of C(group_interval),
          and at most 120 hours, for which Alertmanager remembers notifications.
      returned: always
      type: str
      sample: 30m
backup_secret:
  description:
    - The name of the Secret with the previous text.
  returned: changed with O(backup=true), outside check mode
  type: str
  sample: alertmanager-main-backup-20260105t080000z-x7k2p
errors:
  description:
    - The errors in the options or in the resulting configuration; nothing was changed.
  returned: failed because of invalid input
  type: list
  elements: str
  sample:
    - "route.repeat_interval: invalid duration '2 hours'; use a value such as 30s, 5m, 1h30m or 1d"
cluster_status:
  description:
    - The HTTP status of the cluster's error response; V(null) if the cluster could not be reached.
  returned: failed because of the cluster
  type: int
  sample: 403
finding:
  description:
    - The ID of what the error is about; docs/findings.md of the collection has the cause and the cure of each ID.
  returned: failed
  type: str
  sample: KD304
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.alertmanager_config import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
