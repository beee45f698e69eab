# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Descriptions of the attributes that the modules support."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status without changing anything.
  diff_mode:
    description: Returns what was changed, or would be changed in C(check_mode), when in diff mode.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled or queried has not changed in a relevant way.
  async:
    description: Supports use with the C(async) keyword.
  action:
    description: Has an action plugin with the same name, which runs in the Ansible process.
"""

    # A name here must differ from the file name of every other fragment: "attributes.NAME" would be that file then.
    # Attributes of the modules in the action group dingtalk:
    DINGTALK_MODULE = r"""
options: {}
attributes:
  action:
    support: full
    details:
      - The action always runs on the controller, regardless of the connection, as the cache and the state are there.
  async:
    support: none
  action_group:
    description: Use C(group/kubesphere.dingtalk.dingtalk) in C(module_defaults) to set options for this module.
    support: full
    membership:
      - kubesphere.dingtalk.dingtalk
"""

    # Attributes of the modules in the action group cluster:
    CLUSTER_MODULE = r"""
options: {}
attributes:
  action:
    support: full
    details:
      - With a local connection and without C(become), the action runs in the Ansible process. Otherwise, the module
        runs on the host. Both return the same result.
  async:
    support: none
  action_group:
    description: Use C(group/kubesphere.dingtalk.cluster) in C(module_defaults) to set options for this module.
    support: full
    membership:
      - kubesphere.dingtalk.cluster
"""

    # Attributes of the modules of plays, which need the variables of all hosts:
    PLAY_MODULE = r"""
options: {}
attributes:
  action:
    support: full
    details:
      - The action always runs on the controller, regardless of the connection.
  async:
    support: none
"""

    # Attributes of the modules that only read:
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - The module changes nothing.
  diff_mode:
    support: N/A
    details:
      - The module changes nothing.
  idempotent:
    support: full
"""
