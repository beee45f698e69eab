# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of Alertmanager in every style of YAML."""

from __future__ import annotations

import json

import yaml

BLOCK = """\
# Alertmanager of the platform
global:
  resolve_timeout: 5m   # five
receivers:
- name: Default
- name: prometheus   # main
  webhook_configs:
  - url: http://example.invalid/api/v2/alerts
    send_resolved: yes
route:
  group_by:
  - namespace   # the first
  - alertname
  # after the list
  group_wait: 30s
  receiver: Default
  repeat_interval: 12h
  routes:
  # the watchdog is first
  - match:
      alertname: Watchdog
    receiver: Default
  - match_re:
      alerttype: .*
    receiver: prometheus
# the end
"""
INDENTED = """\
---
"global":
    "resolve_timeout": "5m"
"receivers":
    - "name": "Default"
    - "name": 'prometheus'
      "webhook_configs":
          - "url": "http://example.invalid"
            "max_alerts": 0x10
"route":
    "group_by": ['namespace', "alertname"]
    "receiver": "Default"
    "repeat_interval": "12h"
    "routes":
        - "match_re":
              "alerttype": ".*"
          "receiver": "prometheus"
...
"""
FLOW = """\
{global: {resolve_timeout: 5m}, # global
 receivers: [{name: Default}, {name: prometheus, webhook_configs: [{url: "http://example.invalid"}]}],
 route: {group_by: [namespace, # the first
   alertname], group_wait: 30s, receiver: Default, repeat_interval: 12h,
   routes: [{match: {alertname: Watchdog}, receiver: Default}, {match_re: {alerttype: .*}, receiver: prometheus}]}}
"""
FLOW_IN_LINES = """\
receivers: [
  {name: Default},   # default
  {name: prometheus, webhook_configs: [{url: "http://example.invalid"}],},
]
route: {
  receiver: Default, # root
  group_by: [
    namespace, # first
    alertname, # second
  ],
  routes: [],
  group_wait: 30s,
  repeat_interval: 12h # twice a day
}
"""
ANCHORS = """\
x-times: &times {group_wait: 30s, repeat_interval: 12h}
receivers:
- &default
  name: Default
- name: prometheus
  webhook_configs: &hooks
  - url: http://example.invalid
- name: second
  webhook_configs: *hooks
route:
  <<: *times
  receiver: Default
  group_by: &labels [namespace, alertname]
  routes:
  - match: {a: b}
    receiver: prometheus
  - <<: *times
    match: {c: d}
    receiver: Default
"""
TAGS = """\
%YAML 1.1
---
receivers:
- name: !!str Default
- name: !!str 010
  webhook_configs: !!seq
  - url: !!str "http://example.invalid"
    send_resolved: on
    max_alerts: 010
route: !!map
  receiver: ! Default
  group_wait: !!str 30s
  repeat_interval: |-   # literal
    12h
  group_interval: >2-
    5m

  group_by: !!seq
  - "namespace"
...
---
other: document   # not read by Alertmanager
"""
BLANKS = """\
global:
route:
  receiver:   Default\t# after a tab
  group_by:   [ 'namespace' , "alertname" ]   \n\
  repeat_interval: 12h
  group_wait: "30\\x73"   \n\
  routes:

  - receiver: prometheus
    match: { a: b }

    group_by:

    - x


receivers:

    -   name: Default

    -   name: prometheus
        webhook_configs:
        -   url: http://example.invalid   """
NULLS = """\
global: ~
route:
    receiver: Default
    routes:
    group_by:   # none
receivers:
- name: Default
inhibit_rules: []
"""
EXPLICIT = """\
? receivers
: - name: Default
  - ? name
    : prometheus
? route
: receiver: Default
  repeat_interval: 12h
"""
LONG = f"""\
receivers:
- name: {"x" * 300} {"y" * 300}
- name: "multi
    line"
- name: plain
   too
route:
  receiver: plain too
  repeat_interval: '12h'
"""
#: Values of extension whizard-notification.
VALUES = {
    "none": "",
    "comment": "# nothing yet\n",
    "document mark": "---\n",
    "empty map": "{}\n",
    "null at the top": "alertmanager:\n",
    "null with a comment": "alertmanager: # none",
    "null in brackets": "alertmanager: {config: ~}\nother: 1\n",
    "null in JSON": '{\n  "alertmanager": {\n    "config": {"global": null},\n    "replicaCount": 3\n  }\n}\n',
    "JSON": '{"alertmanager": {"replicaCount": 3}}',
    "block": """\
# values
global:
  imageRegistry: registry.example.com   # mirror
alertmanager:
  replicaCount: 3 # three
  # the configuration
  config:
    route:
      group_wait: '30s' # half a minute
# the end
""",
    "flow in CRLF": (
        "---\r\nalertmanager:\r\n    config:\r\n        route: {group_by: ['a', b], repeat_interval: \"1h\"}\r\n"
    ),
    "lists": """\
alertmanager:
  config:
    receivers:
    - name: Default
    - name: prometheus # main
    - name: 'null'
    - name: Watchdog
    - name: event
    - name: auditing
    route:
      routes: []
""",
}
_PLAIN = yaml.safe_load(BLOCK)
STYLES = {
    "block": BLOCK,
    "indented": INDENTED,
    "flow": FLOW,
    "flow in lines": FLOW_IN_LINES,
    "JSON": json.dumps(_PLAIN),
    "JSON in lines": json.dumps(_PLAIN, indent=2) + "\n",
    "compact": "receivers: [{name: Default}]\nroute: {receiver: Default}",
    "anchors": ANCHORS,
    "tags and documents": TAGS,
    "blanks": BLANKS,
    "nulls": NULLS,
    "explicit keys": EXPLICIT,
    "long lines": LONG,
    "CRLF": BLOCK.replace("\n", "\r\n"),
    "CR": BLOCK.replace("\n", "\r"),
    "flow with CRLF": FLOW_IN_LINES.replace("\n", "\r\n"),
    "byte order mark": f"\ufeff{BLOCK}",
    "byte order mark, CRLF": "\ufeff" + INDENTED.replace("\n", "\r\n"),
    "no line break at the end": BLOCK.rstrip("\n"),
}
