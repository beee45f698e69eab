# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of tasks that configured clusters."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  results_from:
    description:
      - The names under which tasks of M(kubesphere.dingtalk.cluster_config) registered their results, the later ones
        last. The default names are those of the playbooks.
    type: list
    elements: str
    default: [dingtalk_applied, dingtalk_applied_later]
"""
