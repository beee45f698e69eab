# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  report:
    description:
      - The files to write, with the findings of each cluster. Each is replaced as a whole, with mode 0644, in a folder
        that exists.
      - They are written in check mode and if the task or the run fails, too.
    type: dict
    suboptions:
      json:
        description: A JSON document. C(docs/doctor.md) has its schema.
        type: path
      junit:
        description:
          - A JUnit XML document, with a test suite for DingTalk and for each cluster, and a test case for each stage.
        type: path
      html:
        description: A page for people, in English and Chinese. It needs no other file and contains no script.
        type: path
"""
