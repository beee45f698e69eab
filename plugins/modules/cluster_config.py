# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_config
short_description: Put objects and features on a KubeSphere cluster
version_added: 0.1.0
description:
  - Brings several objects of one cluster in line in one task. Every object is read and compared before the first one is
    written, and only what differs is written.
  - Maps are merged, V(null) removes a key, lists are replaced. The lists that several people feed (the chat IDs and
    keywords of a notification receiver, the receivers of Alertmanager, alerting rules) are merged item by item.
  - What was put there is recorded on the same cluster, without secrets, in ConfigMap C(kubesphere-dingtalk) of
    namespace C(kubesphere-system). So what is not wished any more goes, what others put stays, and O(state=absent)
    gives a value that was replaced back, as long as nobody has changed it since. A replaced value of a Secret cannot
    be given back, as it is not recorded.
  - In check mode, the cluster itself checks each write by a dry run, and diffs show no value of a Secret except the
    timing and grouping in Alertmanager's configuration.
options:
  manifests:
    description:
      - Objects as YAML manifests. Exactly one of O(manifests) and O(features) is required.
      - In C(stringData) of a Secret, a dictionary in place of a text edits the YAML document that the key holds, so
        that comments, order and quoting of the rest survive. The same goes for the values of an InstallPlan of
        KubeSphere 4, in C(spec.config) and in each of C(spec.clusterScheduling.overrides).
      - With O(state=absent), a manifest only names its object.
    type: list
    elements: dict
  features:
    description:
      - Features to bring in line, each with the templates of the role of the same name.
      - Their options are the variables of the roles P(kubesphere.dingtalk.notification#role),
        P(kubesphere.dingtalk.alertmanager#role) and P(kubesphere.dingtalk.alerting#role), taken from the host that the
        task runs for. So are access options that are not given, from variables such as C(kubesphere_kubeconfig).
      - A feature whose C(_state) variable is V(absent) is taken back.
      - Where the variable C(kubesphere_features) of the host names some of them, or C(--tags) does, the others are left
        alone.
      - A member of a multi-cluster set-up names the inventory host of its host cluster in the variable
        C(kubesphere_host_cluster). What it wishes of notifications is written there, by the task of that host; chats
        are united, and robot, filter, switch and app must be the same for all.
      - KubeSphere 3.1 to 3.4 and 4.1; a newer one is handled by the APIs that it serves, with a warning.
      - Only the action knows variables and roles; the module, run without it, takes O(manifests) only.
    type: list
    elements: str
    choices:
      - notification
      - alertmanager
      - alerting
  when_installing:
    description:
      - What becomes of alerting policies on a cluster whose alerting component is not there yet.
      - V(skip) leaves them to a later task. This module does not wait; M(kubesphere.dingtalk.wait_for_alerting) waits
        for all clusters together.
      - V(fail) fails, with the reason that KubeSphere gives where the installation failed.
    type: str
    choices:
      - skip
      - fail
    default: skip
  name:
    description:
      - A name for O(manifests). Objects and values that an earlier task put under this name, and that are not wished
        any more, are taken back.
      - Without it, nothing is taken back until O(state=absent). All manifests without a name share one record then.
      - Not with O(features), whose names are recorded.
    type: str
  state:
    description:
      - V(present) makes the wishes true.
      - V(absent) takes back all that was put under O(name), or by O(features), and nothing else.
    type: str
    choices:
      - present
      - absent
    default: present
  wait_timeout:
    description:
      - How many seconds to wait until KubeSphere 4 has carried out a change of Alertmanager's configuration, which is
        in the values of its extension C(whizard-notification), and Alertmanager says that it runs with it. V(0) does
        not wait. A configuration that Alertmanager refuses ends in an error at that time.
      - Where Alertmanager cannot be asked, the task warns of that. See C(docs/permissions.md) for what it takes.
      - With O(features), the variable C(kubesphere_wait_timeout) of the host is its default.
    type: int
    default: 300
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
requirements:
  - ruamel.yaml >= 0.18, to edit a document inside an object
author:
  - The kubesphere.dingtalk contributors (@kubesphere)
seealso:
  - module: kubesphere.dingtalk.cluster_info
  - module: kubesphere.dingtalk.wait_for_alerting
  - module: kubesphere.dingtalk.alertmanager_config
"""

EXAMPLES = r"""
# The options that tell how a cluster is reached are best set once for the play:
#
#   module_defaults:
#     group/kubesphere.dingtalk.cluster:
#       kubeconfig: "{{ kubesphere_kubeconfig }}"

- name: Write notification settings and Alertmanager's configuration, as the host's variables describe them
  kubesphere.dingtalk.cluster_config:
    features:
      - notification
      - alertmanager

- name: Take the notification settings back
  kubesphere.dingtalk.cluster_config:
    features:
      - notification
    state: absent

- name: Put objects of our own there, and take back those that left the list since
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
    - What became of each object, those among them that were taken back.
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
      description: The kind.
      returned: always
      type: str
      sample: Receiver
    namespace:
      description: The namespace; V(null) where there is none.
      returned: always
      type: str
      sample: kubesphere-monitoring-system
    name:
      description: The name.
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
    - What else is to be known, such as where the notification settings of a member are.
  returned: success with O(features) and O(state=present)
  type: list
  elements: str
  sample: []
kubesphere_cluster:
  description:
    - What the cluster is, as M(kubesphere.dingtalk.cluster_info) returns it.
  returned: success with O(features) and O(state=present)
  type: dict
  sample:
    release: "3.4"
    role: single
    version: 3.4.1
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
installing:
  description:
    - The features whose component KubeSphere is still installing, so that it was switched on and nothing else of the
      feature was written. In check mode, all is shown that will be written in the end.
  returned: success with O(features)
  type: list
  elements: str
  sample:
    - alerting
chats_left:
  description:
    - The chats in the registry of this cluster. DingTalk's chats and their registry are never taken back.
  returned: success with O(features) and O(state=absent), when the work is done in the Ansible process
  type: list
  elements: dict
  contains:
    app_key:
      description: The app that made the chat.
      returned: always
      type: str
      sample: dingexampleappkey
    chat:
      description: The chat's key.
      returned: always
      type: str
      sample: ops
    name:
      description: The name that it had when it was registered.
      returned: always
      type: str
      sample: KubeSphere alerts
    chat_id:
      description: The chat ID; empty while the outcome of a creation is unknown.
      returned: always
      type: str
      sample: chat0123456789abcdef
errors:
  description:
    - What is wrong with the wishes; nothing was changed.
  returned: failed because of the input
  type: list
  elements: str
  sample:
    - "alertmanager_route.repeat_interval: '2 hours' is no duration of Alertmanager's; write it as 30s, 5m, 1h30m or 1d"
cluster_status:
  description:
    - The HTTP status of the cluster's refusal; V(null) when it could not be reached.
  returned: failed because of the cluster
  type: int
  sample: 403
"""

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.module import run_module
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.cluster_config import OPERATION


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
