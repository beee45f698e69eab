# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_config
short_description: Apply alerting settings or manifests to a KubeSphere cluster
version_added: 1.0.0
description:
  - Applies several objects to one cluster in one task. All objects are read and compared before the first one is
    written, and only objects that differ are written.
  - Maps are merged, V(null) removes a key, and lists are replaced. Lists with a merge key or several owners (the chat
    IDs and keywords of a notification receiver, the receivers of Alertmanager, alerting rules) are merged item by item.
    Webhook and signing secret of a robot in a notification receiver are one credential. A webhook without a secret
    removes the secret, and both are restored together.
  - The last-applied state is stored on the same cluster, without secrets, in ConfigMap C(kubesphere-dingtalk) of
    namespace C(kubesphere-system). It is used to prune objects and values that are no longer desired, and to leave
    unmanaged ones unchanged. O(state=absent) restores replaced values, unless they were changed by someone else since
    they were last applied. Replaced values of a Secret cannot be restored, as they are not recorded.
  - In check mode, the cluster validates each write with a server-side dry run. Diffs show no values of a Secret, except
    for the timing and grouping in Alertmanager's configuration.
options:
  manifests:
    description:
      - Objects as YAML manifests. Exactly one of O(manifests) and O(features) is required.
      - In C(stringData) of a Secret, a dictionary instead of a string edits the YAML document in that key. Comments,
        order, quoting and line breaks of the rest are preserved. The same applies to the values of an InstallPlan of
        KubeSphere 4, in C(spec.config) and in each of C(spec.clusterScheduling.overrides).
      - With O(state=absent), a manifest only identifies its object.
    type: list
    elements: dict
  features:
    description:
      - Features to reconcile, each rendered from the templates of the role with the same name.
      - Features are configured with the variables of the roles P(kubesphere.dingtalk.notification#role),
        P(kubesphere.dingtalk.alertmanager#role) and P(kubesphere.dingtalk.alerting#role), read from the host that the
        task runs for. Access options that are not given are read from variables such as C(kubesphere_kubeconfig).
      - A feature whose C(_state) variable is V(absent) is uninstalled.
      - A misspelt variable that M(kubesphere.dingtalk.fleet_chats) has not reported in the same run, and a variable
        that has no effect on the release of the cluster, cause a warning, or what the host's variable
        C(kubesphere_unknown_variables) says.
      - If the host's variable C(kubesphere_features) or C(--tags) selects some of the features, the others are left
        unchanged.
      - Several inventories, or parts of one, may contribute to a cluster. What a host that is not in the inventory of
        the run contributed is not removed, and a warning names the host. It is removed by a run whose inventory has the
        host without these settings, or names it in C(kubesphere_retired_hosts). Where two inventories want different
        values of one field, the last run decides, with a warning.
      - A member of a multi-cluster setup declares the inventory host of its host cluster in the variable
        C(kubesphere_host_cluster). Its notification settings are written on the host cluster, by the task of that host.
        The chats of all clusters are merged; robot, alert selector, C(notification_enabled) and app must be the same.
      - Supports KubeSphere 3.1 to 3.4, 4.1 and 4.2. A newer release is handled according to the APIs that it serves,
        with a warning.
      - Variables and roles are available to the action only. Without it, the module supports only O(manifests).
    type: list
    elements: str
    choices:
      - notification
      - alertmanager
      - alerting
  when_installing:
    description:
      - How to handle alerting policies on a cluster whose alerting component is not installed yet.
      - V(skip) leaves the policies pending for a later task. This module does not wait;
        M(kubesphere.dingtalk.wait_for_alerting) waits for all clusters together.
      - V(fail) fails the task, with the reason reported by KubeSphere if the installation failed.
    type: str
    choices:
      - skip
      - fail
    default: skip
  fleet_from:
    description:
      - The name under which a task of M(kubesphere.dingtalk.fleet_chats) registered its result, which has the IDs of
        chats. Only for O(features).
    type: str
    default: dingtalk_fleet
  name:
    description:
      - The name of the apply set of O(manifests). Objects and values that an earlier task applied under this name and
        that are no longer desired are pruned.
      - Without this option, nothing is pruned until O(state=absent), and all manifests without a name share one apply
        set.
      - Not supported with O(features), as each feature has an apply set with its own name.
    type: str
  state:
    description:
      - V(present) applies the configuration.
      - V(absent) removes everything applied under O(name), or by O(features), and restores what it replaced. Nothing
        else is changed.
    type: str
    choices:
      - present
      - absent
    default: present
  wait_timeout:
    description:
      - Seconds to wait until KubeSphere 4 has rolled out a change of Alertmanager's configuration, which is in the
        values of its extension C(whizard-notification), and Alertmanager reports that it has loaded the new
        configuration. V(0) does not wait. If Alertmanager rejects the configuration, the task fails after this time.
      - While KubeSphere is installing, upgrading or uninstalling an extension, its values are not changed. The task
        first waits for the end of that, as long, and fails without any change if it is not reached.
      - If Alertmanager cannot be queried, a warning is issued. C(docs/permissions.md) lists the required permissions.
      - With O(features), the default is the host's variable C(kubesphere_wait_timeout).
    type: int
    default: 300
  undelivered:
    description:
      - What to do if the task finds that alerts will not arrive in the chats and by the robots of the inventory, as in
        RV(delivery). This is found out from the objects of the cluster as they will be, before anything is written.
      - V(warn) issues a warning with the cause and the cure. V(fail) fails the task instead, and nothing is written.
        V(ignore) does neither.
      - With O(features), the default is the host's variable C(kubesphere_undelivered). With O(manifests), nothing is
        found out.
    type: str
    choices:
      - warn
      - fail
      - ignore
    default: warn
  contributors:
    description:
      - The inventory hosts that want the fields of O(manifests). What a host that is not in the inventory contributed
        earlier is not pruned, and a warning names the host.
      - With O(features), they are determined from the inventory. Without this option, everything applied under O(name)
        that is no longer desired is pruned.
    type: dict
    suboptions:
      inventory_host:
        description: The inventory host of the cluster, which wants all fields that are not in O(contributors.fields).
        type: str
        required: true
      inventory:
        description: The hosts of the inventory.
        type: list
        elements: str
        required: true
      slice:
        description: Whether these hosts are a slice of an inventory, so that others are missing without a warning.
        type: bool
        default: false
      fields:
        description:
          - The hosts that want a field, by object and path, as in key C(applied) of the ConfigMap that
            C(docs/configmap.md) describes.
        type: dict
        default: {}
extends_documentation_fragment:
  - kubesphere.dingtalk.cluster
  - kubesphere.dingtalk.kubesphere_api
  - kubesphere.dingtalk.attributes
  - kubesphere.dingtalk.attributes.cluster_module
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - ref: ansible_collections.kubesphere.dingtalk.docsite.server_side_apply
    description: Why it merges by itself.
  - module: kubesphere.dingtalk.cluster_info
  - module: kubesphere.dingtalk.wait_for_alerting
  - module: kubesphere.dingtalk.alertmanager_config
"""

EXAMPLES = r"""
# Set the options to access a cluster once for the play:
#
#   module_defaults:
#     group/kubesphere.dingtalk.cluster:
#       kubeconfig: "{{ kubesphere_kubeconfig }}"

# The IDs of chats are those that fleet_chats returned (see fleet_from), or in the variable dingtalk_chats.
- name: Apply the notification settings and Alertmanager's configuration from the host's variables
  kubesphere.dingtalk.cluster_config:
    features:
      - notification
      - alertmanager

- name: Uninstall the notification settings
  kubesphere.dingtalk.cluster_config:
    features:
      - notification
    state: absent

- name: Apply custom objects, and prune those that are no longer in the list
  kubesphere.dingtalk.cluster_config:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
    name: team-settings
    manifests:
      - apiVersion: v1
        kind: ConfigMap
        metadata:
          name: on-call
          namespace: kubesphere-monitoring-system
        data:
          team: operations

- name: Edit one line of a document in a Secret
  kubesphere.dingtalk.cluster_config:
    kubeconfig: "{{ kubesphere_kubeconfig }}"
    name: resolve-timeout
    manifests:
      - apiVersion: v1
        kind: Secret
        metadata:
          name: alertmanager-main
          namespace: kubesphere-monitoring-system
        stringData:
          alertmanager.yaml:
            global:
              resolve_timeout: 10m
"""

RETURN = r"""
objects:
  description:
    - The result for each object, including removed objects.
  returned: success
  type: list
  elements: dict
  contains:
    api_version:
      description: The API version in which the object was read and written.
      returned: always
      type: str
      sample: notification.kubesphere.io/v2beta2
    kind:
      description: The kind of the object.
      returned: always
      type: str
      sample: Receiver
    namespace:
      description: The namespace of the object; V(null) for a cluster-scoped object.
      returned: always
      type: str
      sample: kubesphere-monitoring-system
    name:
      description: The name of the object.
      returned: always
      type: str
      sample: global-dingtalk-receiver
    action:
      description: V(created), V(updated), V(deleted) or V(unchanged).
      returned: always
      type: str
      sample: updated
notes:
  description:
    - Further information, for example where the notification settings of a member are stored.
  returned: success with O(features) and O(state=present)
  type: list
  elements: str
  sample: []
kubesphere_cluster:
  description:
    - Facts about the cluster, as returned by M(kubesphere.dingtalk.cluster_info).
  returned: success with O(features) and O(state=present)
  type: dict
  sample:
    alerting_by_selector: false
    alerting_cluster: ""
    alerting_enabled: false
    alerting_installed: false
    alerting_ruler: ""
    alerting_urls: {}
    alerting_version: ""
    alertmanager_in: Secret
    api_versions:
      notification.kubesphere.io: [v2beta2, v2beta1]
    assumed_release: ""
    assumptions: []
    cluster_name_in: NotificationManager
    cluster_uid: 5b7b0a2e-6a55-4c58-9b0e-1f6f4f4f9d3c
    is_kubesphere_4: false
    manager_api_version: v2beta2
    monitoring_enabled: true
    notification_api_version: v2beta2
    release: "3.4"
    role: single
    secret_namespace: kubesphere-monitoring-federated
    secret_reference_namespace: ""
    version: 3.4.1
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
delivery:
  description:
    - Where the alerts of the cluster go after the task, for alerts that stand for all. These are alerts of built-in
      policies of each severity, with and without a namespace, of each policy of the inventory, and of each of its
      routes and selectors. Alerts that go the same way share an item.
    - It is worked out if C(notification) is among O(features) and the connection is local. On a member of KubeSphere 4,
      it is empty, as its host sends its alerts.
  returned: success with O(features) and O(state=present)
  type: list
  elements: dict
  contains:
    alerts:
      description: The alerts.
      returned: always
      type: list
      elements: str
      sample:
        - critical alerts of built-in policies
    receiver:
      description: The notification Receiver.
      returned: always
      type: str
      sample: global-dingtalk-receiver
    result:
      description:
        - V(delivered), V(undelivered), V(pending) until something has happened that the task does not wait for,
          V(unknown) if the account may not read what decides it, or V(excluded) if the inventory keeps the alerts out
          with a selector or a route.
      returned: always
      type: str
      sample: delivered
    chats:
      description: The keys of the chats in C(dingtalk_chats).
      returned: always
      type: list
      elements: str
      sample:
        - ops
    robot:
      description: The key of the robot in C(dingtalk_robots), empty for none.
      returned: always
      type: str
      sample: ops_robot
    repeat_interval:
      description:
        - Seconds after which Alertmanager repeats the message while the alert is firing, which is a multiple of
          C(group_interval); V(0) if the alerts do not get that far.
      returned: always
      type: int
      sample: 7200
    cause:
      description: Why the alerts do not arrive, what is waited for, or which permission is missing.
      returned: always
      type: str
      sample: ""
    cure:
      description: What to do about it.
      returned: always
      type: str
      sample: ""
    finding:
      description: The ID of the cause in docs/findings.md, empty if there is none.
      returned: always
      type: str
      sample: KD609
    steps:
      description: The steps of the way up to its end.
      returned: always
      type: list
      elements: dict
      contains:
        stage:
          description: The program that takes the step, or V(policy) for what a policy of the inventory names.
          returned: always
          type: str
          sample: Alertmanager
        object:
          description: The object that decides it, or C(alerting_policies).
          returned: always
          type: str
          sample: Secret kubesphere-monitoring-system/alertmanager-main
        field:
          description: The field of the object.
          returned: always
          type: str
          sample: route alerttype=~".*"
        value:
          description: The value of the field, never a secret.
          returned: always
          type: str
          sample: receiver prometheus
installing:
  description:
    - The features whose component is still being installed by KubeSphere. The component was enabled, and the rest of
      the feature is pending. In check mode, everything that will eventually be written is shown.
  returned: success with O(features) and O(state=present)
  type: list
  elements: str
  sample:
    - alerting
chats_left:
  description:
    - The chats in the registry of this cluster. DingTalk chats and their registry are never removed.
  returned: success with O(state=absent)
  type: list
  elements: dict
  contains:
    app_key:
      description: The app key of the app that created the chat.
      returned: always
      type: str
      sample: dingexampleappkey
    chat:
      description: The key of the chat.
      returned: always
      type: str
      sample: ops
    name:
      description: The name of the chat when it was recorded in the registry.
      returned: always
      type: str
      sample: KubeSphere alerts
    chat_id:
      description: The chat ID; empty while the outcome of an attempt to create the chat is unknown.
      returned: always
      type: str
      sample: chat0123456789abcdef
errors:
  description:
    - The errors in the desired state; nothing was changed.
  returned: failed because of invalid input
  type: list
  elements: str
  sample:
    - "alertmanager_route.repeat_interval: invalid duration '2 hours'; use a value such as 30s, 5m, 1h30m or 1d"
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
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
